//! The engines of this program's tests, and trials on them.

use std::{path::Path, time::Duration};

use axum::middleware::{from_fn, from_fn_with_state};
use deadpool_postgres::{Manager, Pool};
use redis::{AsyncConnectionConfig, Client, aio::MultiplexedConnection};
use step_19::{account_file::AccountFile, apart::Apart};
use tokio::time;
use tokio_postgres::NoTls;

pub(crate) use engines::Memcached;

use crate::{
    advisory_lock, list,
    merged::{self, Merged, Writes},
    plain::{PlainPostgres, PlainRedis, TABLE},
    race::{PATIENCE, Trial},
    redis_lock::{self, RedisLock},
    shop,
};

/// So long a lock lives in Redis that is long enough.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// No handler is as short: each waits here until Redis has ended its lock.
pub(crate) const SHORT: Duration = Duration::from_millis(1);

/// Looks at an engine again and again, until it is so.
async fn until(is_so: impl Fn() -> bool) {
    let so = async {
        while !is_so() {
            time::sleep(Duration::from_millis(1)).await;
        }
    };
    time::timeout(PATIENCE, so).await.expect("it comes to be so");
}

pub(crate) struct Redis(engines::Redis);

impl Redis {
    pub(crate) fn start() -> Self {
        Self(engines::Redis::start())
    }

    pub(crate) async fn connect(&self) -> MultiplexedConnection {
        let client = Client::open(self.0.empty()).expect("a URL");
        // A busy machine may take its time.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let connection =
            client.get_multiplexed_async_connection_with_config(&config);
        connection.await.expect("Redis answers")
    }

    /// Two servers, and a lock that lives so long.
    pub(crate) async fn locked(&self, lives: Duration) -> (RedisLock, Trial) {
        let redis = self.connect().await;
        let lock = RedisLock { redis: redis.clone(), lives };
        let serve = |door: &_| {
            let lock = from_fn_with_state(lock.clone(), redis_lock::one_at_a_time);
            list::server(PlainRedis(redis.clone()), door).layer(lock)
        };
        let trial = Trial::begin(2, serve).await;
        (lock, trial)
    }

    /// Two servers that merge.
    pub(crate) async fn merged(&self, writes: Writes) -> Trial {
        let store = Merged { redis: self.connect().await, writes };
        let serve = |door: &_| {
            list::server(store.clone(), door).layer(from_fn(merged::remember))
        };
        Trial::begin(2, serve).await
    }

    /// Two shops, and their accounts in this folder.
    pub(crate) async fn shop(&self, accounts: &Path) -> Trial {
        let url = self.0.empty();
        let open = || {
            let store = step_19::redis::Redis::at(&url).expect("a URL");
            let file = AccountFile::open(accounts.join("accounts.db"));
            let accounts = Apart::new(file.expect("it opens"), store.clone());
            (store, accounts)
        };
        shop::begin([open(), open()]).await
    }

    /// Waits until somebody asks for a lock, while nobody saves.
    pub(crate) async fn asked_for_a_lock(&self) {
        let before = self.sets();
        until(|| self.sets() != before).await;
    }

    /// How many times Redis was told to `SET`, as it says.
    fn sets(&self) -> String {
        let said = self.0.cli(&["INFO", "commandstats"]);
        let line =
            said.lines().find_map(|line| line.strip_prefix("cmdstat_set:calls="));
        line.and_then(|line| line.split(',').next()).unwrap_or_default().to_owned()
    }
}

pub(crate) struct Postgres {
    engine: engines::Postgres,
    url: String,
}

impl Postgres {
    pub(crate) fn start() -> Self {
        let engine = engines::Postgres::start();
        let url = engine.empty();
        engine.sql(&url, TABLE);
        Self { engine, url }
    }

    /// A pool of so many connections, at most.
    pub(crate) fn pool(&self, connections: usize) -> Pool {
        let manager = Manager::new(self.url.parse().expect("a URL"), NoTls);
        Pool::builder(manager).max_size(connections).build().expect("a pool")
    }

    /// Two servers with locks, and a pool each of so many connections.
    pub(crate) async fn locked(&self, connections: usize) -> Trial {
        let serve = |door: &_| {
            let pool = self.pool(connections);
            let lock =
                from_fn_with_state(pool.clone(), advisory_lock::one_at_a_time);
            list::server(PlainPostgres(pool), door).layer(lock)
        };
        Trial::begin(2, serve).await
    }

    /// Two shops.
    pub(crate) async fn shop(&self) -> Trial {
        let url = self.engine.empty();
        let open = async || {
            let store = step_19::postgres::Postgres::open(&url).await;
            let store = store.expect("the database is there");
            (store.clone(), store)
        };
        shop::begin([open().await, open().await]).await
    }

    /// Waits until so many wait for a lock.
    pub(crate) async fn waits_for_a_lock(&self, so_many: usize) {
        until(|| self.locks("NOT granted") == so_many).await;
    }

    /// How many connections have a lock, or wait for one.
    pub(crate) fn locks(&self, which: &str) -> usize {
        let sql = format!(
            "SELECT count(DISTINCT pid) FROM pg_locks
            WHERE locktype = 'advisory' AND {which}"
        );
        let said = self.engine.sql(&self.url, &sql);
        said.trim().parse().expect("a number")
    }
}
