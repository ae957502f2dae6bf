//! Sessions in the memory of the program, in an order that fits each question.

use std::{
    collections::BTreeMap,
    fmt::{self, Debug, Formatter},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use time::UtcDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::store::{
    name::Name,
    order::Order,
    sessions::{
        self, Data, Entry, Sessions, WAS_MEMBER, ended, member_of, was_member,
    },
};

/// So many sessions have room, unless the program says otherwise.
pub const MOST: usize = 100_000;

/// So long is what a session holds, at most. In bytes of JSON.
pub const LONGEST: usize = 16 * 1024;

// ANCHOR: shelves
/// A store for one server, whose sessions go with the program.
#[derive(Clone)]
pub struct Memory(Arc<Mutex<Shelves>>);

#[derive(Clone, Default)]
struct Shelves {
    most: usize,
    /// In a tree: a hash table that has just grown is half empty. And each in a box: in
    /// nodes that have room left, that costs less.
    records: BTreeMap<Name, Box<Kept>>,
    /// What ends first stands first.
    ends: Order<UtcDateTime, Name>,
    /// The sessions of strangers, in the order in which they were written last: they make
    /// room for others.
    strangers: Order<u64, Name>,
    /// Whose sessions are whose.
    members: Order<Box<str>, Name>,
    /// Who has taken the place of whom.
    successors: BTreeMap<Name, Name>,
    /// How many records have been written so far.
    written: u64,
}

#[derive(Clone)]
struct Kept {
    /// As JSON: that takes less room than the values.
    data: Box<str>,
    end: UtcDateTime,
    member: Option<Box<str>>,
    before: Option<Box<Name>>,
    was_member: bool,
    /// How many were written up to this one.
    written: u64,
}
// ANCHOR_END: shelves

impl Memory {
    /// A store that has room for so many sessions.
    pub fn with_room_for(most: usize) -> Self {
        let shelves = Shelves { most, ..Shelves::default() };
        Self(Arc::new(Mutex::new(shelves)))
    }

    /// A store of its own that holds the same, for tests that begin there again and again.
    pub fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.shelves().clone())))
    }

    /// How many records it holds, those that have expired included.
    pub fn len(&self) -> usize {
        self.shelves().records.len()
    }

    /// Whether it holds no record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All that it holds, as whoever can read the program's memory would find it.
    pub fn dump(&self) -> String {
        let shelves = self.shelves();
        let lines = shelves.records.iter().map(|(name, kept)| {
            let (before, end) = (&kept.before, kept.end);
            format!("{name} {before:?} {end} {:?} {}\n", kept.member, kept.data)
        });
        lines.collect()
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::with_room_for(MOST)
    }
}

impl Debug for Memory {
    /// How many there are: what sessions hold is nobody's business.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Memory of {} sessions", self.len())
    }
}

// ANCHOR: put
impl Shelves {
    fn put(&mut self, name: Name, mut kept: Kept) {
        self.take(&name);
        self.written += 1;
        kept.written = self.written;
        self.ends.put(kept.end, name);
        match &kept.member {
            Some(member) => self.members.put(member.clone(), name),
            None => self.strangers.put(kept.written, name),
        }
        if let Some(before) = kept.before.as_deref() {
            self.successors.insert(*before, name);
        }
        self.records.insert(name, Box::new(kept));
    }

    fn take(&mut self, name: &Name) -> Option<Box<Kept>> {
        let kept = self.records.remove(name)?;
        self.ends.remove(kept.end, *name);
        match &kept.member {
            Some(member) => self.members.remove(member.clone(), *name),
            None => self.strangers.remove(kept.written, *name),
        }
        if let Some(before) = kept.before.as_deref() {
            self.successors.remove(before);
        }
        Some(kept)
    }
    // ANCHOR_END: put

    // ANCHOR: live
    /// The record of this name, if its session has not ended.
    fn live(&self, name: &Name) -> Option<&Kept> {
        self.records.get(name).map(Box::as_ref).filter(|kept| kept.is_live())
    }
    // ANCHOR_END: live

    /// What has expired, in the order in which it did.
    fn expired(&self) -> impl Iterator<Item = Name> {
        let now = UtcDateTime::now();
        self.ends.first_while(move |end| *end <= now)
    }

    // ANCHOR: make_room
    /// What has expired goes first, then the stranger who has been away longest. Whoever
    /// has signed in stays: a flood of strangers ends nobody's session.
    fn make_room(&mut self) -> Result<()> {
        if self.records.len() < self.most {
            return Ok(());
        }
        let expired = self.expired().next();
        if let Some(name) = expired {
            self.take(&name);
            tracing::info!(session = name.brief(), "a session has expired");
            return Ok(());
        }
        let stranger = self.strangers.first_while(|_| true).next();
        let Some(name) = stranger else {
            return Err(Error::Backend("there is no room left".to_owned()));
        };
        self.take(&name);
        tracing::warn!(session = name.brief(), "a session makes room");
        Ok(())
    }
    // ANCHOR_END: make_room

    // ANCHOR: kept
    /// Keeps this under a new identifier.
    fn add(&mut self, record: &mut Record, kept: Kept) {
        record.id = Id::default();
        self.put(Name::of(&record.id), kept);
    }
}

impl Kept {
    fn new(record: &Record) -> Result<Self> {
        let data = serde_json::to_string(&record.data)
            .map_err(|why| Error::Encode(why.to_string()))?;
        if data.len() > LONGEST {
            return Err(Error::Encode(format!("more than {LONGEST} bytes")));
        }
        Ok(Self {
            data: data.into(),
            end: record.expiry_date.to_utc(),
            member: member_of(&record.data).map(Box::from),
            before: sessions::before(&record.data).map(Box::new),
            was_member: was_member(&record.data),
            written: 0,
        })
    }

    fn is_live(&self) -> bool {
        self.end > UtcDateTime::now()
    }

    fn data(&self) -> Result<Data> {
        serde_json::from_str(&self.data)
            .map_err(|why| Error::Decode(why.to_string()))
    }
}
// ANCHOR_END: kept

// ANCHOR: store
#[async_trait]
impl SessionStore for Memory {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let kept = Kept::new(record)?;
        let mut shelves = self.shelves();
        shelves.make_room()?;
        shelves.add(record, kept);
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let name = Name::of(&record.id);
        let mut shelves = self.shelves();
        shelves.live(&name).ok_or_else(ended)?;
        shelves.put(name, Kept::new(record)?);
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let shelves = self.shelves();
        let Some(kept) = shelves.live(&Name::of(id)) else { return Ok(None) };
        Ok(Some(Record {
            id: *id,
            data: kept.data()?,
            expiry_date: kept.end.into(),
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.end(&Name::of(id)).await.map(|_| ())
    }
}

#[async_trait]
impl Sessions for Memory {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        let mut shelves = self.shelves();
        let that = shelves.live(before).ok_or_else(ended)?;
        let is_members = that.member.is_some();
        let was_member =
            is_members && that.member.as_deref() == member_of(&record.data);
        record.data.insert(WAS_MEMBER.to_owned(), was_member.into());
        let kept = Kept::new(record)?;
        shelves.add(record, kept);
        shelves.take(before);
        Ok(())
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        Ok(self.shelves().successors.get(name).copied())
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        let shelves = self.shelves();
        let first = Box::from(member.unwrap_or_default());
        let names = shelves.members.first_from(first, |whose| {
            member.is_none_or(|member| *member == **whose)
        });
        let live = names.filter_map(|name| Some((name, shelves.live(&name)?)));
        live.map(|(name, kept)| {
            Ok(Entry { name, data: kept.data()?, end: kept.end.into() })
        })
        .collect()
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        let mut shelves = self.shelves();
        let successor = shelves.successors.get(name).filter(|successor| {
            shelves.records.get(successor).is_some_and(|kept| kept.was_member)
        });
        let name = successor.copied().unwrap_or(*name);
        // What has expired is left to the sweep, which tells the log.
        let is_live = shelves.live(&name).is_some();
        if is_live {
            shelves.take(&name);
        }
        Ok(is_live)
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        let mut shelves = self.shelves();
        let expired: Vec<Name> = shelves.expired().collect();
        for name in &expired {
            shelves.take(name);
        }
        Ok(expired)
    }
}
// ANCHOR_END: store
