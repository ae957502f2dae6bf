//! The ways to keep requests of one session from undoing each other, side by side.

mod advisory_lock;
mod again;
mod compared;
mod engine;
mod list;
mod merged;
mod plain;
mod process_lock;
mod race;
mod redis_lock;
mod shop;
mod traps;
mod version;

use std::{future::pending, time::Duration};

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use tokio::time;
use tower_sessions::MemoryStore;

use compared::{Cas, InMemory};
use engine::{LONG, Memcached, Postgres, Redis, SHORT};
use merged::Writes;
use plain::PlainRedis;
use process_lock::Locks;
use race::{Door, FIVE, LetsIn, Trial};
use shop::on_sqlite;
use version::Versioned;

/// Five keys, for a request each.
const OWN: [&str; FIVE] = ["one", "two", "three", "four", "five"];

/// A row of the table.
#[derive(Debug, PartialEq)]
struct Row {
    way: String,
    place: &'static str,
    statuses: String,
    kept: usize,
    reader: String,
}

impl Row {
    /// What there is to see of a way. The future takes as long as a writer of five seconds.
    async fn of(
        (way, place): (&str, &'static str),
        mut trial: Trial,
        lets_in: LetsIn,
        five_seconds: impl AsyncFn(),
    ) -> Self {
        let statuses = trial.race(lets_in).await.statuses();
        let kept = trial.kept().await;
        let mut readers = Vec::new();
        for server in 0..trial.servers.len() {
            readers.push(trial.reader(server, five_seconds()).await);
        }
        readers.dedup();
        let reader = readers.join(", at the other server ");
        Self { way: way.to_owned(), place, statuses, kept, reader }
    }

    fn is(self, statuses: &str, kept: usize, reader: &str) -> Self {
        let seen = (self.statuses.as_str(), self.kept, self.reader.as_str());
        assert_eq!(seen, (statuses, kept, reader), "{} {}", self.way, self.place);
        self
    }

    fn told(&self) -> String {
        let Self { way, place, statuses, kept, reader } = self;
        format!("| {way} | {place} | {statuses} | {kept} | {reader} |\n")
    }
}

/// The same where all is in memory: nothing is waited for but time, and that passes at once.
async fn in_memory(
    told: (&str, &'static str),
    servers: usize,
    lets_in: LetsIn,
    serve: impl Fn(&Door) -> Router,
) -> Row {
    time::pause();
    let trial = Trial::begin(servers, serve).await;
    let five_seconds = async || time::sleep(Duration::from_secs(5)).await;
    let row = Row::of(told, trial, lets_in, five_seconds).await;
    time::resume();
    row
}

const RUN_AGAIN: &str = "a version, and the request run again";

const ONE: &str = "one server, memory";
const TWO_IN_MEMORY: &str = "two servers, one memory";
const TWO_ON_REDIS: &str = "two servers, Redis";
const TWO_ON_POSTGRES: &str = "two servers, PostgreSQL";
const TWO_ON_SQLITE: &str = "two servers, SQLite";
const TWO_ON_MEMCACHED: &str = "two servers, Memcached";

async fn as_it_comes() -> Row {
    let store = MemoryStore::default();
    let serve = |door: &_| list::server(store.clone(), door);
    in_memory(("as it comes", ONE), 1, LetsIn::All, serve).await
}

async fn as_it_comes_on_redis(redis: &Redis) -> Row {
    let store = PlainRedis(redis.connect().await);
    let serve = |door: &_| list::server(store.clone(), door);
    let trial = Trial::begin(2, serve).await;
    Row::of(("as it comes", TWO_ON_REDIS), trial, LetsIn::All, async || {
        pending().await
    })
    .await
}

async fn lock_in_process(place: &'static str, servers: usize) -> Row {
    let store = MemoryStore::default();
    let serve = |door: &_| {
        let locks = Locks::default();
        let lock = from_fn_with_state(locks, process_lock::one_at_a_time);
        list::server(store.clone(), door).layer(lock)
    };
    let told = ("a lock in the process", place);
    in_memory(told, servers, LetsIn::OneAtEachServer, serve).await
}

async fn lock_in_redis(redis: &Redis) -> Row {
    let (_, trial) = redis.locked(LONG).await;
    let told = ("a lock in Redis", TWO_ON_REDIS);
    Row::of(told, trial, LetsIn::One, async || redis.asked_for_a_lock().await).await
}

async fn short_lock_in_redis(redis: &Redis) -> Row {
    let (_, trial) = redis.locked(SHORT).await;
    let told = ("a lock in Redis that ends too soon", TWO_ON_REDIS);
    Row::of(told, trial, LetsIn::All, async || pending().await).await
}

async fn advisory_lock(postgres: &Postgres) -> Row {
    let trial = postgres.locked(16).await;
    let connections = traps::connections_for_a_lock(postgres).await;
    let way = format!("an advisory lock in PostgreSQL: {connections} connections");
    let told = (way.as_str(), TWO_ON_POSTGRES);
    Row::of(told, trial, LetsIn::One, async || postgres.waits_for_a_lock(1).await)
        .await
}

async fn merged(redis: &Redis, way: &str, keys: [&str; FIVE]) -> Row {
    let trial = redis.merged(Writes::Changed).await.appending(keys, "");
    Row::of((way, TWO_ON_REDIS), trial, LetsIn::All, async || pending().await).await
}

async fn version_alone() -> Row {
    let store = Versioned(InMemory::default());
    let serve = |door: &_| {
        list::server(store.clone(), door).layer(from_fn(version::remember))
    };
    let told = ("a version, and nothing else", TWO_IN_MEMORY);
    in_memory(told, 2, LetsIn::All, serve).await
}

async fn version_and_again() -> Row {
    let store = Versioned(InMemory::default());
    let serve = |door: &_| {
        list::server(store.clone(), door).layer(from_fn(again::run_again))
    };
    in_memory((RUN_AGAIN, TWO_IN_MEMORY), 2, LetsIn::All, serve).await
}

async fn cas_and_again(memcached: &Memcached) -> Row {
    let store = Versioned(Cas { address: memcached.address() });
    let serve = |door: &_| {
        list::server(store.clone(), door).layer(from_fn(again::run_again))
    };
    let trial = Trial::begin(2, serve).await;
    Row::of((RUN_AGAIN, TWO_ON_MEMCACHED), trial, LetsIn::All, async || {
        pending().await
    })
    .await
}

/// The shop of this step, twice.
async fn shop(place: &'static str, trial: impl Future<Output = Trial>) -> Row {
    Row::of((RUN_AGAIN, place), trial.await, LetsIn::All, async || pending().await)
        .await
}

#[tokio::test]
#[cfg_attr(
    not(postgres),
    ignore = "needs PostgreSQL: sudo apt-get install postgresql"
)]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
#[cfg_attr(
    not(memcached),
    ignore = "needs Memcached: sudo apt-get install memcached"
)]
async fn what_each_way_keeps() {
    let (redis, postgres) = (Redis::start(), Postgres::start());
    let memcached = Memcached::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let (to_one, to_own) =
        ("merged, all to one key", "merged, each to its own key");
    let rows = [
        as_it_comes().await.is("5 × 200", 1, "0 s"),
        as_it_comes_on_redis(&redis).await.is("5 × 200", 1, "0 s"),
        lock_in_process(ONE, 1).await.is("5 × 200", 5, "5 s"),
        lock_in_process(TWO_IN_MEMORY, 2).await.is(
            "5 × 200",
            3,
            "5 s, at the other server 0 s",
        ),
        lock_in_redis(&redis).await.is("5 × 200", 5, "5 s"),
        short_lock_in_redis(&redis).await.is("5 × 200", 1, "0 s"),
        advisory_lock(&postgres).await.is("5 × 200", 5, "5 s"),
        merged(&redis, to_one, ["list"; FIVE]).await.is("5 × 200", 1, "0 s"),
        merged(&redis, to_own, OWN).await.is("5 × 200", 5, "0 s"),
        version_alone().await.is("1 × 200, 4 × 500", 1, "0 s"),
        version_and_again().await.is("5 × 200", 5, "0 s"),
        cas_and_again(&memcached).await.is("5 × 200", 5, "0 s"),
        shop(TWO_ON_SQLITE, on_sqlite(folder)).await.is("5 × 303", 5, "0 s"),
        shop(TWO_ON_POSTGRES, postgres.shop()).await.is("5 × 303", 5, "0 s"),
        shop(TWO_ON_REDIS, redis.shop(folder)).await.is("5 × 303", 5, "0 s"),
    ];
    let columns =
        "way | where | answers | kept of 5 | reader beside a writer of 5 s";
    let mut table = format!("| {columns} |\n");
    table += "| --- | --- | --- | --- | --- |\n";
    rows.iter().for_each(|row| table += &row.told());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("ways", table));
}
