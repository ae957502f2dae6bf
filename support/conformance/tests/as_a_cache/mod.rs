//! Memcached as caches use it: put in, look up, delete. The identifier is the key, and the time that
//! is left is what Memcached is told.

use std::sync::Arc;

use async_trait::async_trait;
use conformance::Subject;
use engines::Memcached;
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

#[derive(Clone)]
pub(crate) struct AsACache(pub(crate) Arc<Memcached>);

impl AsACache {
    fn set(&self, record: &Record) -> Result<()> {
        let value = serde_json::to_string(record).expect("it is JSON");
        let left = (record.expiry_date - OffsetDateTime::now_utc()).whole_seconds();
        let (id, length) = (record.id, value.len());
        let said = self.0.ask(&format!("ms {id} {length} T{left}\r\n{value}"));
        if said == "HD\n" { Ok(()) } else { Err(Error::Backend(said)) }
    }
}

impl std::fmt::Debug for AsACache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AsACache")
    }
}

#[async_trait]
impl SessionStore for AsACache {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.set(record)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.set(record)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.0.ask(&format!("mg {id} v"));
        let value = found.lines().nth(1);
        let record = value.map(serde_json::from_str).transpose();
        record.map_err(|why| Error::Decode(why.to_string()))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.ask(&format!("md {id}"));
        Ok(())
    }
}

#[async_trait]
impl Subject for AsACache {
    fn store(&self) -> &dyn SessionStore {
        self
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some(self.0.at_rest().into_bytes())
    }
}
