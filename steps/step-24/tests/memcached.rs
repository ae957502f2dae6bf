//! What happens when Memcached forgets everything, or answers nobody.
#![cfg(memcached)]

use engines::Memcached as Engine;
use rusqlite::Connection;
use step_24::{
    account_file::AccountFile, memcached::Memcached, name::Name, sessions::Sessions,
};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};

async fn store(engine: &Engine) -> (TempDir, Memcached) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = AccountFile::open(folder.path().join("accounts.db"));
    let file = file.expect("it opens");
    let store = Memcached::open(&engine.address(), file).await;
    (folder, store.expect("a Memcached"))
}

/// A session of this member, in the store.
async fn session_of(member: &str, store: &Memcached) -> Record {
    let end = OffsetDateTime::now_utc() + Duration::hours(1);
    let data = [("member".to_owned(), member.into())].into();
    let mut record = Record { id: Id::default(), data, expiry_date: end };
    store.create(&mut record).await.expect("it is kept");
    record
}

fn notes(folder: &TempDir) -> Connection {
    Connection::open(folder.path().join("accounts.db")).expect("it opens")
}

#[tokio::test]
async fn after_a_restart_everybody_is_a_stranger_and_the_notes_are_swept() {
    let mut engine = Engine::start();
    let (folder, store) = store(&engine).await;
    let ada = session_of("ada", &store).await;
    let listed = store.entries_of(Some("ada")).await.expect("a list");
    assert_eq!(listed.len(), 1);
    engine.kill();
    engine.start_again();
    assert!(store.load(&ada.id).await.expect("an answer").is_none());
    assert!(store.entries_of(Some("ada")).await.expect("a list").is_empty());
    assert!(store.entries_of(None).await.expect("a list").is_empty());
    assert_eq!(store.delete_expired().await.expect("swept"), []);
    let moved = notes(&folder).execute("UPDATE notes SET ends = 0", []);
    assert_eq!(moved.expect("moved"), 1);
    let swept = store.delete_expired().await.expect("swept");
    assert_eq!(swept, [Name::of(&ada.id)]);
    let left = notes(&folder)
        .query_row("SELECT count(*) FROM notes", [], |row| row.get::<_, i64>(0));
    assert_eq!(left.expect("a count"), 0);
}

#[tokio::test]
async fn a_memcached_that_answers_nobody_is_an_error_until_it_does() {
    let engine = Engine::start();
    let (_folder, store) = store(&engine).await;
    let ada = session_of("ada", &store).await;
    engine.freeze();
    let why = store.load(&ada.id).await.expect_err("no answer");
    assert!(why.to_string().contains("no answer in 3 s"), "{why}");
    engine.thaw();
    assert!(store.load(&ada.id).await.expect("an answer").is_some());
}

/// The note names the member whose session it has become.
#[tokio::test]
async fn a_session_that_becomes_anothers_is_on_the_others_list_alone() {
    let engine = Engine::start();
    let (_folder, store) = store(&engine).await;
    let mut record = session_of("ada", &store).await;
    record.data.insert("member".to_owned(), "grace".into());
    record.data.insert("version".to_owned(), 1.into());
    store.save(&record).await.expect("it is kept");
    let of = async |member| store.entries_of(Some(member)).await.expect("a list");
    assert_eq!(of("ada").await.len(), 0);
    assert_eq!(of("grace").await.len(), 1);
}

/// Its old note may be there still: the server was killed before it took it back.
#[tokio::test]
async fn a_session_with_two_notes_is_listed_once() {
    let engine = Engine::start();
    let (folder, store) = store(&engine).await;
    let mut record = session_of("ada", &store).await;
    let before = Name::of(&record.id);
    record.data.insert("version".to_owned(), 1.into());
    store.rotate(&before, &mut record).await.expect("it has another name");
    let sql = "INSERT INTO notes SELECT ?1, member, ends FROM notes";
    notes(&folder).execute(sql, [before.as_ref()]).expect("noted");
    let listed = store.entries_of(Some("ada")).await.expect("a list");
    let names: Vec<Name> = listed.iter().map(|entry| entry.name).collect();
    assert_eq!(names, [Name::of(&record.id)]);
}

/// The server was killed when the new name was written, and the old one was not.
#[tokio::test]
async fn half_of_a_rotation_is_not_listed() {
    let engine = Engine::start();
    let (_folder, store) = store(&engine).await;
    let old = session_of("ada", &store).await;
    let mut half = old.clone();
    let name = Name::of(&old.id);
    half.data.insert("before".to_owned(), name.to_string().into());
    store.create(&mut half).await.expect("it is written");
    let listed = store.entries_of(Some("ada")).await.expect("a list");
    let names: Vec<Name> = listed.iter().map(|entry| entry.name).collect();
    assert_eq!(names, [name]);
}

#[tokio::test]
async fn what_is_no_address_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = AccountFile::open(folder.path().join("accounts.db"));
    let file = file.expect("it opens");
    for text in
        ["", "localhost", ":11211", "a:b", "a:0", "a:65536", "u@a:1", "a:1/x"]
    {
        let why = Memcached::open(text, file.clone()).await.expect_err(text);
        assert!(why.contains("host:port"), "{text}: {why}");
    }
}

#[tokio::test]
async fn a_memcached_for_short_values_only_is_refused() {
    let engine = Engine::start_with(&["-I", "8k", "-o", "slab_chunk_max=4"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = AccountFile::open(folder.path().join("accounts.db"));
    let opened = Memcached::open(&engine.address(), file.expect("it opens")).await;
    assert!(opened.is_err());
}

/// Whichever comes first, and however they come between each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_beside_a_new_name_ends_the_session() {
    let engine = Engine::start();
    let (_folder, store) = store(&engine).await;
    for _ in 0..100 {
        let mut record = session_of("ada", &store).await;
        let name = Name::of(&record.id);
        record.data.insert("version".to_owned(), 1.into());
        let rotating = store.clone();
        let rotating = tokio::spawn(async move {
            let _ = rotating.rotate(&name, &mut record).await;
            record.id
        });
        assert!(store.end(&name).await.expect("an answer"));
        let id = rotating.await.expect("it does not panic");
        assert!(store.load(&id).await.expect("an answer").is_none());
        assert!(store.entries_of(Some("ada")).await.expect("a list").is_empty());
    }
}

#[tokio::test]
async fn one_ends_others_and_stays_and_who_has_ended_ends_nobody() {
    let engine = Engine::start();
    let (_folder, store) = store(&engine).await;
    let [by, first, second] = [
        session_of("ada", &store).await,
        session_of("ada", &store).await,
        session_of("ada", &store).await,
    ]
    .map(|record| Name::of(&record.id));
    assert_eq!(store.end_by(&by, &[first]).await.expect("ended"), 1);
    assert!(store.end(&by).await.expect("an answer"));
    store.end_by(&by, &[second]).await.expect_err("it has no right to");
    let listed = store.entries_of(Some("ada")).await.expect("a list");
    let names: Vec<Name> = listed.iter().map(|entry| entry.name).collect();
    assert_eq!(names, [second]);
}

/// A server whose clock is ahead sweeps what is not over.
#[tokio::test]
async fn a_note_whose_time_is_over_stays_as_long_as_its_session_lives() {
    let engine = Engine::start();
    let (folder, store) = store(&engine).await;
    let ada = session_of("ada", &store).await;
    let moved = notes(&folder).execute("UPDATE notes SET ends = 0", []);
    assert_eq!(moved.expect("moved"), 1);
    assert_eq!(store.delete_expired().await.expect("swept"), []);
    let listed = store.entries_of(Some("ada")).await.expect("a list");
    assert_eq!(listed[0].name, Name::of(&ada.id));
}

#[tokio::test]
async fn one_value_that_nobody_can_read_takes_no_list_from_anybody() {
    let engine = Engine::start();
    let (_folder, store) = store(&engine).await;
    let [odd, ada] =
        [session_of("ada", &store).await, session_of("ada", &store).await];
    for junk in ["junk", r#"{"moved_to":"nowhere"}"#] {
        let (name, length) = (Name::of(&odd.id), junk.len());
        engine.ask(&format!("set session:{name} 0 0 {length}\r\n{junk}"));
        for member in [Some("ada"), None] {
            let listed = store.entries_of(member).await.expect("a list");
            let names: Vec<Name> = listed.iter().map(|entry| entry.name).collect();
            assert_eq!(names, [Name::of(&ada.id)], "{junk}");
        }
    }
}

/// Without these numbers it cannot be seen that somebody else has written.
#[tokio::test]
async fn a_memcached_without_cas_numbers_is_refused() {
    let engine = Engine::start_with(&["-C"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = AccountFile::open(folder.path().join("accounts.db"));
    let opened = Memcached::open(&engine.address(), file.expect("it opens")).await;
    let why = opened.expect_err("it is refused");
    assert!(why.contains("without -C"), "{why}");
}
