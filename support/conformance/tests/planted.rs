//! A store with one fault at a time: each rule is broken by some of them, and the suite sees it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use conformance::{Data, Subject, play, rules};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

/// What is wrong with the store.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    TakesTheIdentifierAskedFor,
    LooksAndThenWrites,
    LooksAndThenSaves,
    LooksAndThenRotates,
    SavesWhateverComes,
    SavesAndTellsNobody,
    EndsLater,
    EndsEarlier,
    KeepsTheFirstEnd,
    EndsWithinAMonth,
    GivesEachAnHour,
    WritesNumbersAsFloats,
    DeletesBeforeItLooksAtTheSize,
    AnswersTheCallBefore,
    LeavesTheOldOne,
    RotatesWhateverComes,
    ForgetsWhoCameAfter,
    EndsWhoeverCameAfter,
    ListsEverybody,
    ListsWhatHasExpired,
    SweepsNothing,
    KeepsIdentifiers,
}

#[derive(Debug)]
struct Store {
    fault: Fault,
    rows: Mutex<Rows>,
    /// Under what the record lies now that took the place of another, as a member's.
    after: Mutex<HashMap<Key, Key>>,
    /// The answer of a call that nobody waited for.
    left_over: Mutex<Option<Option<Record>>>,
}

/// Under what a record lies.
type Key = String;
type Rows = HashMap<Key, Record>;

impl Store {
    fn new(fault: Fault) -> Self {
        let (rows, after) = Default::default();
        Self { fault, rows, after, left_over: Mutex::default() }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn key(&self, id: &Id) -> Key {
        if self.has(Fault::KeepsIdentifiers) {
            return id.to_string();
        }
        // Of no use outside of a test: it only has to hide the identifier.
        format!("{:x}", id.0.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17))
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn after(&self) -> MutexGuard<'_, HashMap<Key, Key>> {
        self.after.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, rows: &mut Rows, record: &Record) -> Result<()> {
        let mut record = record.clone();
        let now = OffsetDateTime::now_utc();
        if serde_json::to_string(&record.data).is_ok_and(|data| data.len() > 1_000_000) {
            if self.has(Fault::DeletesBeforeItLooksAtTheSize) {
                rows.remove(&self.key(&record.id));
            }
            return Err(Error::Backend("too big".to_owned()));
        }
        if self.has(Fault::EndsWithinAMonth) {
            record.expiry_date = record.expiry_date.min(now + Duration::days(30));
        }
        if self.has(Fault::GivesEachAnHour) {
            record.expiry_date = record.expiry_date.max(now + Duration::HOUR);
        }
        if self.has(Fault::WritesNumbersAsFloats) {
            for value in record.data.values_mut().filter(|value| value.is_u64()) {
                *value = value.as_f64().into();
            }
        }
        let key = self.key(&record.id);
        record.id = Id(0);
        let first_end = rows.get(&key).map(|row| row.expiry_date);
        if let Some(first_end) = first_end.filter(|_| self.has(Fault::KeepsTheFirstEnd)) {
            record.expiry_date = first_end;
        }
        rows.insert(key, record);
        Ok(())
    }

    fn live(&self, rows: &Rows, id: &Id) -> Option<Record> {
        let late = match self.fault {
            Fault::EndsLater => Duration::SECOND,
            Fault::EndsEarlier => -Duration::milliseconds(100),
            _ => Duration::ZERO,
        };
        let row = rows.get(&self.key(id)).cloned()?;
        let is_live = row.expiry_date + late > OffsetDateTime::now_utc();
        is_live.then_some(Record { id: *id, ..row })
    }
}

fn ended() -> Error {
    Error::Backend("the session has ended".to_owned())
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let is_taken = self.live(&self.rows(), &record.id).is_some();
        if self.has(Fault::LooksAndThenWrites) {
            tokio::task::yield_now().await;
        } else if !self.has(Fault::TakesTheIdentifierAskedFor) {
            record.id = Id::default();
        }
        if is_taken && self.has(Fault::LooksAndThenWrites) {
            return Err(Error::Backend("taken".to_owned()));
        }
        self.put(&mut self.rows(), record)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        if self.has(Fault::LooksAndThenSaves) {
            let is_there = self.live(&self.rows(), &record.id).is_some();
            tokio::task::yield_now().await;
            return if is_there { self.put(&mut self.rows(), record) } else { Err(ended()) };
        }
        let mut rows = self.rows();
        let is_there = self.live(&rows, &record.id).is_some();
        match self.fault {
            Fault::SavesWhateverComes => self.put(&mut rows, record),
            Fault::SavesAndTellsNobody if !is_there => Ok(()),
            _ if is_there => self.put(&mut rows, record),
            _ => Err(ended()),
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.live(&self.rows(), id);
        if !self.has(Fault::AnswersTheCallBefore) {
            return Ok(found);
        }
        let left_over = self.left_over.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(answer) = left_over {
            return Ok(answer);
        }
        *self.left_over.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
        tokio::task::yield_now().await;
        *self.left_over.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(found)
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let key = self.key(id);
        self.rows().remove(self.after().get(&key).unwrap_or(&key));
        Ok(())
    }
}

#[async_trait]
impl Subject for Store {
    fn store(&self) -> &dyn SessionStore {
        self
    }

    async fn rotate(&self, before: &Id, record: &mut Record) -> Option<Result<()>> {
        record.id = Id::default();
        if self.has(Fault::LooksAndThenRotates) {
            let is_there = self.live(&self.rows(), before).is_some();
            tokio::task::yield_now().await;
            let mut rows = self.rows();
            rows.remove(&self.key(before));
            return Some(if is_there { self.put(&mut rows, record) } else { Err(ended()) });
        }
        let mut rows = self.rows();
        let old = rows.get(&self.key(before)).cloned();
        if old.is_none() && !self.has(Fault::RotatesWhateverComes) {
            return Some(Err(ended()));
        }
        if !self.has(Fault::LeavesTheOldOne) {
            rows.remove(&self.key(before));
        }
        let was_member = old.is_some_and(|old| {
            let was = old.data.get("member");
            was.is_some() && was == record.data.get("member")
        });
        if (was_member && !self.has(Fault::ForgetsWhoCameAfter))
            || self.has(Fault::EndsWhoeverCameAfter)
        {
            self.after().insert(self.key(before), self.key(&record.id));
        }
        rows.insert(self.key(&record.id), Record { id: Id(0), ..record.clone() });
        Some(Ok(()))
    }

    async fn of_member(&self, member: &str) -> Option<Result<Vec<Data>>> {
        let now = OffsetDateTime::now_utc();
        let fits = |row: &&Record| {
            let is_live = row.expiry_date > now || self.has(Fault::ListsWhatHasExpired);
            let whose = row.data.get("member").and_then(|whose| whose.as_str());
            is_live && (whose == Some(member) || self.has(Fault::ListsEverybody))
        };
        let rows = self.rows();
        Some(Ok(rows.values().filter(fits).map(|row| row.data.clone()).collect()))
    }

    async fn sweep(&self) -> Option<Result<()>> {
        if !self.has(Fault::SweepsNothing) {
            let now = OffsetDateTime::now_utc();
            self.rows().retain(|_, row| row.expiry_date > now);
        }
        Some(Ok(()))
    }

    async fn count(&self) -> Option<usize> {
        Some(self.rows().len())
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some(format!("{:?}", self.rows()).into_bytes())
    }
}

/// The rules that a store with this fault does not keep.
async fn broken(fault: Fault) -> Vec<&'static str> {
    let column = play("planted", async || Store::new(fault)).await;
    column.broken().into_iter().map(|(rule, _)| rule).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_is_seen_and_each_rule_sees_one() {
    assert_eq!(broken(Fault::None).await, [""; 0], "a store without a fault keeps all");
    let mut seen = Vec::new();
    for fault in [
        Fault::TakesTheIdentifierAskedFor,
        Fault::LooksAndThenWrites,
        Fault::LooksAndThenSaves,
        Fault::LooksAndThenRotates,
        Fault::SavesWhateverComes,
        Fault::SavesAndTellsNobody,
        Fault::EndsLater,
        Fault::EndsEarlier,
        Fault::KeepsTheFirstEnd,
        Fault::EndsWithinAMonth,
        Fault::GivesEachAnHour,
        Fault::WritesNumbersAsFloats,
        Fault::DeletesBeforeItLooksAtTheSize,
        Fault::AnswersTheCallBefore,
        Fault::LeavesTheOldOne,
        Fault::RotatesWhateverComes,
        Fault::ForgetsWhoCameAfter,
        Fault::EndsWhoeverCameAfter,
        Fault::ListsEverybody,
        Fault::ListsWhatHasExpired,
        Fault::SweepsNothing,
        Fault::KeepsIdentifiers,
    ] {
        let broken = broken(fault).await;
        assert!(!broken.is_empty(), "nobody sees that it {fault:?}");
        seen.extend(broken);
    }
    for rule in rules() {
        assert!(seen.contains(&rule.says), "no fault breaks: {}", rule.says);
    }
}
