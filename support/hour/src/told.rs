//! What the visitors saw.

use std::collections::BTreeMap;

/// What the visitors saw, counted.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// So many requests were answered, with each status.
    pub answers: BTreeMap<u16, usize>,
    /// So many were cut off before there was an answer.
    pub cut: usize,
    /// So many were left by their visitor before there was an answer.
    pub hung_up: usize,
    /// So many pages named a member.
    pub pages: usize,
    /// So many of them another one than who asked, or had the token of another one's forms.
    pub foreign_pages: usize,
    /// So many answers set the cookie that another visitor has had.
    pub foreign_cookies: usize,
    /// So many identifiers were handed out.
    pub identifiers: usize,
    /// So many packets were acknowledged.
    pub acknowledged: usize,
    /// So many of them were not there afterwards.
    pub lost: usize,
    /// So many packets were there that nobody had put in.
    pub too_many: usize,
    /// So often a member was a stranger on a page, and had not signed out.
    pub lost_sessions: usize,
    /// So many answers came to members' requests that were sent once all sessions had ended.
    pub after: usize,
    /// So many of them named the member of a session of before.
    pub members_after: usize,
}

impl Told {
    /// How many requests that is.
    pub fn requests(&self) -> usize {
        self.answers.values().sum::<usize>() + self.cut + self.hung_up
    }

    /// How many answers had one of these statuses.
    pub fn with(&self, is_one: impl Fn(u16) -> bool) -> usize {
        self.answers.iter().filter(|it| is_one(*it.0)).map(|it| it.1).sum()
    }

    /// What must never be, by name: each of these is 0.
    pub fn faults(&self) -> [(&'static str, usize); 6] {
        [
            ("foreign pages", self.foreign_pages),
            ("foreign cookies", self.foreign_cookies),
            ("lost packets", self.lost),
            ("packets too many", self.too_many),
            ("lost sessions", self.lost_sessions),
            ("members' pages after the end", self.members_after),
        ]
    }

    pub(crate) fn and(mut self, other: Self) -> Self {
        for (status, count) in other.answers {
            *self.answers.entry(status).or_default() += count;
        }
        self.cut += other.cut;
        self.hung_up += other.hung_up;
        self.pages += other.pages;
        self.foreign_pages += other.foreign_pages;
        self.foreign_cookies += other.foreign_cookies;
        self.acknowledged += other.acknowledged;
        self.lost += other.lost;
        self.too_many += other.too_many;
        self.lost_sessions += other.lost_sessions;
        self.after += other.after;
        self.members_after += other.members_after;
        self
    }
}
