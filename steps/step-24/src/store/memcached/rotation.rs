//! Sessions that get another name: under the old one stands the way to the new one.

use tower_sessions::{
    session::Record,
    session_store::{Error, Result},
};

use crate::store::{
    memcached::{
        act::{Act, Answer, Failed, Found, Memcached, Outcome},
        kept::{Kept, key, live, read, until, value},
    },
    name::Name,
    sessions::{
        BEFORE, Data, Entry, WAS_MEMBER, before, ended, member_of, stale,
        version_of, was_member,
    },
};

impl Memcached {
    /// First the new name, then the old one, under which there is either the session or the
    /// way to it: whoever ends it finds it.
    pub(super) async fn try_to_rotate(
        &self,
        old_name: &Name,
        record: &mut Record,
    ) -> Answer<()> {
        let name = Name::of(&record.id);
        let moved = Kept::<Data>::MovedTo(name.to_string()).to_json()?;
        let until = until(record.expiry_date);
        let (mut act, mut found) = self.begin(&key(old_name)).await?;
        let mut refused = ended();
        while let Some(old) = &found
            && let Some(entry) = live(old_name, found.as_ref())?
        {
            if version_of(&entry.data) != version_of(&record.data) - 1 {
                refused = stale();
                break;
            }
            let was_same = member_of(&entry.data)
                .is_some_and(|member| member_of(&record.data) == Some(member));
            record.data.insert(BEFORE.to_owned(), old_name.to_string().into());
            record.data.insert(WAS_MEMBER.to_owned(), was_same.into());
            let value = value(record)?;
            self.note_member(record).await?;
            act.set(&key(&name), &value, &until).await?;
            let outcome = act.replace(&key(old_name), old, &moved, &until).await?;
            if outcome == Outcome::Done {
                act.done();
                // The session has its new name, whatever keeps the note from going.
                let _ = self.notes.unnote(old_name).await;
                return Ok(());
            }
            found = act.get(&key(old_name)).await?;
        }
        // Nobody knows the new name yet.
        act.delete(&key(&name)).await?;
        act.done();
        self.notes.unnote(&name).await?;
        Err(refused.into())
    }

    /// The name that the session of this name has got since.
    pub(super) async fn successor(&self, name: &Name) -> Answer<Option<Name>> {
        let (mut act, found) = self.begin(&key(name)).await?;
        let next = next(&mut act, name, found.as_ref()).await?;
        act.done();
        let next = next.filter(|it| it.is_of(name));
        Ok(next.and_then(|it| it.entry).map(|entry| entry.name))
    }

    /// The session of this name, or the one that was the same member's under it, and what
    /// was found of it.
    pub(super) async fn of_same_member(
        &self,
        name: &Name,
    ) -> Answer<(Act<'_>, Option<(Entry, Found)>)> {
        let (mut act, found) = self.begin(&key(name)).await?;
        if let Some(entry) = live(name, found.as_ref())? {
            return Ok((act, Some(entry).zip(found)));
        }
        let next = next(&mut act, name, found.as_ref()).await?;
        let next = next.filter(|it| it.is_of(name) && it.was_member());
        Ok((act, next.and_then(|it| it.entry.zip(it.found))))
    }

    /// Takes a session away, if it is still the one that was found, and its note. False if
    /// somebody has changed it.
    pub(super) async fn take(
        &self,
        mut act: Act<'_>,
        entry: &Entry,
        at: &Found,
    ) -> Answer<bool> {
        let outcome = act.delete_if(&key(&entry.name), at).await?;
        act.done();
        if outcome == Outcome::Done && member_of(&entry.data).is_some() {
            self.notes.unnote(&entry.name).await?;
        }
        Ok(outcome == Outcome::Done)
    }

    /// The name that the session of this name has now, if it has stayed its member's.
    pub(super) async fn latest_of_same_member(
        &self,
        name: &Name,
    ) -> Answer<Option<Name>> {
        let (mut act, found) = self.begin(&key(name)).await?;
        let latest = latest(&mut act, name, found).await?;
        act.done();
        let latest = latest.filter(|entry| was_member(&entry.data));
        Ok(latest.map(|entry| entry.name))
    }

    /// The sessions of these names, each under the name that it has now.
    pub(super) async fn latest_of(&self, names: &[Name]) -> Answer<Vec<Entry>> {
        let Some((first, others)) = names.split_first() else {
            return Ok(Vec::new());
        };
        let (mut act, found) = self.begin(&key(first)).await?;
        let mut entries: Vec<Entry> =
            readable(&mut act, first, found).await?.into_iter().collect();
        for name in others {
            let found = act.get(&key(name)).await?;
            entries.extend(readable(&mut act, name, found).await?);
        }
        act.done();
        Ok(entries)
    }
}

/// What is under the next name of a session.
struct Next {
    name: Name,
    found: Option<Found>,
    entry: Option<Entry>,
}

impl Next {
    /// Whether the session had this name before.
    fn is_of(&self, name: &Name) -> bool {
        self.entry.as_ref().is_some_and(|it| before(&it.data) == Some(*name))
    }

    /// Whether it was the same member's then.
    fn was_member(&self) -> bool {
        self.entry.as_ref().is_some_and(|it| was_member(&it.data))
    }
}

/// Goes from a name to the next one, if this is the way to it.
async fn next(
    act: &mut Act<'_>,
    name: &Name,
    found: Option<&Found>,
) -> Answer<Option<Next>> {
    let Some(Kept::MovedTo(next)) = found.map(read).transpose()? else {
        return Ok(None);
    };
    let next: Name = parse(&next)?;
    if next == *name {
        return Ok(None);
    }
    let found = act.get(&key(&next)).await?;
    let entry = live(&next, found.as_ref())?;
    Ok(Some(Next { name: next, found, entry }))
}

fn parse(name: &str) -> Result<Name> {
    name.parse().map_err(|why: &str| Error::Decode(why.to_owned()))
}

/// Goes on until there is a session, or nothing.
async fn latest(
    act: &mut Act<'_>,
    name: &Name,
    found: Option<Found>,
) -> Answer<Option<Entry>> {
    if let Some(entry) = live(name, found.as_ref())? {
        return Ok(Some(entry));
    }
    let (mut name, mut found) = (*name, found);
    while let Some(next) = next(act, &name, found.as_ref()).await? {
        if next.entry.is_some() {
            return Ok(next.entry.filter(|it| before(&it.data) == Some(name)));
        }
        (name, found) = (next.name, next.found);
    }
    Ok(None)
}

/// The same. What nobody can read is nobody's session, and keeps nobody from another's.
async fn readable(
    act: &mut Act<'_>,
    name: &Name,
    found: Option<Found>,
) -> Answer<Option<Entry>> {
    match latest(act, name, found).await {
        Err(Failed::Store(why @ Error::Decode(_))) => {
            tracing::error!(%why, "a session cannot be read");
            Ok(None)
        }
        found => found,
    }
}
