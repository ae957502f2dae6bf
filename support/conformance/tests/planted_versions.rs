//! A store with versions and one fault at a time: each rule of versions is broken by some of them.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use conformance::{Subject, play_versions, version_rules};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

/// What is wrong with the store.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    TakesWhateverComes,
    ComparesAndThenWrites,
    TakesTheSameTwice,
    SaysThatTheSessionHasEnded,
    ForgetsTheVersionWhenItLoads,
    RotatesWhateverIsThere,
    ComparesAndThenRotates,
    EndsWhateverIsThere,
}

#[derive(Debug)]
struct Store {
    fault: Fault,
    rows: Mutex<HashMap<Id, Record>>,
}

fn version(record: &Record) -> i64 {
    record.data.get("version").and_then(|it| it.as_i64()).unwrap_or_default()
}

fn failed(why: &str) -> Error {
    Error::Backend(why.to_owned())
}

impl Store {
    fn rows(&self) -> MutexGuard<'_, HashMap<Id, Record>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// Refuses what was made from another version than the one that is kept.
    fn compare(&self, rows: &HashMap<Id, Record>, id: &Id, seen: i64) -> Result<()> {
        let kept = rows.get(id).map(version);
        match kept {
            None => Err(failed("ended")),
            Some(kept) if kept == seen || self.has(Fault::TakesWhateverComes) => Ok(()),
            _ if self.has(Fault::SaysThatTheSessionHasEnded) => Err(failed("ended")),
            _ => Err(failed("stale")),
        }
    }
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        self.rows().insert(record.id, record.clone());
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let seen = version(record) - 1;
        if self.has(Fault::ComparesAndThenWrites) {
            self.compare(&self.rows(), &record.id, seen)?;
            tokio::task::yield_now().await;
            self.rows().insert(record.id, record.clone());
            return Ok(());
        }
        let mut rows = self.rows();
        let is_there = rows.get(&record.id) == Some(record);
        if is_there && self.has(Fault::TakesTheSameTwice) {
            return Ok(());
        }
        self.compare(&rows, &record.id, seen)?;
        rows.insert(record.id, record.clone());
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let mut found = self.rows().get(id).cloned();
        if let Some(record) = &mut found
            && self.has(Fault::ForgetsTheVersionWhenItLoads)
        {
            record.data.remove("version");
        }
        Ok(found)
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.rows().remove(id);
        Ok(())
    }
}

#[async_trait]
impl Subject for Store {
    fn store(&self) -> &dyn SessionStore {
        self
    }

    fn bring_next(&self, record: &mut Record) {
        let next = version(record) + 1;
        record.data.insert("version".to_owned(), next.into());
    }

    fn is_stale(&self, why: &Error) -> bool {
        why.to_string().contains("stale")
    }

    async fn rotate(&self, before: &Id, record: &mut Record) -> Option<Result<()>> {
        let seen = version(record) - 1;
        let mut compared = Ok(());
        if self.has(Fault::ComparesAndThenRotates) {
            compared = self.compare(&self.rows(), before, seen);
            tokio::task::yield_now().await;
        }
        let mut rows = self.rows();
        if ![Fault::ComparesAndThenRotates, Fault::RotatesWhateverIsThere].contains(&self.fault)
        {
            compared = self.compare(&rows, before, seen);
        }
        if compared.is_ok() {
            record.id = Id::default();
            rows.remove(before);
            rows.insert(record.id, record.clone());
        }
        Some(compared)
    }

    async fn end_unless_changed(&self, seen: &Record) -> Result<()> {
        let mut rows = self.rows();
        if !self.has(Fault::EndsWhateverIsThere) {
            self.compare(&rows, &seen.id, version(seen))?;
        }
        rows.remove(&seen.id);
        Ok(())
    }
}

/// The rules that a store with this fault does not keep.
async fn broken(fault: Fault) -> Vec<&'static str> {
    let store = async || Store { fault, rows: Mutex::default() };
    let column = play_versions("planted", store).await;
    column.broken().into_iter().map(|(rule, _)| rule).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_with_versions_is_seen_and_each_rule_sees_one() {
    assert_eq!(broken(Fault::None).await, [""; 0], "a store without a fault keeps all");
    let mut seen = Vec::new();
    for fault in [
        Fault::TakesWhateverComes,
        Fault::ComparesAndThenWrites,
        Fault::TakesTheSameTwice,
        Fault::SaysThatTheSessionHasEnded,
        Fault::ForgetsTheVersionWhenItLoads,
        Fault::RotatesWhateverIsThere,
        Fault::ComparesAndThenRotates,
        Fault::EndsWhateverIsThere,
    ] {
        let broken = broken(fault).await;
        assert!(!broken.is_empty(), "nobody sees that it {fault:?}");
        seen.extend(broken);
    }
    for rule in version_rules() {
        assert!(seen.contains(&rule.says), "no fault breaks: {}", rule.says);
    }
}
