//! Sessions as values, each under its name. When a session ends stands in the value, to the
//! moment: Memcached goes by whole seconds, and may be late.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::store::{
    memcached::act::{Act, Answer, Found, Memcached, Outcome},
    name::Name,
    sessions::{self, Data, Entry, Sessions, WAS_MEMBER, ended, member_of},
};

/// So long is what a session holds, at most. In bytes of JSON.
pub const LONGEST: usize = 16 * 1024;

// ANCHOR: until
/// In seconds. What is longer, Memcached takes for a date.
const LONGEST_TIME: i64 = 30 * 24 * 60 * 60;

/// The last date that it understands.
const LAST_DATE: i64 = i32::MAX as i64;

/// Its clock may be so late, in seconds: the value stays until it has ended by its own end.
const LATE: i64 = 2;

/// How Memcached is told when a value may go.
fn until(end: OffsetDateTime) -> String {
    let now = OffsetDateTime::now_utc();
    let time = (end - now).whole_seconds() + LATE;
    let date = end.unix_timestamp() + LATE;
    if end <= now {
        "T-1".to_owned()
    } else if time <= LONGEST_TIME {
        format!("T{time}")
    } else if date <= LAST_DATE {
        format!("T{date}")
    } else {
        // By no clock.
        "T0".to_owned()
    }
}
// ANCHOR_END: until

// ANCHOR: kept
/// What is under a session's name.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept<D> {
    /// The session, and when it ends.
    Session {
        #[serde(with = "time::serde::rfc3339")]
        end: OffsetDateTime,
        data: D,
    },
    /// The name that the session has got since.
    MovedTo(String),
}
// ANCHOR_END: kept

impl<D: Serialize> Kept<D> {
    fn to_json(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|why| Error::Encode(why.to_string()))
    }
}

// ANCHOR: value
/// A record as a value. Not a longer one: what is too long for Memcached, it refuses, and
/// deletes what was there.
fn value(record: &Record) -> Result<Vec<u8>> {
    let Record { data, expiry_date: end, .. } = record;
    let value = Kept::Session { end: *end, data }.to_json()?;
    if value.len() > LONGEST {
        return Err(Error::Encode(format!("more than {LONGEST} bytes")));
    }
    Ok(value)
}
// ANCHOR_END: value

fn key(name: &Name) -> String {
    format!("session:{name}")
}

// ANCHOR: live
fn read(found: &Found) -> Result<Kept<Data>> {
    serde_json::from_slice(&found.value)
        .map_err(|why| Error::Decode(why.to_string()))
}

/// The session of this name, if it is what was found, and has not ended.
fn live(name: &Name, found: Option<&Found>) -> Result<Option<Entry>> {
    let kept = found.map(read).transpose()?;
    Ok(match kept {
        Some(Kept::Session { end, data }) if end > OffsetDateTime::now_utc() => {
            Some(Entry { name: *name, data, end })
        }
        _ => None,
    })
}
// ANCHOR_END: live

// ANCHOR: store
#[async_trait]
impl SessionStore for Memcached {
    async fn create(&self, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        Ok(self.within(self.try_to_create(record)).await?)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let is_saved = self.within(self.try_to_save(record)).await?;
        if is_saved { Ok(()) } else { Err(ended()) }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let entry = self.entry_of(&Name::of(id)).await?;
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

impl Memcached {
    async fn try_to_create(&self, record: &Record) -> Answer<()> {
        let key = key(&Name::of(&record.id));
        let value = value(record)?;
        let (mut act, _) = self.begin(&key).await?;
        act.add(&key, &value, &until(record.expiry_date)).await?;
        act.done();
        Ok(())
    }

    /// False if the session has ended.
    async fn try_to_save(&self, record: &Record) -> Answer<bool> {
        let name = Name::of(&record.id);
        let (key, value) = (key(&name), value(record)?);
        let (mut act, mut found) = self.begin(&key).await?;
        while let Some(old) = &found
            && live(&name, found.as_ref())?.is_some()
        {
            let until = until(record.expiry_date);
            let outcome = act.replace(&key, old, &value, &until).await?;
            if outcome == Outcome::Done {
                act.done();
                return Ok(true);
            }
            found = act.get(&key).await?;
        }
        act.done();
        Ok(false)
    }
}
// ANCHOR_END: store

#[async_trait]
impl Sessions for Memcached {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        let is_rotated = self.within(self.try_to_rotate(before, record)).await?;
        if is_rotated { Ok(()) } else { Err(ended()) }
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        let successor = self.within(async {
            let (mut act, found) = self.begin(&key(name)).await?;
            let successor = match found {
                Some(found) => successor(&mut act, name, &found).await?,
                None => None,
            };
            act.done();
            Ok(successor)
        });
        Ok(successor.await?.map(|(entry, _)| entry.name))
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        Ok(self.within(self.try_to_end(name)).await?)
    }

    async fn entry_of(&self, name: &Name) -> Result<Option<Entry>> {
        let found = self.within(async {
            let (act, found) = self.begin(&key(name)).await?;
            act.done();
            Ok(found)
        });
        live(name, found.await?.as_ref())
    }
}

impl Memcached {
    // ANCHOR: rotate
    /// First the new name, then the old one, under which there is either the session or the
    /// way to it: whoever ends it finds it. False if it has ended.
    async fn try_to_rotate(
        &self,
        before: &Name,
        record: &mut Record,
    ) -> Answer<bool> {
        let name = Name::of(&record.id);
        let moved = Kept::<Data>::MovedTo(name.to_string()).to_json()?;
        let (mut act, mut found) = self.begin(&key(before)).await?;
        while let Some(old) = &found
            && let Some(entry) = live(before, found.as_ref())?
        {
            let was_member = member_of(&entry.data)
                .is_some_and(|member| member_of(&record.data) == Some(member));
            record.data.insert(WAS_MEMBER.to_owned(), was_member.into());
            let until = until(record.expiry_date);
            act.set(&key(&name), &value(record)?, &until).await?;
            let outcome = act.replace(&key(before), old, &moved, &until).await?;
            if outcome == Outcome::Done {
                act.done();
                return Ok(true);
            }
            found = act.get(&key(before)).await?;
        }
        // Nobody knows the new name yet.
        act.delete(&key(&name)).await?;
        act.done();
        Ok(false)
    }
    // ANCHOR_END: rotate

    // ANCHOR: end
    /// False if there is nothing to end.
    async fn try_to_end(&self, name: &Name) -> Answer<bool> {
        let (mut act, mut found) = self.begin(&key(name)).await?;
        while let Some((entry, at)) = session_of(&mut act, name, found).await? {
            let outcome = act.delete_if(&key(&entry.name), &at).await?;
            if outcome == Outcome::Done {
                act.done();
                return Ok(true);
            }
            found = act.get(&key(name)).await?;
        }
        act.done();
        Ok(false)
    }
    // ANCHOR_END: end
}

// ANCHOR: follow
/// The session of this name, or the one that was the same member's under it.
async fn session_of(
    act: &mut Act<'_>,
    name: &Name,
    found: Option<Found>,
) -> Answer<Option<(Entry, Found)>> {
    let Some(found) = found else { return Ok(None) };
    if let Some(entry) = live(name, Some(&found))? {
        return Ok(Some((entry, found)));
    }
    let successor = successor(act, name, &found).await?;
    Ok(successor.filter(|(entry, _)| {
        entry.data.get(WAS_MEMBER).is_some_and(|it| *it == true)
    }))
}

/// The session that had this name before.
async fn successor(
    act: &mut Act<'_>,
    name: &Name,
    found: &Found,
) -> Answer<Option<(Entry, Found)>> {
    let Kept::MovedTo(next) = read(found)? else { return Ok(None) };
    let next = next.parse().map_err(|why: &str| Error::Decode(why.to_owned()))?;
    let found = act.get(&key(&next)).await?;
    let entry = live(&next, found.as_ref())?;
    let entry = entry.filter(|it| sessions::before(&it.data) == Some(*name));
    Ok(entry.zip(found))
}
// ANCHOR_END: follow
