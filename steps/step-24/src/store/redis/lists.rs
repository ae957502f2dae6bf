//! Which sessions there are, of those that are noted.

use std::collections::{BTreeMap, HashSet};

use redis::cmd;
use tokio::task::JoinSet;
use tower_sessions::session_store::Error;

use crate::store::{
    name::Name,
    redis::{
        call::{Outcome, Redis},
        kept::{Kept, decoded, session},
    },
    sessions::Entry,
};

/// So many records are asked for at a time: others ask in between.
const SLICE: usize = 100;

/// What nobody can read is nobody's session.
pub(super) fn readable(text: &[u8]) -> Option<Kept> {
    let unread = |why: &Error| tracing::error!(%why, "a record cannot be read");
    decoded(text).inspect_err(unread).ok()
}

impl Redis {
    /// The sessions that are this member's, or any member's, of those that are noted.
    pub(super) async fn entries(
        &self,
        member: Option<&str>,
    ) -> Outcome<Vec<Entry>> {
        let mut found = BTreeMap::new();
        for names in self.noted(member).await?.chunks(SLICE) {
            let mut mget = cmd("MGET");
            mget.arg(names.iter().map(session).collect::<Vec<_>>());
            let texts: Vec<Option<Vec<u8>>> =
                mget.query_async(&mut self.way.clone()).await?;
            // All at once: there may be many notes of nothing.
            let mut missing = JoinSet::new();
            for (name, text) in names.iter().zip(texts) {
                if let Some(text) = text {
                    found.extend(readable(&text).map(|it| (*name, it)));
                } else {
                    // It may have got another name a moment ago.
                    let (store, name) = (self.clone(), *name);
                    missing.spawn(async move { store.latest(&name).await });
                }
            }
            while let Some(latest) = missing.join_next().await {
                let latest =
                    latest.map_err(|why| Error::Backend(why.to_string()))?;
                found.extend(latest?);
            }
        }
        found.retain(|_, kept| match member {
            Some(_) => kept.member() == member,
            None => kept.member().is_some(),
        });
        let names: HashSet<Name> = found.keys().copied().collect();
        // Half of a rotation: the old one still counts.
        let is_half =
            |kept: &Kept| kept.before().is_some_and(|it| names.contains(&it));
        found.retain(|_, kept| !is_half(kept));
        let entry = |(name, Kept { end, data, .. })| Entry { name, data, end };
        Ok(found.into_iter().map(entry).collect())
    }

    /// The session that had this name, however many it has got since.
    pub(super) async fn latest(
        &self,
        name: &Name,
    ) -> Outcome<Option<(Name, Kept)>> {
        let mut names = vec![*name];
        while let Some(name) = names.pop() {
            for hinted in self.hinted(&name).await? {
                match self.readable(&hinted).await? {
                    Some(kept) if kept.was(&name) => {
                        return Ok(Some((hinted, kept)));
                    }
                    Some(_) => {}
                    None => names.push(hinted),
                }
            }
        }
        Ok(None)
    }
}
