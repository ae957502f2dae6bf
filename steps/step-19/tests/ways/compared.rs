//! Stores that compare a version as they write.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};
use tower_sessions::session::{Id, Record};

use crate::version::Compare;

/// In memory: each record beside its version.
#[derive(Clone, Debug, Default)]
pub(crate) struct InMemory(Arc<Mutex<HashMap<Id, (Record, u64)>>>);

impl InMemory {
    fn records(&self) -> MutexGuard<'_, HashMap<Id, (Record, u64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Compare for InMemory {
    async fn add(&self, record: &Record) {
        self.records().insert(record.id, (record.clone(), 1));
    }

    async fn get(&self, id: &Id) -> Option<(Record, u64)> {
        self.records().get(id).cloned()
    }

    async fn replace(&self, seen: u64, record: &Record) -> Option<u64> {
        let mut records = self.records();
        let (kept, version) = records.get_mut(&record.id)?;
        if *version != seen {
            return None;
        }
        (*kept, *version) = (record.clone(), seen + 1);
        Some(*version)
    }
}

/// In Memcached, which counts what is written: it gives each value a number of its own, the
/// cas number, and `cas` writes if the value still has it ("compare and swap").
#[derive(Clone, Debug)]
pub(crate) struct Cas {
    pub(crate) address: String,
}

impl Cas {
    /// The lines that Memcached answers.
    async fn ask(&self, command: String) -> Vec<String> {
        let wire = TcpStream::connect(&self.address).await.expect("it listens");
        let mut wire = BufReader::new(wire);
        let command = format!("{command}\r\n");
        wire.write_all(command.as_bytes()).await.expect("it reads");
        let (mut lines, mut said) = (wire.lines(), Vec::new());
        while let Some(line) = lines.next_line().await.expect("it answers") {
            let is_last =
                ["END", "STORED", "EXISTS", "NOT_FOUND"].contains(&line.as_str());
            said.push(line);
            if is_last {
                break;
            }
        }
        said
    }
}

// ANCHOR: cas
#[async_trait]
impl Compare for Cas {
    async fn add(&self, record: &Record) {
        let (id, text) = (record.id, encoded(record));
        let said = self.ask(format!("set {id} 0 0 {}\r\n{text}", text.len())).await;
        assert_eq!(said, ["STORED"]);
    }

    async fn get(&self, id: &Id) -> Option<(Record, u64)> {
        // `VALUE <key> <flags> <length> <cas>`, the value, `END`.
        let said = self.ask(format!("gets {id}")).await;
        let [head, text, _end] = &said[..] else { return None };
        let cas = head.rsplit(' ').next()?.parse().ok()?;
        Some((serde_json::from_str(text).ok()?, cas))
    }

    async fn replace(&self, seen: u64, record: &Record) -> Option<u64> {
        let (id, text) = (record.id, encoded(record));
        let length = text.len();
        let said =
            self.ask(format!("cas {id} 0 0 {length} {seen}\r\n{text}")).await;
        // Which number it has now, `cas` does not say.
        (said == ["STORED"]).then_some(seen)
    }
}
// ANCHOR_END: cas

fn encoded(record: &Record) -> String {
    serde_json::to_string(record).expect("JSON")
}
