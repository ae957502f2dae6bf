//! Sessions that are ended several at a time, where a store ends each by itself.
#![cfg(any(redis, memcached))]

use step_24::{name::Name, sessions::Sessions};
use time::{Duration, OffsetDateTime};
use tower_sessions::session::{Id, Record};

/// So many sessions of one member.
async fn sessions(store: &impl Sessions, count: usize) -> Vec<Name> {
    let end = OffsetDateTime::now_utc() + Duration::hours(1);
    let mut names = Vec::new();
    for _ in 0..count {
        let data = [("member".to_owned(), "ada".into())].into();
        let mut record = Record { id: Id::default(), data, expiry_date: end };
        store.create(&mut record).await.expect("it is kept");
        names.push(Name::of(&record.id));
    }
    names
}

/// How many of them are left.
async fn left(store: &impl Sessions) -> usize {
    store.entries_of(None).await.expect("a list").len()
}

#[cfg(redis)]
#[tokio::test]
async fn on_redis_up_to_32_sessions_end_at_a_time() {
    let redis = engines::Redis::start();
    let store = step_24::redis::Redis::at(&redis.url()).expect("a URL");
    let names = sessions(&store, 101).await;
    let mut monitor = redis.monitor();
    let ended = store.end_by(&names[0], &names[1..]).await.expect("they end");
    assert_eq!((ended, left(&store).await), (100, 1));
    // Each is taken first, and last it is asked whether the one is there that ends them: that is
    // asked once before, too.
    let (mut under_way, mut most) = (1, 0);
    for line in monitor.said() {
        match line.split('"').nth(1) {
            Some("GETDEL") => under_way += 1,
            Some("EXISTS") => under_way -= 1,
            _ => {}
        }
        most = most.max(under_way);
    }
    assert!((2..=32).contains(&most), "{most}");
}

/// What is under way then comes to its end.
#[cfg(redis)]
#[tokio::test]
async fn on_redis_no_other_end_begins_once_the_one_has_ended_that_ends_others() {
    let redis = engines::Redis::start();
    let store = step_24::redis::Redis::at(&redis.url()).expect("a URL");
    let names = sessions(&store, 101).await;
    let why = store.end_by(&names[0], &names).await.expect_err("it has ended");
    assert!(why.to_string().contains("the session has ended"), "{why}");
    assert!(left(&store).await >= 101 - 32, "{}", left(&store).await);
}

#[cfg(memcached)]
#[tokio::test]
async fn on_memcached_sessions_end_on_half_of_the_connections_at_a_time() {
    let engine = engines::Memcached::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let notes =
        step_24::account_file::AccountFile::open(folder.path().join("accounts.db"));
    let notes = notes.expect("it opens");
    let store = step_24::memcached::Memcached::at(&engine.address(), notes);
    let names = sessions(&store, 31).await;
    let before = engine.counts("total_connections");
    let ended = store.end_by(&names[0], &names[1..]).await.expect("they end");
    assert_eq!((ended, left(&store).await), (30, 1));
    // One was there, and one is that of whoever asks.
    let opened = engine.counts("total_connections") - before - 1;
    assert!((1..8).contains(&opened), "{opened}");
}
