//! The store, as a handler meets it that does more than the page's.
#![cfg(test)]

#[path = "../src/store.rs"]
mod store;

use std::{collections::HashMap, sync::Arc};

use store::Db;
use tempfile::TempDir;
use tower_sessions::{
    Session, SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
};

fn db() -> (TempDir, Db) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tea.db");
    let db = Db::open(file.to_str().expect("text")).expect("it opens");
    (folder, db)
}

fn record() -> Record {
    let data = HashMap::from([("member".to_owned(), "Ada".into())]);
    Record { id: Id(7), data, expiry_date: OffsetDateTime::now_utc() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_does_not_come_back() {
    let (_folder, db) = db();
    let mut slow = record();
    db.create(&mut slow).await.expect("it is kept");
    db.delete(&slow.id).await.expect("it ends");
    slow.data.insert("basket".to_owned(), 1.into());
    db.save(&slow).await.expect_err("there is nothing to change");
    assert_eq!(db.load(&slow.id).await.expect("the store answers"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_has_expired_does_not_come_back_either() {
    let (_folder, db) = db();
    for column in ["seen", "began"] {
        let mut slow = record();
        db.create(&mut slow).await.expect("it is kept");
        let age = format!("UPDATE sessions SET {column} = {column} - 12 * 60");
        db.run(|db| db.execute(&age, [])).expect("it ages");
        db.save(&slow).await.expect_err("there is nothing to change");
        assert_eq!(
            db.load(&slow.id).await.expect("the store answers"),
            None,
            "{column}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_is_kept() {
    let (_folder, db) = db();
    let mut kept = record();
    db.create(&mut kept).await.expect("it is kept");
    kept.data.insert("basket".to_owned(), 1.into());
    db.save(&kept).await.expect("it is changed");
    let loaded =
        db.load(&kept.id).await.expect("the store answers").expect("it is there");
    assert_eq!((loaded.id, loaded.data), (kept.id, kept.data));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identifier_that_somebody_else_has_made_is_never_taken() {
    let (_folder, db) = db();
    let mut planted = record();
    db.create(&mut planted).await.expect("it is kept");
    assert_ne!(planted.id, Id(7));
    // tower-sessions keeps the identifier after this.
    let session = Session::new(Some(Id(7)), Arc::new(db.clone()), None);
    session.flush().await.expect("it is emptied");
    session.insert("member", "Ada").await.expect("it is changed");
    session.save().await.expect("it is kept");
    assert_ne!(session.id(), Some(Id(7)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_visit_in_a_minute_writes_nothing() {
    let (folder, db) = db();
    let mut kept = record();
    db.create(&mut kept).await.expect("it is kept");
    let log = folder.path().join("tea.db-wal");
    let written = || std::fs::metadata(&log).expect("there is a log").len();
    let mut wrote = 0;
    for _ in 0..20 {
        let before = written();
        db.load(&kept.id).await.expect("the store answers").expect("it is there");
        wrote += u32::from(written() > before);
    }
    // The clock may come to the next minute meanwhile.
    assert!(wrote <= 1, "{wrote} of 20 visits");
}
