//! Whose sessions are whose, and which has become which. These are hints: what they lead
//! to is looked at before it is believed.

use redis::{cmd, pipe};
use time::OffsetDateTime;
use tokio::try_join;

use crate::store::{
    name::Name,
    redis::{
        call::{Outcome, Redis},
        kept::{ENDS, member, milliseconds, next, session},
    },
};

/// So many notes are asked for at a time.
const SLICE: usize = 500;

/// In hexadecimal.
const NAME: usize = 64;

fn names<Text: AsRef<str>>(texts: &[Text]) -> Vec<Name> {
    let name = |text: &Text| text.as_ref().get(..NAME)?.parse().ok();
    texts.iter().filter_map(name).collect()
}

impl Redis {
    /// Notes that this member has, or is about to get, the session of this name.
    pub(super) async fn note(
        &self,
        whose: &str,
        name: &Name,
        end: OffsetDateTime,
    ) -> Outcome<()> {
        let mut all = cmd("ZADD");
        all.arg(ENDS).arg(milliseconds(end)).arg(format!("{name} {whose}"));
        let mut theirs = cmd("SADD");
        theirs.arg(member(whose)).arg(name.to_string());
        let (mut one, mut other) = (self.way.clone(), self.way.clone());
        // What is swept comes first: no note is left behind for ever.
        try_join!(all.exec_async(&mut one), theirs.exec_async(&mut other))?;
        Ok(())
    }

    /// Takes a note back, of a session that has ended: no other one gets its name. False if
    /// somebody else has done it.
    pub(super) async fn unnote(&self, whose: &str, name: &Name) -> Outcome<bool> {
        let mut theirs = cmd("SREM");
        theirs.arg(member(whose)).arg(name.to_string());
        theirs.exec_async(&mut self.way.clone()).await?;
        let mut all = cmd("ZREM");
        all.arg(ENDS).arg(format!("{name} {whose}"));
        Ok(all.query_async(&mut self.way.clone()).await?)
    }

    /// The names that are noted for this member, or for any.
    pub(super) async fn noted(&self, whose: Option<&str>) -> Outcome<Vec<Name>> {
        let command = match whose {
            Some(whose) => cmd("SMEMBERS").arg(member(whose)).take(),
            None => cmd("ZRANGE").arg(ENDS).arg(0).arg(-1).take(),
        };
        let texts: Vec<String> = command.query_async(&mut self.way.clone()).await?;
        Ok(names(&texts))
    }

    /// Takes back the next notes of sessions whose end has passed, but for the first
    /// `live`. Says what the sessions were called, and how many live all the same.
    pub(super) async fn sweep(&self, live: usize) -> Outcome<Option<Swept>> {
        let mut due = cmd("ZRANGE");
        due.arg(ENDS).arg("-inf").arg(milliseconds(OffsetDateTime::now_utc()));
        due.arg("BYSCORE").arg("LIMIT").arg(live).arg(SLICE);
        let texts: Vec<String> = due.query_async(&mut self.way.clone()).await?;
        if texts.is_empty() {
            return Ok(None);
        }
        let mut swept = Swept { names: Vec::new(), live };
        for text in texts {
            let (Some(name), Some(whose)) =
                (names(&[&text]).pop(), text.get(NAME + 1..))
            else {
                // No note of ours.
                swept.live += 1;
                continue;
            };
            if self.lives(&name).await? {
                swept.live += 1;
            } else if self.unnote(whose, &name).await? {
                swept.names.push(name);
            }
        }
        Ok(Some(swept))
    }

    /// Whether there is such a session, and it has not ended.
    pub(super) async fn lives(&self, name: &Name) -> Outcome<bool> {
        let mut exists = cmd("EXISTS");
        exists.arg(session(name));
        Ok(exists.query_async(&mut self.way.clone()).await?)
    }

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
        let texts: Vec<String> = command.query_async(&mut self.way.clone()).await?;
        Ok(names(&texts))
    }
}

/// What a sweep has found.
pub(super) struct Swept {
    pub(super) names: Vec<Name>,
    pub(super) live: usize,
}
