//! The rules, played against each store of the whole server.

#[allow(dead_code, reason = "the stores of the steps before are in there, too")]
mod in_file;
#[allow(dead_code, reason = "the stores of the steps before are in there, too")]
mod in_redis;
mod with_versions;

use std::sync::Arc;

use conformance::{Column, Verdict, play, play_versions};
use engines::{Cluster, Memcached as Engine, Postgres, Redis};
use step_24 as step;
use step_24::{account_file::AccountFile, memcached::Memcached};
use with_versions::WithVersions;

/// In a Memcached of its own, with the notes in a file.
async fn in_memcached() -> WithVersions<Memcached> {
    let engine = Arc::new(Engine::start());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let notes = AccountFile::open(folder.path().join("accounts.db")).expect("it opens");
    let store = Memcached::open(&engine.address(), notes).await.expect("a Memcached");
    let beside = Arc::clone(&engine);
    let sessions = move || {
        let _kept_as_long = &folder;
        beside.keys().iter().filter(|key| key.starts_with("session:")).count()
    };
    let at_rest = move || engine.at_rest().into_bytes();
    WithVersions::beside(store, Box::new(sessions), Box::new(at_rest))
}

fn broken(column: &Column) -> Vec<String> {
    let rules = column.rules.iter().zip(&column.verdicts);
    let broken = rules.filter(|(_, verdict)| **verdict != Verdict::Holds);
    let told = broken.map(|(rule, it)| format!("{}: {}: {it:?}", column.store, rule.says));
    told.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(
    not(all(postgres, redis, memcached)),
    ignore = "needs engines: sudo apt-get install postgresql redis-server memcached"
)]
async fn each_store_of_the_whole_server_keeps_each_rule() {
    let postgres = Arc::new(Postgres::start());
    let redis = Arc::new(Redis::start());
    let cluster = Arc::new(Cluster::start());
    let columns = [
        play("SQLite", async || WithVersions::in_file()).await,
        play("PostgreSQL", async || WithVersions::in_postgres(&postgres).await).await,
        play("Redis", async || WithVersions::in_redis(&redis).await).await,
        play("Cluster", async || WithVersions::in_cluster(&cluster).await).await,
        play("Memcached", in_memcached).await,
        play_versions("SQLite", async || WithVersions::in_file()).await,
        play_versions("PostgreSQL", async || WithVersions::in_postgres(&postgres).await).await,
        play_versions("Redis", async || WithVersions::in_redis(&redis).await).await,
        play_versions("Cluster", async || WithVersions::in_cluster(&cluster).await).await,
        play_versions("Memcached", in_memcached).await,
    ];
    let broken: Vec<String> = columns.iter().flat_map(broken).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}
