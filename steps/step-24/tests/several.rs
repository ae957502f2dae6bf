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

/// What may stand in a list: the same twice, what nobody has, and nothing.
async fn count_each_once(store: &impl Sessions) {
    let names = sessions(store, 4).await;
    let nobodys = Name::of(&Id::default());
    let list = [names[1], names[1], nobodys, names[2], names[1]];
    let ended = store.end_by(&names[0], &list).await.expect("they end");
    assert_eq!((ended, left(store).await), (2, 2));
    assert_eq!(store.end_by(&names[0], &list).await.expect("they have ended"), 0);
    assert_eq!(store.end_by(&names[0], &[]).await.expect("it lives"), 0);
    store.end(&names[0]).await.expect("it ends");
    let why = store.end_by(&names[0], &[]).await.expect_err("it has ended");
    assert!(why.to_string().contains("the session has ended"), "{why}");
}

#[cfg(redis)]
#[tokio::test]
async fn on_redis_each_session_of_a_list_counts_once() {
    let redis = engines::Redis::start();
    let store = step_24::redis::Redis::at(&redis.url()).expect("a URL");
    count_each_once(&store).await;
}

#[cfg(redis)]
#[tokio::test]
async fn on_redis_an_error_in_the_middle_is_told_with_how_many_have_ended() {
    let redis = engines::Redis::start();
    let store = step_24::redis::Redis::at(&redis.url()).expect("a URL");
    let names = sessions(&store, 101).await;
    redis.cli(&["SET", &format!("tea:session:{}", names[50]), "no JSON"]);
    let log = trial::Log::default();
    let listening = log.listen();
    store.end_by(&names[0], &names[1..]).await.expect_err("one cannot be read");
    drop(listening);
    let left = left(&store).await;
    let told = log.text();
    assert!(left > 1, "no other one begins");
    assert!(told.contains(&format!("ended={}", 100 - left)), "{left}: {told}");
    // The next time, the others end.
    let ended = store.end_by(&names[0], &names[1..]).await.expect("they end");
    assert_eq!(ended, left - 1);
}

/// Half of a rotation has left a note of the name before.
#[cfg(redis)]
#[tokio::test]
async fn on_redis_what_nobody_can_read_keeps_nobody_from_the_list() {
    let redis = engines::Redis::start();
    let store = step_24::redis::Redis::at(&redis.url()).expect("a URL");
    let names = sessions(&store, 3).await;
    let end = OffsetDateTime::now_utc() + Duration::hours(1);
    let data =
        [("member".to_owned(), "ada".into()), ("version".to_owned(), 1.into())];
    let mut record =
        Record { id: Id::default(), data: data.into(), expiry_date: end };
    store.rotate(&names[1], &mut record).await.expect("it gets another name");
    redis.cli(&["SADD", "tea:member:ada", &names[1].to_string()]);
    assert_eq!(left(&store).await, 3);
    let now = format!("tea:session:{}", Name::of(&record.id));
    redis.cli(&["SET", &now, "no JSON"]);
    for member in [None, Some("ada")] {
        let entries = store.entries_of(member).await.expect("a list");
        assert_eq!(entries.len(), 2, "{member:?}");
    }
    let ended = store.end_by(&names[0], &names[1..]).await.expect("they end");
    assert_eq!((ended, left(&store).await), (1, 1));
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

/// A store, and the folder of its notes.
#[cfg(memcached)]
fn memcached(
    engine: &engines::Memcached,
) -> (step_24::memcached::Memcached, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("accounts.db");
    let notes = step_24::account_file::AccountFile::open(file).expect("it opens");
    (step_24::memcached::Memcached::at(&engine.address(), notes), folder)
}

#[cfg(memcached)]
#[tokio::test]
async fn on_memcached_each_session_of_a_list_counts_once() {
    let engine = engines::Memcached::start();
    let (store, _folder) = memcached(&engine);
    count_each_once(&store).await;
}

#[cfg(memcached)]
#[tokio::test]
async fn on_memcached_sessions_end_on_half_of_the_connections_at_a_time() {
    let engine = engines::Memcached::start();
    let (store, _folder) = memcached(&engine);
    let names = sessions(&store, 31).await;
    let before = engine.counts("total_connections");
    let ended = store.end_by(&names[0], &names[1..]).await.expect("they end");
    assert_eq!((ended, left(&store).await), (30, 1));
    // One was there, and one is that of whoever asks.
    let opened = engine.counts("total_connections") - before - 1;
    assert!((1..8).contains(&opened), "{opened}");
}
