//! Sessions as records. The clock of Redis decides which have ended.

use async_trait::async_trait;
use redis::cmd;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::store::{
    name::Name,
    redis::{
        call::{Outcome, Redis},
        kept::{Kept, decoded, encoded, milliseconds, session},
        lists::readable,
    },
    sessions::{
        BEFORE, Entry, Sessions, VERSION, WAS_MEMBER, ended, member_of, stale,
        version_of,
    },
    several,
};

/// So many sessions end at a time, when many are to.
const AT_A_TIME: usize = 32;

fn taken() -> Error {
    Error::Backend("the name is taken".to_owned())
}

impl Redis {
    /// Writes a record if there is none. False if there is one.
    async fn set_new(&self, record: &Record) -> Outcome<bool> {
        let (name, text) = (Name::of(&record.id), encoded(record)?);
        self.note_member(record).await?;
        let mut set = cmd("SET");
        set.arg(session(&name)).arg(text).arg("NX");
        set.arg("PXAT").arg(milliseconds(record.expiry_date));
        let said: Option<String> = set.query_async(&mut self.way.clone()).await?;
        Ok(said.is_some())
    }

    /// Writes a record in the place of the version before.
    async fn replace(&self, record: &Record) -> Outcome<()> {
        let (name, text) = (Name::of(&record.id), encoded(record)?);
        self.note_member(record).await?;
        let seen = version_of(&record.data) - 1;
        let end = milliseconds(record.expiry_date);
        Ok(self.swap(&name, seen, &text, end).await??)
    }

    /// First: no session is there that cannot be found.
    async fn note_member(&self, record: &Record) -> Outcome<()> {
        match member_of(&record.data) {
            Some(member) => {
                self.note(member, &Name::of(&record.id), record.expiry_date).await
            }
            None => Ok(()),
        }
    }

    async fn get(&self, name: &Name) -> Outcome<Option<Kept>> {
        self.kept("GET", name).await
    }

    /// Takes the record away, and says what it was: of all that ask, one gets it.
    async fn take(&self, name: &Name) -> Outcome<Option<Kept>> {
        self.kept("GETDEL", name).await
    }

    async fn kept(&self, command: &str, name: &Name) -> Outcome<Option<Kept>> {
        let text = self.text(command, name).await?;
        Ok(text.map(|text| decoded(&text)).transpose()?)
    }

    /// What a hint leads to. What nobody can read keeps nobody from another's session.
    pub(super) async fn readable(&self, name: &Name) -> Outcome<Option<Kept>> {
        let text = self.text("GET", name).await?;
        Ok(text.and_then(|text| readable(&text)))
    }

    async fn text(&self, command: &str, name: &Name) -> Outcome<Option<Vec<u8>>> {
        let mut command = cmd(command);
        command.arg(session(name));
        Ok(command.query_async(&mut self.way.clone()).await?)
    }
}

#[async_trait]
impl SessionStore for Redis {
    async fn create(&self, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        match self.within(self.set_new(record)).await? {
            true => Ok(()),
            false => Err(taken()),
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.within(self.replace(record)).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let kept = self.within(self.get(&Name::of(id))).await?;
        let Some(Kept { version, end, mut data }) = kept else { return Ok(None) };
        // As a save compares it. A server of before may have written the data since.
        data.insert(VERSION.to_owned(), version.into());
        Ok(Some(Record { id: *id, data, expiry_date: end }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.end(&Name::of(id)).await.map(|_| ())
    }
}

#[async_trait]
impl Sessions for Redis {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        self.within(self.put_in_place_of(before, record)).await
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        let successor = self.within(self.successor(name)).await?;
        Ok(successor.map(|(name, _)| name))
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        self.within(self.entries(member)).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        self.within(self.end_now(name)).await
    }

    async fn end_unless_changed(&self, name: &Name, version: i64) -> Result<()> {
        self.within(self.end_unchanged(name, version)).await
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        self.within(self.require(by)).await?;
        let (store, by) = (self.clone(), *by);
        // Of ten thousand, each has its time.
        let end = move |name: Name| {
            let store = store.clone();
            async move { store.within(store.end_listed(&by, &name)).await }
        };
        several::count(names.iter().copied().map(end), AT_A_TIME).await
    }

    /// Redis deletes records by itself. What is swept here are the notes of members'.
    async fn delete_expired(&self) -> Result<Vec<Name>> {
        let (mut names, mut live) = (Vec::new(), 0);
        while let Some(swept) = self.within(self.sweep(live)).await? {
            names.extend(swept.names);
            live = swept.live;
        }
        Ok(names)
    }
}

impl Redis {
    async fn put_in_place_of(
        &self,
        before: &Name,
        record: &mut Record,
    ) -> Outcome<()> {
        let old = self.get(before).await?.ok_or_else(ended)?;
        let seen = version_of(&record.data) - 1;
        if old.version != seen {
            return Err(stale().into());
        }
        let was_member =
            old.member().is_some() && old.member() == member_of(&record.data);
        record.id = Id::default();
        record.data.insert(BEFORE.to_owned(), before.to_string().into());
        record.data.insert(WAS_MEMBER.to_owned(), was_member.into());
        let name = Name::of(&record.id);
        // First: whoever ends the session finds the old record, or this hint.
        self.hint(before, &name, record.expiry_date).await?;
        if !self.set_new(record).await? {
            return Err(taken().into());
        }
        if let Err(why) = self.take_unchanged(before, seen).await? {
            // It has ended meanwhile, has got another name, or holds something else.
            self.take(&name).await?;
            return Err(why.into());
        }
        // The session has its new name: whatever keeps it from tidying up.
        let _ = self.tidy(before, &name, old.member()).await;
        Ok(())
    }

    /// Deletes what a rotation has left that stopped half-way, and the old note.
    async fn tidy(
        &self,
        before: &Name,
        name: &Name,
        member: Option<&str>,
    ) -> Outcome<()> {
        for other in self.hinted(before).await? {
            if other != *name {
                self.take(&other).await?;
            }
        }
        match member {
            Some(member) => self.unnote(member, before).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// The session that had this name, under the one that it has now.
    async fn successor(&self, name: &Name) -> Outcome<Option<(Name, Kept)>> {
        for hinted in self.hinted(name).await? {
            if let Some(kept) =
                self.readable(&hinted).await?.filter(|it| it.was(name))
            {
                return Ok(Some((hinted, kept)));
            }
        }
        Ok(None)
    }

    /// Ends the session of this name, and what it has become.
    async fn end_now(&self, name: &Name) -> Outcome<bool> {
        let mut has_ended = false;
        let mut names = vec![*name];
        while let Some(name) = names.pop() {
            let taken = self.take(&name).await?;
            for hinted in self.hinted(&name).await? {
                let next = self.readable(&hinted).await?.filter(|it| it.was(&name));
                if next.is_some_and(|it| it.was_member() || taken.is_some()) {
                    names.push(hinted);
                }
            }
            if let Some(member) = taken.as_ref().and_then(Kept::member) {
                self.unnote(member, &name).await?;
            }
            has_ended |= taken.is_some();
        }
        Ok(has_ended)
    }

    async fn end_unchanged(&self, name: &Name, version: i64) -> Outcome<()> {
        let old = self.get(name).await?.ok_or_else(ended)?;
        self.take_unchanged(name, version).await??;
        // What a rotation has left that stopped half-way.
        for hinted in self.hinted(name).await? {
            if self.readable(&hinted).await?.is_some_and(|it| it.was(name)) {
                self.end_now(&hinted).await?;
            }
        }
        match old.member() {
            Some(member) => self.unnote(member, name).await.map(|_| ()),
            None => Ok(()),
        }
    }

    async fn require(&self, name: &Name) -> Outcome<()> {
        match self.lives(name).await? {
            true => Ok(()),
            false => Err(ended().into()),
        }
    }

    /// Ends what had this name when a list was made, and looks at `by` once more.
    async fn end_listed(&self, by: &Name, name: &Name) -> Outcome<bool> {
        let mut has_ended = self.end_now(name).await?;
        // It may have got more than one name since, and stayed its member's.
        if !has_ended
            && let Some((name, kept)) = self.latest(name).await?
            && kept.was_member()
        {
            has_ended = self.end_now(&name).await?;
        }
        self.require(by).await?;
        Ok(has_ended)
    }
}
