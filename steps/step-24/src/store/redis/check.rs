//! What Redis must be like before anybody's session is in it.

use std::collections::HashMap;

use redis::{RedisError, Value, cmd, from_redis_value};
use time::{Duration, OffsetDateTime};
use tower_sessions::session_store::{Error, Result};

use crate::store::redis::{
    call::{Failed, Outcome, Redis},
    place::Place,
    way::Way,
};

/// The first version that has each command and each option that is used here.
const OLDEST: [u32; 2] = [6, 2];

type Info = HashMap<String, String>;

impl Redis {
    /// Opens the Redis at this URL, such as `redis://localhost:6379`.
    ///
    /// # Errors
    /// Says in one line, without the password, why not, and what to do.
    pub async fn open(url: &str) -> std::result::Result<Self, String> {
        let store = Self::at(url)?;
        let told = store.within(store.info()).await;
        told.map_err(|why| why.to_string())?.iter().try_for_each(refuse)?;
        Ok(store)
    }

    /// The same, without a look at it: a connection is made once a call needs one.
    ///
    /// # Errors
    /// Says why this is no such URL.
    pub fn at(url: &str) -> std::result::Result<Self, String> {
        Ok(Self { way: Way::to(Place::parse(url)?) })
    }

    /// What Redis says of itself: each server that keeps sessions, if it is a cluster.
    async fn info(&self) -> Outcome<Vec<Info>> {
        let said = cmd("INFO").query_async(&mut self.way.clone()).await?;
        let texts = match said {
            Value::Map(servers) => servers.into_iter().map(|it| it.1).collect(),
            text => vec![text],
        };
        let read = |text| -> Outcome<Info> {
            let text: String = from_redis_value(text).map_err(RedisError::from)?;
            let lines = text.lines().filter_map(|line| line.split_once(':'));
            Ok(lines.map(|(what, is)| (what.to_owned(), is.to_owned())).collect())
        };
        texts.into_iter().map(read).collect()
    }

    /// How far the clock of Redis is ahead of this machine's.
    ///
    /// # Errors
    /// What keeps Redis from answering.
    pub async fn ahead(&self) -> Result<Duration> {
        let (seconds, microseconds): (i64, i64) = self
            .within(async {
                let time = cmd("TIME");
                time.query_async(&mut self.way.clone()).await.map_err(Failed::from)
            })
            .await?;
        let theirs = OffsetDateTime::from_unix_timestamp(seconds)
            .map_err(|why| Error::Decode(why.to_string()))?;
        let theirs = theirs + Duration::microseconds(microseconds);
        Ok(theirs - OffsetDateTime::now_utc())
    }
}

/// Why no session is safe in it. Warns if they are as safe as its administrator wants.
fn refuse(told: &Info) -> std::result::Result<(), String> {
    let is = |what: &str| told.get(what).map_or("", String::as_str);
    let version = is("redis_version");
    let numbers: Vec<u32> =
        version.split('.').map_while(|it| it.parse().ok()).collect();
    if numbers[..] < OLDEST[..] {
        return Err(format!("its version is {version}. Start 6.2 or a newer one"));
    }
    let policy = is("maxmemory_policy");
    if is("maxmemory") != "0" && policy != "noeviction" {
        return Err(format!(
            "when it is full it evicts live sessions ({policy}). Set it to \
             `maxmemory-policy noeviction`"
        ));
    }
    if is("aof_enabled") != "1" {
        tracing::warn!(
            "Redis keeps no log of what is written: if it is killed, what began since \
             its last snapshot is lost, and what ended is back. Set `appendonly yes`."
        );
    }
    Ok(())
}
