//! The rules of a store, played against those that express-session uses.

mod planted;
mod readers;
mod tabs;

use std::cell::RefCell;

use conformance::{Column, play, table};
use engines::{Memcached, Postgres, Redis};
use express::Stores;
use tempfile::tempdir_in;

/// A store of this kind is made for each rule, each in a `place` of its own.
async fn column(kind: &str, place: impl Fn() -> String) -> Column {
    let stores = Stores::start();
    play(&format!("`{kind}`"), async || stores.open(kind, &place()).await).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: sudo apt-get install postgresql")]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
#[cfg_attr(not(memcached), ignore = "needs Memcached: sudo apt-get install memcached")]
async fn what_each_store_of_express_session_keeps() {
    let folder = tempfile::tempdir().expect("a folder");
    let new_folder = || {
        let new = tempdir_in(&folder).expect("a folder in it").keep();
        new.into_os_string().into_string().expect("its name is text")
    };
    let (postgres, redis) = (Postgres::start(), Redis::start());
    // It has no databases: each rule has a Memcached.
    let memcacheds = RefCell::new(Vec::new());
    let new_memcached = || {
        let memcached = Memcached::start();
        let address = memcached.address();
        memcacheds.borrow_mut().push(memcached);
        address
    };
    let columns = [
        column("MemoryStore", String::new).await,
        column("connect-sqlite3", new_folder).await,
        column("connect-pg-simple", || postgres.empty()).await,
        column("connect-redis", || redis.empty()).await,
        column("connect-memcached", new_memcached).await,
    ];
    keep("what_each_store_keeps", &table(&columns));
}

/// Keeps what a page shows.
fn keep(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
