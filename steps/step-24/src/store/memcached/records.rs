//! Sessions as values, each under its name.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::store::{
    memcached::{
        act::{Answer, CONNECTIONS, Memcached, Outcome},
        kept::{key, live, until, value},
    },
    name::Name,
    sessions::{Entry, Sessions, before, ended, member_of, stale, version_of},
    several,
};

/// So many values are asked for within the time of one call.
const SLICE: usize = 100;

/// So many sessions end at a time, when many are to: the other connections are visitors'.
const AT_A_TIME: usize = CONNECTIONS / 2;

#[async_trait]
impl SessionStore for Memcached {
    async fn create(&self, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        Ok(self.within(self.try_to_create(record)).await?)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        Ok(self.within(self.try_to_save(record)).await?)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let entry = self.within(self.entry(&Name::of(id))).await?;
        Ok(entry.map(|Entry { data, end, .. }| Record {
            id: *id,
            data,
            expiry_date: end,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.end(&Name::of(id)).await.map(|_| ())
    }
}

#[async_trait]
impl Sessions for Memcached {
    async fn rotate(&self, old_name: &Name, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        Ok(self.within(self.try_to_rotate(old_name, record)).await?)
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        Ok(self.within(self.successor(name)).await?)
    }

    // ANCHOR: entries_of
    /// Of those that are noted. What Memcached has forgotten is nobody's any more.
    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        // A session that gets another name now may be noted under both.
        let mut found = BTreeMap::new();
        for names in self.notes.noted(member).await?.chunks(SLICE) {
            let latest = self.within(self.latest_of(names)).await?;
            found.extend(latest.into_iter().map(|entry| (entry.name, entry)));
        }
        found.retain(|_, entry| match member {
            Some(_) => member_of(&entry.data) == member,
            None => member_of(&entry.data).is_some(),
        });
        let names: HashSet<Name> = found.keys().copied().collect();
        // Half of a rotation: the old one still counts.
        let is_half = |entry: &Entry| {
            before(&entry.data).is_some_and(|it| names.contains(&it))
        };
        found.retain(|_, entry| !is_half(entry));
        Ok(found.into_values().collect())
    }
    // ANCHOR_END: entries_of

    async fn end(&self, name: &Name) -> Result<bool> {
        Ok(self.within(self.try_to_end(name)).await?)
    }

    async fn end_unless_changed(&self, name: &Name, version: i64) -> Result<()> {
        Ok(self.within(self.end_unchanged(name, version)).await?)
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        self.within(self.require(by)).await?;
        let (store, by) = (self.clone(), *by);
        // Of ten thousand, each has its time.
        let end = move |name: Name| {
            let store = store.clone();
            async move {
                let has_ended = store.within(store.end_listed(&by, &name)).await;
                has_ended.map_err(Error::from)
            }
        };
        several::count(names.iter().copied().map(end), AT_A_TIME).await
    }

    /// Memcached deletes values by itself. What is swept here are the notes, but not of
    /// what lives: the clock may have been another one when a note was written, or now.
    async fn delete_expired(&self) -> Result<Vec<Name>> {
        let mut swept = Vec::new();
        for name in self.notes.due().await? {
            let found = self.within(self.latest_of(&[name])).await?;
            if !found.iter().any(|entry| entry.name == name) {
                self.notes.unnote(&name).await?;
                swept.push(name);
            }
        }
        Ok(swept)
    }
}

impl Memcached {
    async fn try_to_create(&self, record: &Record) -> Answer<()> {
        let key = key(&Name::of(&record.id));
        let value = value(record)?;
        self.note_member(record).await?;
        let (mut act, _) = self.begin(&key).await?;
        act.add(&key, &value, &until(record.expiry_date)).await?;
        act.done();
        Ok(())
    }

    // ANCHOR: save
    async fn try_to_save(&self, record: &Record) -> Answer<()> {
        let name = Name::of(&record.id);
        let (key, value) = (key(&name), value(record)?);
        self.note_member(record).await?;
        let (mut act, mut found) = self.begin(&key).await?;
        while let Some(old) = &found
            && let Some(entry) = live(&name, found.as_ref())?
        {
            if version_of(&entry.data) != version_of(&record.data) - 1 {
                act.done();
                return Err(stale().into());
            }
            let until = until(record.expiry_date);
            if act.replace(&key, old, &value, &until).await? == Outcome::Done {
                act.done();
                return Ok(());
            }
            found = act.get(&key).await?;
        }
        act.done();
        Err(ended().into())
    }
    // ANCHOR_END: save

    // ANCHOR: note_member
    /// First: no session is there that cannot be found.
    pub(super) async fn note_member(&self, record: &Record) -> Result<()> {
        match member_of(&record.data) {
            Some(member) => {
                let name = Name::of(&record.id);
                self.notes.note(member, &name, record.expiry_date).await
            }
            None => Ok(()),
        }
    }
    // ANCHOR_END: note_member

    pub(super) async fn entry(&self, name: &Name) -> Answer<Option<Entry>> {
        let (act, found) = self.begin(&key(name)).await?;
        act.done();
        Ok(live(name, found.as_ref())?)
    }

    async fn require(&self, name: &Name) -> Answer<()> {
        match self.entry(name).await? {
            Some(_) => Ok(()),
            None => Err(ended().into()),
        }
    }

    /// False if there is nothing to end.
    async fn try_to_end(&self, name: &Name) -> Answer<bool> {
        loop {
            let (act, entry) = self.of_same_member(name).await?;
            let Some((entry, at)) = entry else {
                act.done();
                return Ok(false);
            };
            if self.take(act, &entry, &at).await? {
                return Ok(true);
            }
        }
    }

    async fn end_unchanged(&self, name: &Name, version: i64) -> Answer<()> {
        loop {
            let (act, found) = self.begin(&key(name)).await?;
            let entry = live(name, found.as_ref())?;
            let Some((entry, at)) = entry.zip(found) else {
                act.done();
                return Err(ended().into());
            };
            if version_of(&entry.data) != version {
                act.done();
                return Err(stale().into());
            }
            if self.take(act, &entry, &at).await? {
                return Ok(());
            }
        }
    }

    /// Ends what had this name when a list was made, however many it has got since, and
    /// looks at `by` once more.
    async fn end_listed(&self, by: &Name, name: &Name) -> Answer<bool> {
        let mut has_ended = self.try_to_end(name).await?;
        if !has_ended && let Some(latest) = self.latest_of_same_member(name).await?
        {
            has_ended = self.try_to_end(&latest).await?;
        }
        self.require(by).await?;
        Ok(has_ended)
    }
}
