//! The rules of versions, played against the stores of this book.

mod in_file;
mod in_postgres;
mod in_redis;
mod with_versions;

use std::sync::Arc;

use conformance::{Verdict, play, play_versions, table};
use engines::{Cluster, Postgres, Redis};
use in_file::InFile;
use in_postgres::InPostgres;
use in_redis::InRedis;
use step_19 as step;
use with_versions::WithVersions;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(
    not(all(postgres, redis)),
    ignore = "needs engines: sudo apt-get install postgresql redis-server"
)]
async fn what_each_store_keeps_of_versions() {
    let postgres = Arc::new(Postgres::start());
    let redis = Arc::new(Redis::start());
    let cluster = Arc::new(Cluster::start());
    let before = "Steps 14 to 16";
    let steps = [
        play_versions(before, async || InFile::new()).await,
        play_versions(before, async || InPostgres::new(&postgres).await).await,
        play_versions(before, async || InRedis::new(&redis).await).await,
        play_versions(before, async || InRedis::in_cluster(&cluster).await).await,
    ];
    for step in &steps {
        assert_eq!(step.verdicts, steps[0].verdicts);
    }
    let [before, ..] = steps;
    let columns = [
        before,
        play_versions("SQLite", async || WithVersions::in_file()).await,
        play_versions("PostgreSQL", async || WithVersions::in_postgres(&postgres).await).await,
        play_versions("Redis", async || WithVersions::in_redis(&redis).await).await,
        play_versions("Redis Cluster", async || WithVersions::in_cluster(&cluster).await).await,
    ];
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::assert_snapshot!("what_each_store_keeps_of_versions", table(&columns));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(
    not(all(postgres, redis)),
    ignore = "needs engines: sudo apt-get install postgresql redis-server"
)]
async fn a_store_with_versions_keeps_the_other_rules_too() {
    let postgres = Arc::new(Postgres::start());
    let redis = Arc::new(Redis::start());
    let cluster = Arc::new(Cluster::start());
    let columns = [
        play("SQLite", async || WithVersions::in_file()).await,
        play("PostgreSQL", async || WithVersions::in_postgres(&postgres).await).await,
        play("Redis", async || WithVersions::in_redis(&redis).await).await,
        play("Cluster", async || WithVersions::in_cluster(&cluster).await).await,
    ];
    for column in columns {
        for (rule, verdict) in column.rules.iter().zip(&column.verdicts) {
            assert_eq!(*verdict, Verdict::Holds, "{}: {}", column.store, rule.says);
        }
    }
}
