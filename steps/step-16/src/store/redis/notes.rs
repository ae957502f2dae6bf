//! Whose sessions are whose, and which has become which. These are hints: what they lead
//! to is looked at before it is believed.

use redis::{cmd, pipe};
use time::{Duration, OffsetDateTime};
use tokio::try_join;

use crate::store::{
    name::Name,
    redis::{
        Outcome, Redis,
        kept::{MEMBERS, member, milliseconds, next},
    },
};

/// So long after its end a note is trimmed: the clock here may be ahead.
const LATER: Duration = Duration::minutes(10);

impl Redis {
    // ANCHOR: note
    /// Notes that this member has, or is about to get, the session of this name.
    pub(super) async fn note(
        &self,
        whose: &str,
        name: &Name,
        end: OffsetDateTime,
    ) -> Outcome<()> {
        let end = milliseconds(end);
        let key = member(whose);
        let mut note = pipe();
        note.atomic();
        note.cmd("ZREMRANGEBYSCORE").arg(&key).arg("-inf").arg(trimmed());
        note.cmd("ZADD").arg(&key).arg(end).arg(name.to_string());
        // The key stays until the last session in it ends.
        note.cmd("PEXPIREAT").arg(&key).arg(end).arg("NX");
        note.cmd("PEXPIREAT").arg(&key).arg(end).arg("GT");
        let mut all = cmd("ZADD");
        all.arg(MEMBERS).arg("GT").arg(end).arg(whose);
        let (mut way, mut other) = (self.way.clone(), self.way.clone());
        try_join!(all.exec_async(&mut way), note.exec_async(&mut other))?;
        Ok(())
    }
    // ANCHOR_END: note

    /// Takes a note back, of a session that has ended: no other one gets its name.
    pub(super) async fn unnote(&self, whose: &str, name: &Name) -> Outcome<()> {
        let mut command = cmd("ZREM");
        command.arg(member(whose)).arg(name.to_string());
        Ok(command.exec_async(&mut self.way.clone()).await?)
    }

    /// The names that are noted for a member.
    pub(super) async fn noted(&self, whose: &str) -> Outcome<Vec<Name>> {
        let mut command = cmd("ZRANGE");
        command.arg(member(whose)).arg(0).arg(-1);
        let names: Vec<String> = command.query_async(&mut self.way.clone()).await?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Whoever may have sessions.
    pub(super) async fn members(&self) -> Outcome<Vec<String>> {
        let mut command = cmd("ZRANGE");
        command.arg(MEMBERS).arg(0).arg(-1);
        Ok(command.query_async(&mut self.way.clone()).await?)
    }

    /// Forgets the members whose last session has ended.
    pub(super) async fn trim(&self) -> Outcome<()> {
        let mut command = cmd("ZREMRANGEBYSCORE");
        command.arg(MEMBERS).arg("-inf").arg(trimmed());
        Ok(command.exec_async(&mut self.way.clone()).await?)
    }

    // ANCHOR: hint
    /// Notes that the session of the name `before` may have the name `name` soon.
    pub(super) async fn hint(
        &self,
        before: &Name,
        name: &Name,
        end: OffsetDateTime,
    ) -> Outcome<()> {
        let key = next(before);
        let mut hint = pipe();
        hint.atomic();
        hint.cmd("SADD").arg(&key).arg(name.to_string());
        hint.cmd("PEXPIREAT").arg(&key).arg(milliseconds(end));
        Ok(hint.exec_async(&mut self.way.clone()).await?)
    }

    /// The names that the session of this name may have got since.
    pub(super) async fn hinted(&self, name: &Name) -> Outcome<Vec<Name>> {
        let mut command = cmd("SMEMBERS");
        command.arg(next(name));
        let names: Vec<String> = command.query_async(&mut self.way.clone()).await?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }
    // ANCHOR_END: hint
}

fn trimmed() -> i64 {
    milliseconds(OffsetDateTime::now_utc() - LATER)
}
