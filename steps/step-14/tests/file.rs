//! The file of the database, and the threads that ask for what is in it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Barrier,
    task::{Context, Poll, Waker},
    thread,
    time::Duration as Std,
};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use rusqlite::Connection;
use step_14::{
    accounts::{Account, Accounts},
    app,
    name::Name,
    secret,
    sessions::Sessions,
    sqlite::{LONGEST, Sqlite},
};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tower::ServiceExt;
use tower_sessions::{
    SessionStore,
    cookie::Key,
    session::{Id, Record},
    session_store::{Error, Result},
};
use trial::{Browser, Program, Start};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-14");
const PASSWORD: &str = "a cup before noon";

/// An empty folder, and the path of the file that is to be in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("shop.db");
    (folder, file)
}

fn opened(file: &Path) -> Sqlite {
    Sqlite::open(file).expect("it opens")
}

/// Makes a file, and waits until its threads have closed it: the last one takes the log away.
fn make_and_close(file: &Path) {
    drop(opened(file));
    while file.with_extension("db-wal").exists() {
        thread::yield_now();
    }
}

/// The file as any other program sees it.
fn beside(file: &Path) -> Connection {
    Connection::open(file).expect("it opens")
}

fn record(packets: u32) -> Record {
    let data = [("assam".to_owned(), packets.into())].into();
    let expiry_date = OffsetDateTime::now_utc() + Duration::hours(1);
    Record { id: Id::default(), data, expiry_date }
}

async fn created(store: &Sqlite) -> Record {
    let mut record = record(1);
    store.create(&mut record).await.expect("it is made");
    record
}

async fn packets(store: &Sqlite, id: &Id) -> Option<u64> {
    let record = store.load(id).await.expect("it answers")?;
    record.data["assam"].as_u64()
}

/// The same session, with so many packets.
fn with(record: &Record, packets: u32) -> Record {
    Record { data: [("assam".to_owned(), packets.into())].into(), ..record.clone() }
}

/// How many transactions have been committed that the file itself does not have yet: each ends with
/// a page that says how many pages there are now.
fn commits(file: &Path) -> usize {
    let log = fs::read(file.with_extension("db-wal")).expect("a log");
    let page =
        u32::from_be_bytes(log[8..12].try_into().expect("four bytes")) as usize;
    let salt = &log[16..24];
    let frames = log[32..].chunks_exact(24 + page);
    // What is left of an older log has another salt.
    let of_now = frames.take_while(|frame| frame[8..16] == *salt);
    of_now.filter(|frame| frame[4..8] != [0; 4]).count()
}

// --- groups -------------------------------------------------------------------------------------

/// Asks for each, and waits for none yet.
fn ask_all<Asked: Future>(
    asked: impl Iterator<Item = Asked>,
) -> Vec<impl Future<Output = Asked::Output>> {
    let asked = asked.map(|one| {
        let mut one = Box::pin(one);
        let polled = one.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        async move {
            match polled {
                Poll::Ready(answer) => answer,
                Poll::Pending => one.await,
            }
        }
    });
    asked.collect()
}

#[tokio::test]
async fn what_waits_is_committed_as_one_group() {
    let (_folder, file) = place();
    let store = opened(&file);
    let record = created(&store).await;
    let other = beside(&file);
    other.execute_batch("BEGIN IMMEDIATE").expect("it writes first");
    let before = commits(&file);
    let saves = (1..=100).map(|packets| {
        let (store, record) = (store.clone(), with(&record, packets));
        async move { store.save(&record).await }
    });
    let saves = ask_all(saves);
    other.execute_batch("ROLLBACK").expect("it is done");
    for save in saves {
        save.await.expect("it is saved");
    }
    assert_eq!(packets(&store, &record.id).await, Some(100), "in their order");
    // Those that came before the writer had to wait, and those that came meanwhile.
    let count = commits(&file) - before;
    assert!((1..=2).contains(&count), "{count} commits");
}

#[test]
fn who_has_begun_to_read_cannot_write_once_another_has() {
    let (_folder, file) = place();
    make_and_close(&file);
    for (begin, may_write) in [("BEGIN", false), ("BEGIN IMMEDIATE", true)] {
        let (one, other) = (beside(&file), beside(&file));
        // Nobody would wait so long for this test.
        one.busy_timeout(Std::from_secs(3600)).expect("it is set");
        one.execute_batch(&format!("{begin}; SELECT * FROM accounts"))
            .expect("it reads");
        other.busy_timeout(Std::ZERO).expect("it is set");
        let others = other.execute_batch("DELETE FROM sessions");
        assert_eq!(others.is_err(), may_write, "{begin}");
        let written = one.execute_batch("DELETE FROM sessions");
        assert_eq!(written.is_ok(), may_write, "{begin}: {written:?}");
    }
}

#[tokio::test]
async fn one_that_is_refused_spoils_none_of_its_group() {
    let (_folder, file) = place();
    let store = opened(&file);
    let (live, ended) = (created(&store).await, created(&store).await);
    store.delete(&ended.id).await.expect("it is ended");
    let other = beside(&file);
    other.execute_batch("BEGIN IMMEDIATE").expect("it writes first");
    let records = [with(&live, 2), with(&ended, 2), with(&live, 3), ended];
    let saves = ask_all(records.into_iter().map(|record| {
        let store = store.clone();
        async move { store.save(&record).await.is_ok() }
    }));
    other.execute_batch("ROLLBACK").expect("it is done");
    let mut outcomes = Vec::new();
    for save in saves {
        outcomes.push(save.await);
    }
    assert_eq!(outcomes, [true, false, true, false]);
    assert_eq!(packets(&store, &live.id).await, Some(3));
}

#[tokio::test]
async fn what_a_refused_act_has_done_is_undone() {
    let (_folder, file) = place();
    let store = opened(&file);
    let before = created(&store).await;
    let mut too_long = record(2);
    too_long.data.insert("x".to_owned(), "x".repeat(LONGEST).into());
    // The row has its new name already when the data turns out too long.
    let refused = store.rotate(&Name::of(&before.id), &mut too_long).await;
    assert!(refused.is_err_and(|why| why.to_string().contains("16384 bytes")));
    assert_eq!(packets(&store, &before.id).await, Some(1));
}

#[tokio::test]
async fn too_many_that_wait_are_told_so_at_once_and_the_others_are_served() {
    let (_folder, file) = place();
    let store = opened(&file);
    let record = created(&store).await;
    let other = beside(&file);
    other.execute_batch("BEGIN IMMEDIATE").expect("it writes first");
    // One group is under way, 1,024 wait, and 20 find no place.
    let saves = ask_all((0..256 + 1024 + 20).map(|packets| {
        let (store, record) = (store.clone(), with(&record, packets));
        async move { store.save(&record).await }
    }));
    other.execute_batch("ROLLBACK").expect("it is done");
    let (mut saved, mut refused) = (0, 0);
    for save in saves {
        match save.await {
            Ok(()) => saved += 1,
            Err(why) => {
                assert!(why.to_string().contains("too many wait"), "{why}");
                refused += 1;
            }
        }
    }
    assert!(saved >= 1024 && refused >= 20, "{saved} saved, {refused} refused");
    assert_eq!(saved + refused, 1300);
}

#[tokio::test]
async fn a_database_that_is_locked_is_a_page_after_ten_seconds_and_nothing_is_lost()
{
    let (_folder, file) = place();
    let store = opened(&file);
    let record = created(&store).await;
    let other = beside(&file);
    other.execute_batch("BEGIN IMMEDIATE").expect("it writes first");
    let app = app(store.clone(), Key::from(&[7; 64]), store.clone());
    let order = Request::post("/basket")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("tea=assam"));
    // From here on the clock of the runtime goes on by itself when everybody waits.
    tokio::time::pause();
    let asked = tokio::time::Instant::now();
    let answer = app.clone().oneshot(order.expect("well formed")).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(asked.elapsed().as_secs(), 10);
    let page = axum::body::to_bytes(answer.into_body(), 1 << 16).await;
    let page = String::from_utf8(page.expect("a page").to_vec()).expect("text");
    assert!(page.contains("the server cannot keep anything now"), "{page}");
    let about = Request::get("/about").body(Body::empty()).expect("well formed");
    let about = app.oneshot(about).await.expect("an answer");
    assert_eq!(about.status(), StatusCode::OK, "it needs no session");
    other.execute_batch("ROLLBACK").expect("it is done");
    tokio::time::resume();
    store.save(&with(&record, 2)).await.expect("it is saved");
    assert_eq!(packets(&store, &record.id).await, Some(2));
}

// --- acts ---------------------------------------------------------------------------------------

#[tokio::test]
async fn a_session_that_has_ended_ends_no_other_and_changes_no_account() {
    let (_folder, file) = place();
    let (store, other_server) = (opened(&file), opened(&file));
    let account = Account::new("Ada".to_owned(), "a hash".to_owned());
    assert!(store.add(account.clone()).await.expect("it answers"));
    let (by, other) = (created(&store).await, created(&store).await);
    let by = Name::of(&by.id);
    assert!(other_server.end(&by).await.expect("it is ended"));
    let others = [Name::of(&other.id)];
    let refused = |outcome: Result<()>| {
        let why = outcome.expect_err("it is refused").to_string();
        assert!(why.contains("the session has ended"), "{why}");
    };
    let changed = Account { stamp: "another".to_owned(), ..account.clone() };
    refused(store.end_by(&by, &others).await.map(|_| ()));
    refused(store.set_password(&by, &account, &changed).await.map(|_| ()));
    refused(store.disable(&by, "Ada").await.map(|_| ()));
    refused(store.enable(&by, "Ada").await.map(|_| ()));
    assert_eq!(packets(&store, &other.id).await, Some(1));
    assert_eq!(store.find("Ada").await.expect("it answers"), Some(account));
}

#[tokio::test]
async fn an_account_is_kept_and_its_sessions_end_with_a_change() {
    let (_folder, file) = place();
    let store = opened(&file);
    let account = Account::new("Ada".to_owned(), "a hash".to_owned());
    assert!(store.add(account.clone()).await.expect("it answers"));
    let same = Account::new("ADA".to_owned(), "another hash".to_owned());
    assert!(!store.add(same).await.expect("it answers"), "in other letters");
    assert_eq!(store.find("ADA").await.expect("it answers"), None);
    let mut ids = Vec::new();
    for member in ["Ada", "Ada", "Ada", "Grace"] {
        let mut record = record(1);
        record.data.insert("member".to_owned(), member.into());
        store.create(&mut record).await.expect("it is made");
        ids.push(record.id);
    }
    let by = Name::of(&ids[0]);
    let changed = Account {
        password_hash: "a new hash".to_owned(),
        stamp: "a new stamp".to_owned(),
        ..account.clone()
    };
    let set = async |known| store.set_password(&by, known, &changed).await;
    assert_eq!(set(&account).await.expect("it answers"), Some(2));
    assert_eq!(set(&account).await.expect("it answers"), None, "another stamp");
    assert_eq!(store.find("Ada").await.expect("it answers"), Some(changed));
    let by = Name::of(&ids[3]);
    assert_eq!(store.disable(&by, "Ada").await.expect("it answers"), Some(1));
    assert_eq!(store.disable(&by, "Adda").await.expect("it answers"), None);
    assert_eq!(store.disabled().await.expect("it answers"), ["Ada"]);
    let disabled = store.find("Ada").await.expect("it answers").expect("Ada");
    assert!(disabled.is_disabled && disabled.stamp != "a new stamp");
    assert!(store.enable(&by, "Ada").await.expect("it answers"));
    assert!(!store.enable(&by, "Adda").await.expect("it answers"));
    assert!(store.disabled().await.expect("it answers").is_empty());
    for id in &ids[..3] {
        assert_eq!(packets(&store, id).await, None);
    }
    assert_eq!(packets(&store, &ids[3]).await, Some(1));
}

#[tokio::test]
async fn a_sweep_deletes_in_slices_whatever_has_expired_and_nothing_else() {
    let (_folder, file) = place();
    let store = opened(&file);
    let live = created(&store).await;
    for _ in 0..3 {
        let created = ask_all((0..400).map(|_| {
            let (store, mut expired) = (store.clone(), record(1));
            expired.expiry_date = OffsetDateTime::now_utc() - Duration::SECOND;
            async move { store.create(&mut expired).await }
        }));
        for created in created {
            created.await.expect("it is made");
        }
    }
    let before = commits(&file);
    assert_eq!(store.delete_expired().await.expect("it sweeps").len(), 1200);
    assert_eq!(commits(&file) - before, 3, "slices of 500");
    assert!(store.delete_expired().await.expect("it sweeps").is_empty());
    assert_eq!(packets(&store, &live.id).await, Some(1));
    let count = "SELECT count(*) FROM sessions";
    let left: u32 =
        beside(&file).query_row(count, [], |row| row.get(0)).expect("it");
    assert_eq!(left, 1);
}

#[tokio::test]
async fn a_flood_of_strangers_fills_no_disk_and_keeps_nobody_from_signing_in() {
    let (_folder, file) = place();
    let store = Sqlite::with_room_for(64 * 1024, &file).expect("it opens");
    let mut strangers = Vec::new();
    let refused = loop {
        let mut stranger = record(1);
        match store.create(&mut stranger).await {
            Ok(()) if strangers.len() < 1000 => strangers.push(stranger),
            Ok(()) => panic!("there is no end"),
            Err(why) => break why.to_string(),
        }
    };
    assert!(refused.contains("there is no room left"), "{refused}");
    assert!(strangers.len() > 50, "{}", strangers.len());
    let mut member = record(1);
    member.data.insert("member".to_owned(), "Ada".into());
    store.create(&mut member).await.expect("she signs in");
    store.rotate(&Name::of(&member.id), &mut member).await.expect("and goes on");
    store.save(&with(&strangers[0], 2)).await.expect("and so does who is there");
    for stranger in &mut strangers {
        stranger.expiry_date = OffsetDateTime::now_utc() - Duration::SECOND;
        store.save(stranger).await.expect("it is saved");
    }
    store.delete_expired().await.expect("it sweeps");
    store.create(&mut record(1)).await.expect("there is room again");
}

/// The plan that SQLite has made for a statement.
fn plan(db: &Connection, sql: &str) -> String {
    let mut statement =
        db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("it is SQL");
    let rows = statement.query_map([], |row| row.get::<_, String>(3));
    rows.expect("a plan").map(|row| row.expect("a line")).collect()
}

#[test]
fn to_find_a_session_or_a_members_others_are_not_walked() {
    let (_folder, file) = place();
    let _store = opened(&file);
    let db = beside(&file);
    let sessions = "SELECT data FROM sessions WHERE";
    for (question, index) in [
        ("name = x'00'", "sqlite_autoindex_sessions_1"),
        ("member = 'Ada'", "of_member"),
        ("before = x'00'", "successors"),
    ] {
        let plan = plan(&db, &format!("{sessions} {question} AND end_us > 7"));
        let expected = format!("SEARCH sessions USING INDEX {index} ");
        assert!(plan.starts_with(&expected), "{plan}");
    }
}

// --- what a power cut leaves -------------------------------------------------------------------

#[tokio::test]
async fn a_log_that_is_cut_anywhere_leaves_the_first_of_what_was_committed() {
    let (_folder, file) = place();
    let store = opened(&file);
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(created(&store).await.id);
    }
    let whole = fs::read(file.with_extension("db-wal")).expect("a log");
    let mut counts = Vec::new();
    for cut in (32..=whole.len()).step_by(997).chain([whole.len()]) {
        for is_garbage in [false, true] {
            let (_folder, copy) = place();
            fs::copy(&file, &copy).expect("it is copied");
            let mut log = whole.clone();
            if is_garbage {
                // The disk has written what comes behind, and not this.
                let end = log.len().min(cut + 100);
                log[cut..end].fill(b'x');
            } else {
                log.truncate(cut);
            }
            fs::write(copy.with_extension("db-wal"), log).expect("it is written");
            let db = beside(&copy);
            let check: String = db
                .query_row("PRAGMA integrity_check", [], |row| row.get(0))
                .expect("it");
            assert_eq!(check, "ok", "cut at {cut}");
            let is_there = |id: &Id| {
                let sql = "SELECT 1 FROM sessions WHERE name = ?1";
                db.prepare(sql)?.exists([Name::of(id).as_ref()])
            };
            // Where not even the tables are, there is no session.
            let there: Vec<bool> =
                ids.iter().map(|id| is_there(id).unwrap_or(false)).collect();
            let count = there.iter().take_while(|it| **it).count();
            assert!(there[count..].iter().all(|it| !it), "cut at {cut}: {there:?}");
            if !is_garbage {
                counts.push(count);
            }
        }
    }
    assert!(counts.is_sorted() && counts.first() == Some(&0));
    assert_eq!(counts.last(), Some(&20), "a whole log has all of them");
}

fn count(file: &Path) -> u32 {
    let sql = "SELECT count(*) FROM sessions";
    // Where there is no table yet, there is no session.
    beside(file).query_row(sql, [], |row| row.get(0)).unwrap_or(0)
}

#[tokio::test]
async fn a_copy_of_the_file_alone_lacks_what_is_in_the_log() {
    let (folder, file) = place();
    let store = opened(&file);
    created(&store).await;
    let [bare, whole] =
        ["bare.db", "whole.db"].map(|name| folder.path().join(name));
    fs::copy(&file, &bare).expect("it is copied");
    assert_eq!(count(&bare), 0);
    let into = format!("VACUUM INTO '{}'", whole.display());
    beside(&file).execute_batch(&into).expect("it is copied");
    assert_eq!(count(&whole), 1);
}

#[tokio::test]
async fn a_backup_is_restored_without_the_log_of_the_file_before() {
    let (folder, file) = place();
    let store = opened(&file);
    let kept = created(&store).await;
    let backup = folder.path().join("copy.db");
    let into = format!("VACUUM INTO '{}'", backup.display());
    beside(&file).execute_batch(&into).expect("it is copied");
    let later = created(&store).await;
    for beside_the_log in [true, false] {
        let (elsewhere, restored) = place();
        fs::copy(&backup, &restored).expect("it is copied");
        if beside_the_log {
            let log = elsewhere.path().join("shop.db-wal");
            fs::copy(folder.path().join("shop.db-wal"), log).expect("it is copied");
        }
        let is_the_backup = match Sqlite::open(&restored) {
            Ok(store) => {
                packets(&store, &kept.id).await.is_some()
                    && packets(&store, &later.id).await.is_none()
            }
            Err(_) => false,
        };
        assert_eq!(is_the_backup, !beside_the_log);
    }
}

#[tokio::test]
async fn hole_a_file_that_is_deleted_takes_along_what_comes_afterwards() {
    let (folder, file) = place();
    let store = opened(&file);
    created(&store).await;
    for name in ["shop.db", "shop.db-wal", "shop.db-shm"] {
        fs::remove_file(folder.path().join(name)).expect("it is there");
    }
    // It is acknowledged all the same.
    created(&store).await;
    opened(&file);
    assert_eq!(count(&file), 0);
}

/// How large the log is after so many saves, in bytes.
async fn log_after_saves(store: &Sqlite, file: &Path, record: &Record) -> u64 {
    for packets in 0..2000 {
        store.save(&with(record, packets)).await.expect("it is saved");
    }
    fs::metadata(file.with_extension("db-wal")).expect("a log").len()
}

#[tokio::test]
async fn a_reader_left_open_lets_the_log_grow() {
    let (_folder, file) = place();
    let store = opened(&file);
    let record = created(&store).await;
    let before = log_after_saves(&store, &file, &record).await;
    let reader = beside(&file);
    reader.execute_batch("BEGIN; SELECT * FROM sessions").expect("it reads");
    let meanwhile = log_after_saves(&store, &file, &record).await;
    assert!(meanwhile > 2 * before, "{before}, then {meanwhile}");
    reader.execute_batch("COMMIT").expect("it is done");
    let afterwards = log_after_saves(&store, &file, &record).await;
    assert!(afterwards < meanwhile + before, "there is room in it: {afterwards}");
}

// --- versions -----------------------------------------------------------------------------------

/// A file as the first version of the shop has left it.
fn version_1(file: &Path) {
    let sql = include_str!("version-1.sql");
    beside(file).execute_batch(sql).expect("it is SQL");
}

/// The session in it.
fn of_version_1() -> (Id, OffsetDateTime) {
    let id = Id(7);
    let end = OffsetDateTime::from_unix_timestamp(4_102_444_800).expect("2100");
    (id, end)
}

#[tokio::test]
async fn a_file_of_version_1_is_brought_to_version_2_with_all_that_is_in_it() {
    let (_folder, file) = place();
    version_1(&file);
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
    let (id, end) = of_version_1();
    let loaded = store.load(&id).await.expect("it answers").expect("a session");
    assert_eq!(loaded.expiry_date, end, "multiplied once, not six times");
    assert_eq!(loaded.data["member"], "Ada");
    let ada = store.find("Ada").await.expect("it answers").expect("an account");
    assert_eq!(ada.stamp, "a stamp");
    let db = beside(&file);
    let version: u32 =
        db.pragma_query_value(None, "user_version", |row| row.get(0)).expect("it");
    assert_eq!(version, 2);
}

#[test]
fn six_that_start_at_once_make_one_file() {
    for _ in 0..10 {
        let (_folder, file) = place();
        let barrier = Barrier::new(6);
        thread::scope(|threads| {
            for _ in 0..6 {
                threads.spawn(|| {
                    barrier.wait();
                    opened(&file);
                });
            }
        });
    }
}

// --- what cannot be opened ----------------------------------------------------------------------

/// The line with which the program refuses to start with this file.
fn refusal(program: &str, file: &Path) -> String {
    let (key, file) = (secret::new_key(), file.display().to_string());
    let environment = [("SESSION_KEY", key.as_str()), ("SHOP_DB", &file)];
    trial::refuses_to_start(Start { program, environment: &environment })
}

#[test]
fn a_newer_file_is_one_line_and_left_as_it_is() {
    let (_folder, file) = place();
    make_and_close(&file);
    let db = beside(&file);
    db.pragma_update(None, "user_version", 3).expect("it is set");
    drop(db);
    let before = fs::read(&file).expect("it is there");
    let line = refusal(PROGRAM, &file);
    assert!(line.contains("its version is 3, and this program knows"), "{line}");
    assert!(line.contains("Start a newer program."), "{line}");
    assert!(fs::read(&file).expect("it is there") == before);
}

/// How many connections of this program have the file open.
#[cfg(target_os = "linux")]
fn opened_by(file: &Path) -> usize {
    let open = std::fs::read_dir("/proc/self/fd").expect("Linux tells").flatten();
    open.filter(|it| std::fs::read_link(it.path()).is_ok_and(|it| it == file))
        .count()
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_becomes_newer_while_it_is_opened_is_left_alone() {
    let (_folder, file) = place();
    make_and_close(&file);
    let newer = beside(&file);
    newer
        .execute_batch("BEGIN IMMEDIATE; PRAGMA user_version = 99")
        .expect("it can");
    let before = opened_by(&file);
    let opening = std::thread::spawn({
        let file = file.clone();
        move || Sqlite::open(file).map(|_| ())
    });
    // It has looked at the version, or is about to.
    while opened_by(&file) == before {}
    newer.execute_batch("COMMIT").expect("it can");
    let why = opening.join().expect("it does not panic").expect_err("too new");
    assert!(why.contains("its version is 99"), "{why}");
}

#[test]
fn a_file_of_another_program_is_one_line_and_left_as_it_is() {
    let (_folder, file) = place();
    beside(&file).execute_batch("CREATE TABLE mails (body)").expect("it is made");
    let before = fs::read(&file).expect("it is there");
    let line = refusal(PROGRAM, &file);
    assert!(line.contains("another program's database"), "{line}");
    assert!(fs::read(&file).expect("it is there") == before);
}

#[test]
fn what_is_no_database_is_one_line_and_left_as_it_is() {
    for garbage in ["garbage ".repeat(1000), "SQLite format 3\0 and no more".into()]
    {
        let (_folder, file) = place();
        fs::write(&file, &garbage).expect("it is written");
        let line = refusal(PROGRAM, &file);
        assert!(line.contains("file is not a database"), "{line}");
        assert!(line.contains("Put a backup in its place"), "{line}");
        assert_eq!(fs::read_to_string(&file).expect("it is there"), garbage);
    }
}

#[test]
fn a_folder_that_is_not_there_is_one_line() {
    let (folder, _) = place();
    let line = refusal(PROGRAM, &folder.path().join("no/shop.db"));
    assert!(line.contains("No such file or directory"), "{line}");
    let line = refusal(PROGRAM, folder.path());
    assert!(line.contains("unable to open database file"), "{line}");
}

/// A program that starts ours as somebody whom the permissions of a file bind.
fn as_somebody_else(folder: &Path) -> String {
    let script = folder.join("program");
    let line = format!(
        "#!/bin/sh\n[ $(id -u) != 0 ] && exec {PROGRAM}\n\
         exec setpriv --reuid=65534 --regid=65534 --clear-groups {PROGRAM}\n"
    );
    fs::write(&script, line).expect("it is written");
    allow(&script, 0o755);
    script.display().to_string()
}

fn allow(path: &Path, mode: u32) {
    let mode = fs::Permissions::from_mode(mode);
    fs::set_permissions(path, mode).expect("it is set");
}

#[test]
fn a_file_or_a_folder_that_may_not_be_written_is_one_line() {
    let (folder, file) = place();
    make_and_close(&file);
    allow(&file, 0o444);
    allow(folder.path(), 0o555);
    let program = tempfile::tempdir().expect("a temporary folder");
    allow(program.path(), 0o755);
    let program = as_somebody_else(program.path());
    let advice = "must be allowed to write in";
    let line = refusal(&program, &file);
    assert!(line.contains(advice), "{line}");
    let line = refusal(&program, &folder.path().join("another.db"));
    assert!(line.contains("Permission denied") && line.contains(advice), "{line}");
    // Else it could not be deleted.
    allow(folder.path(), 0o755);
}

#[test]
fn nobody_else_on_the_machine_can_read_the_file() {
    let (folder, file) = place();
    let store = opened(&file);
    let files = fs::read_dir(folder.path()).expect("a folder");
    for entry in files.map(|entry| entry.expect("a file")) {
        let mode = entry.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
    }
    drop(store);
}

#[test]
fn a_damaged_file_is_a_page_and_the_rest_of_the_shop_goes_on() {
    let (_folder, file) = place();
    let key = secret::new_key();
    let path = file.display().to_string();
    let environment = [("SESSION_KEY", key.as_str()), ("SHOP_DB", &path)];
    let how = Start { program: PROGRAM, environment: &environment };
    let server = Program::start(how);
    let browsers: Vec<Browser> = (0..40).map(|_| Browser::default()).collect();
    for browser in &browsers {
        let page = browser.send_form(&server.url("/basket"), &[("tea", "assam")]);
        assert_eq!(page.status, 200);
    }
    drop(server);
    // All that was committed goes into the file itself.
    let db = beside(&file);
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("it is");
    drop(db);
    let mut bytes = fs::read(&file).expect("it is there");
    assert!(bytes.len() > 20 * 1024, "{}", bytes.len());
    // The first page says what tables there are.
    bytes[4 * 1024..].fill(b'x');
    fs::write(&file, &bytes).expect("it is written");
    let server = Program::start(how);
    let failed = browsers.iter().map(|browser| browser.get(&server.url("/")));
    let failed: Vec<_> = failed.filter(|page| page.status != 200).collect();
    assert!(!failed.is_empty());
    for page in failed {
        assert_eq!(page.status, 503);
        assert!(page.body.contains("The server cannot reach"), "{}", page.body);
    }
    let stranger = Browser::default();
    for path in ["/", "/about", "/sign-in"] {
        assert_eq!(stranger.get(&server.url(path)).status, 200, "{path}");
    }
}

// --- over restarts ------------------------------------------------------------------------------

#[test]
fn sessions_and_accounts_survive_a_restart_in_whatever_time_zone() {
    let (_folder, file) = place();
    let (key, path) = (secret::new_key(), file.display().to_string());
    let ada = Browser::default();
    let credentials = [("name", "Ada"), ("password", PASSWORD)];
    let zones = ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"];
    for (zone, is_first) in zones.into_iter().zip([true, false, false]) {
        let environment = [
            ("SESSION_KEY", key.as_str()),
            ("SHOP_DB", &path),
            ("TZ", zone),
            ("LC_ALL", "tr_TR.UTF-8"),
        ];
        let server =
            Program::start(Start { program: PROGRAM, environment: &environment });
        if is_first {
            ada.send_form(&server.url("/register"), &credentials);
        }
        let page = ada.get(&server.url("/member")).body;
        assert!(
            page.contains("Ada") && page.contains("Sign out"),
            "{zone}: {page}"
        );
        let phone = Browser::default();
        let page = phone.send_form(&server.url("/sign-in"), &credentials).body;
        assert!(page.contains("Sign out"), "{zone}: {page}");
    }
}

#[test]
fn who_is_called_administrator_and_is_none_keeps_the_program_from_starting() {
    let (_folder, file) = place();
    let (key, path) = (secret::new_key(), file.display().to_string());
    let environment = [
        ("SESSION_KEY", key.as_str()),
        ("SHOP_DB", &path),
        ("ADMINISTRATOR_PASSWORD", PASSWORD),
    ];
    let without = Start { program: PROGRAM, environment: &environment[..2] };
    let with = Start { program: PROGRAM, environment: &environment };
    let mallory = Browser::default();
    let server = Program::start(without);
    let credentials = [("name", "administrator"), ("password", PASSWORD)];
    let page = mallory.send_form(&server.url("/register"), &credentials).body;
    assert!(page.contains("Sign out"), "{page}");
    drop(server);
    let line = trial::refuses_to_start(with);
    assert!(line.contains("somebody else is called administrator."), "{line}");
}

#[test]
fn an_administrator_keeps_the_password_over_a_restart() {
    let (_folder, file) = place();
    let (key, path) = (secret::new_key(), file.display().to_string());
    for given in [PASSWORD, "another one at noon"] {
        let environment = [
            ("SESSION_KEY", key.as_str()),
            ("SHOP_DB", &path),
            ("ADMINISTRATOR_PASSWORD", given),
        ];
        let server =
            Program::start(Start { program: PROGRAM, environment: &environment });
        let vera = Browser::default();
        let credentials = [("name", "administrator"), ("password", PASSWORD)];
        let page = vera.send_form(&server.url("/sign-in"), &credentials).body;
        assert!(page.contains("Sign out"), "{given}: {page}");
        assert_eq!(vera.get(&server.url("/administrator")).status, 200);
    }
}

#[tokio::test]
async fn a_record_of_16_384_bytes_is_kept_and_one_byte_more_is_not() {
    let (_folder, file) = place();
    let store = opened(&file);
    for (length, is_kept) in [(16_384, true), (16_385, false)] {
        let mut record = record(1);
        record.data = [("x".to_owned(), "x".repeat(length - 8).into())].into();
        let created = store.create(&mut record).await;
        assert_eq!(created.is_ok(), is_kept, "{length}");
        assert!(is_kept || matches!(created, Err(Error::Encode(_))));
    }
}

#[test]
fn a_name_that_means_something_to_sqlite_is_a_files_all_the_same() {
    for name in [":memory:", "file:shop.db?mode=memory", "file:shop.db?immutable=1"]
    {
        let (folder, _) = place();
        let line = Command::new(PROGRAM)
            .current_dir(folder.path())
            .env("SESSION_KEY", secret::new_key())
            .env("SHOP_DB", name)
            // The file is opened first, and then it ends.
            .env("PORT", "none")
            .output()
            .expect("it starts");
        let line = String::from_utf8_lossy(&line.stderr).into_owned();
        assert!(line.contains("port none"), "{line}");
        let tables = beside(&folder.path().join(name)).query_row(
            "SELECT count(*) FROM accounts",
            [],
            |row| row.get(0),
        );
        assert_eq!(tables, Ok(0), "{name}");
    }
}

#[tokio::test]
async fn a_store_that_fails_a_request_is_not_asked_again_by_it() {
    let (_folder, file) = place();
    let store = opened(&file);
    let app = app(store.clone(), Key::from(&[7; 64]), store);
    let order = Request::post("/basket")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("tea=assam"));
    let answer = app.clone().oneshot(order.expect("well formed")).await;
    let answer = answer.expect("an answer");
    let cookie = answer.headers()["set-cookie"].clone();
    beside(&file).execute_batch("DROP TABLE sessions").expect("it is gone");
    let log = trial::Log::default();
    let _guard = log.listen();
    let page = Request::get("/").header("cookie", cookie).body(Body::empty());
    let answer = app.oneshot(page.expect("well formed")).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(log.text().matches("session: error=").count(), 1, "{}", log.text());
}

#[tokio::test]
async fn who_is_refused_half_way_is_not_told_that_nothing_was_done() {
    let (_folder, file) = place();
    let store = opened(&file);
    let app = app(store.clone(), Key::from(&[7; 64]), store.clone());
    let no = "CREATE TRIGGER no BEFORE INSERT ON sessions
        BEGIN SELECT RAISE(ABORT, 'no'); END";
    beside(&file).execute_batch(no).expect("it is made");
    let form = Request::post("/register")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("name=Ada&password=a+cup+before+noon"));
    let answer = app.oneshot(form.expect("well formed")).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = axum::body::to_bytes(answer.into_body(), 1 << 16).await;
    let page = String::from_utf8(page.expect("a page").to_vec()).expect("text");
    assert!(page.contains("Anything else may have been done."), "{page}");
    assert!(store.find("Ada").await.expect("it answers").is_some());
}
