//! The file of the database, as far as this step has changed it.

use std::{
    path::{Path, PathBuf},
    sync::Barrier,
    thread,
};

use rusqlite::Connection;
use step_19::{
    accounts::Accounts,
    name::Name,
    orders::{Order, Orders},
    sessions::{Sessions, VERSION},
    sqlite::Sqlite,
};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

/// An empty folder, and the path of the file that is to be in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("shop.db");
    (folder, file)
}

fn opened(file: &Path) -> Sqlite {
    Sqlite::open(file).expect("it opens")
}

/// A record that says that it is this version, with so many packets.
fn record(version: i64, packets: u32) -> Record {
    let data = [
        (VERSION.to_owned(), version.into()),
        ("assam".to_owned(), packets.into()),
    ];
    let expiry_date = OffsetDateTime::now_utc() + Duration::hours(1);
    Record { id: Id::default(), data: data.into(), expiry_date }
}

async fn created(store: &Sqlite) -> Record {
    let mut record = record(1, 1);
    store.create(&mut record).await.expect("it is made");
    record
}

async fn packets(store: &Sqlite, id: &Id) -> Option<u64> {
    let record = store.load(id).await.expect("it answers")?;
    record.data["assam"].as_u64()
}

fn is(why: &str, outcome: Result<()>) -> bool {
    outcome.is_err_and(|it| it.to_string().contains(why))
}

const STALE: &str = "the session has been changed meanwhile";
const ENDED: &str = "the session has ended";

#[tokio::test]
async fn of_two_programs_that_save_the_same_version_one_is_refused() {
    let (_folder, file) = place();
    let (one, other) = (opened(&file), opened(&file));
    let Record { id, .. } = created(&one).await;
    one.save(&Record { id, ..record(2, 2) }).await.expect("it is saved");
    for late in [-1, 0, 1, 2, 4, i64::MAX] {
        let refused = other.save(&Record { id, ..record(late, 7) }).await;
        assert!(is(STALE, refused), "{late}");
    }
    assert_eq!(packets(&other, &id).await, Some(2));
    other.save(&Record { id, ..record(3, 3) }).await.expect("it is saved");
    assert_eq!(packets(&one, &id).await, Some(3));
    one.end(&Name::of(&id)).await.expect("it ends");
    let refused = other.save(&Record { id, ..record(4, 4) }).await;
    assert!(is(ENDED, refused), "what has ended is not stale");
}

#[tokio::test]
async fn another_identifier_is_given_to_the_newest_version_only() {
    let (_folder, file) = place();
    let (one, other) = (opened(&file), opened(&file));
    let Record { id, .. } = created(&one).await;
    one.save(&Record { id, ..record(2, 2) }).await.expect("it is saved");
    let name = Name::of(&id);
    let refused = other.rotate(&name, &mut record(2, 7)).await;
    assert!(is(STALE, refused));
    let mut new = record(3, 3);
    other.rotate(&name, &mut new).await.expect("it is the next one");
    assert_eq!(packets(&one, &id).await, None);
    assert_eq!(packets(&one, &new.id).await, Some(3));
    let refused = one.rotate(&name, &mut record(3, 7)).await;
    assert!(is(ENDED, refused), "it has another name by now");
    new.data.insert(VERSION.to_owned(), 4.into());
    one.save(&new).await.expect("a rotation is a version of its own");
}

#[tokio::test]
async fn a_session_ends_for_want_of_contents_as_the_version_that_had_none_only() {
    let (_folder, file) = place();
    let (one, other) = (opened(&file), opened(&file));
    let Record { id, .. } = created(&one).await;
    one.save(&Record { id, ..record(2, 2) }).await.expect("it is saved");
    let name = Name::of(&id);
    for late in [0, 1, 3] {
        assert!(is(STALE, other.end_unless_changed(&name, late).await), "{late}");
    }
    assert_eq!(packets(&other, &id).await, Some(2));
    other.end_unless_changed(&name, 2).await.expect("it ends");
    assert_eq!(packets(&one, &id).await, None);
    assert!(is(ENDED, one.end_unless_changed(&name, 2).await));
}

#[tokio::test]
async fn an_order_of_one_key_is_one_order_whoever_places_it() {
    let (_folder, file) = place();
    let (one, other) = (opened(&file), opened(&file));
    let order = |key: &str, member: &str, teas: &str| Order {
        key: key.to_owned(),
        member: member.to_owned(),
        teas: teas.to_owned(),
    };
    let first = order("b", "Ada", "1 × Assam");
    let second = order("a", "Ada", "2 × Sencha");
    for store in [&one, &other, &one] {
        store.place(&first).await.expect("it is kept");
    }
    other.place(&order("b", "Mallory", "20 × Oolong")).await.expect("it is there");
    other.place(&second).await.expect("it is kept");
    let orders = one.orders_of("Ada").await.expect("it answers");
    assert_eq!(orders, [first, second], "as they were placed");
    assert!(one.orders_of("Mallory").await.expect("it answers").is_empty());
}

/// A program of step 14 that still runs knows of no version, and writes what it has read.
#[tokio::test]
async fn what_a_program_of_before_has_saved_meanwhile_is_no_dead_end() {
    let (_folder, file) = place();
    let store = opened(&file);
    let Record { id, .. } = created(&store).await;
    store.save(&Record { id, ..record(2, 2) }).await.expect("it is saved");
    let db = Connection::open(&file).expect("it opens");
    let sql = r#"UPDATE sessions SET data = '{"version":1}'"#;
    db.execute_batch(sql).expect("it is written");
    let loaded = store.load(&id).await.expect("it answers").expect("it is there");
    let next = loaded.data[VERSION].as_i64().expect("a number") + 1;
    store.save(&Record { id, ..record(next, 3) }).await.expect("it goes on");
}

#[tokio::test]
async fn a_file_of_version_2_is_brought_to_version_3_with_all_that_is_in_it() {
    let (_folder, file) = place();
    let sql = include_str!("version-2.sql");
    let db = Connection::open(&file).expect("it opens");
    db.execute_batch(sql).expect("it is SQL");
    let barrier = Barrier::new(6);
    thread::scope(|threads| {
        for _ in 0..6 {
            threads.spawn(|| {
                barrier.wait();
                opened(&file);
            });
        }
    });
    let store = opened(&file);
    // Whose SHA-256 is in the file.
    let id = Id(7);
    let loaded = store.load(&id).await.expect("it answers").expect("a session");
    assert_eq!(loaded.data["member"], "Ada");
    assert_eq!(loaded.data[VERSION], 0);
    let ada = store.find("Ada").await.expect("it answers").expect("an account");
    assert_eq!(ada.stamp, "a stamp");
    assert!(store.orders_of("Ada").await.expect("it answers").is_empty());
    let refused = store.save(&loaded).await;
    assert!(is(STALE, refused), "no older program writes over it");
    store.save(&Record { id, ..record(1, 2) }).await.expect("it is the next one");
    let refused = store.save(&Record { id, ..record(1, 7) }).await;
    assert!(is(STALE, refused));
    let version: u32 =
        db.pragma_query_value(None, "user_version", |row| row.get(0)).expect("it");
    assert_eq!(version, 3);
}
