//! A store of express-session, as tower-sessions would use one.

use std::sync::Arc;

use async_trait::async_trait;
use conformance::{Data, Subject};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::calls::Calls;

/// JavaScript counts by ones no further than to here.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The stores of one Node process.
#[derive(Clone, Debug)]
pub struct Stores(Arc<Calls>);

impl Stores {
    /// Starts Node.js, which ends with the last of its stores.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start() -> Self {
        Self(Arc::new(Calls::start()))
    }

    /// A store of this kind, as `stores.js` calls it, that keeps its records in `place`: a folder,
    /// or the URL of a database. Both are empty.
    ///
    /// # Panics
    /// If it does not open.
    pub async fn open(&self, kind: &str, place: &str) -> Store {
        self.opened(&[json!(kind), json!(place)]).await
    }

    /// express-session's `MemoryStore` with these functions in the place of its own: a JavaScript
    /// object.
    ///
    /// # Panics
    /// If it does not open.
    pub async fn planted(&self, functions: &str) -> Store {
        self.opened(&[json!("MemoryStore"), Value::Null, json!(functions)]).await
    }

    async fn opened(&self, about: &[Value]) -> Store {
        let opened = self.0.ask("open", about).await;
        let opened = opened.unwrap_or_else(|why| panic!("{about:?} does not open: {why}"));
        Store {
            calls: Arc::clone(&self.0),
            number: opened["store"].clone(),
            lists: opened["lists"] == true,
            sweeps: opened["sweeps"] == true,
        }
    }
}

/// A store of express-session. A new session is `set` under an identifier of its own, a later one
/// under the one that it has; express-session knows no other way to write.
#[derive(Debug)]
pub struct Store {
    calls: Arc<Calls>,
    number: Value,
    /// Whether it has `all`.
    lists: bool,
    /// Whether it can be asked to delete what has expired.
    sweeps: bool,
}

impl Store {
    async fn ask(&self, question: &str, about: &[Value]) -> Result<Value> {
        let about = [std::slice::from_ref(&self.number), about].concat();
        self.calls.ask(question, &about).await.map_err(Error::Backend)
    }

    async fn data_of_all(&self) -> Result<Vec<Data>> {
        let all = self.ask("all", &[]).await?;
        serde_json::from_value(all).map_err(|why| Error::Decode(why.to_string()))
    }
}

/// The first millisecond, since JavaScript has no finer ones, in which the session has ended. What
/// has ended a second ago has done so for no less: connect-memcached counts by whole ones.
fn milliseconds(end: OffsetDateTime) -> Value {
    let up = if end > OffsetDateTime::now_utc() { 999_999 } else { 0 };
    json!((end.unix_timestamp_nanos() + up).div_euclid(1_000_000) as i64)
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        self.save(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let end = milliseconds(record.expiry_date);
        self.ask("set", &[json!(record.id.to_string()), json!(record.data), end]).await?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.ask("get", &[json!(id.to_string())]).await?;
        let Some(end) = found["end"].as_i64() else { return Ok(None) };
        let data = serde_json::from_value(found["data"].clone());
        let data = data.map_err(|why| Error::Decode(why.to_string()))?;
        let expiry_date = OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(end);
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.ask("destroy", &[json!(id.to_string())]).await?;
        Ok(())
    }
}

/// There is no `rotate`: `regenerate` destroys one session and begins another, which is empty.
#[async_trait]
impl Subject for Store {
    fn store(&self) -> &dyn SessionStore {
        self
    }

    fn knows(&self, value: &Value) -> bool {
        let is_whole = value.is_i64() || value.is_u64();
        let size = value.as_u64().or_else(|| value.as_i64().map(i64::unsigned_abs));
        !is_whole || size.is_some_and(|size| size <= MAX_SAFE_INTEGER)
    }

    /// No store has an index by member. Some give all sessions, and a server may look for them.
    async fn of_member(&self, member: &str) -> Option<Result<Vec<Data>>> {
        if !self.lists {
            return None;
        }
        let is_theirs = |data: &Data| data.get("member").is_some_and(|whose| whose == member);
        let all = self.data_of_all().await;
        Some(all.map(|all| all.into_iter().filter(is_theirs).collect()))
    }

    async fn sweep(&self) -> Option<Result<()>> {
        if !self.sweeps {
            return None;
        }
        Some(self.ask("sweep", &[]).await.map(|_| ()))
    }

    async fn count(&self) -> Option<usize> {
        self.ask("count", &[]).await.ok()?.as_u64()?.try_into().ok()
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        let lies = self.ask("atRest", &[]).await.ok()?;
        // A character for each byte.
        Some(lies.as_str()?.chars().map(|byte| byte as u8).collect())
    }
}
