//! What the tables of this step keep, whatever happens around them.

#![cfg(postgres)]

mod database;

use database::{ENGINE, open};
use engines::{Ending, Wire};
use step_15::{name::Name, postgres::Postgres, secret, sessions::Sessions};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};
use trial::{Program, Start};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-15");

fn record(member: Option<&str>, lives: Duration) -> Record {
    let mut record = Record {
        id: Id::default(),
        data: Default::default(),
        expiry_date: OffsetDateTime::now_utc() + lives,
    };
    if let Some(member) = member {
        record.data.insert("member".to_owned(), member.into());
    }
    record
}

async fn created(store: &Postgres, member: Option<&str>) -> Record {
    let mut record = record(member, Duration::HOUR);
    store.create(&mut record).await.expect("it is made");
    record
}

#[test]
fn six_servers_may_start_at_once_on_an_empty_database() {
    let (key, url) = (secret::new_key(), ENGINE.empty());
    let environment = [("SESSION_KEY", key.as_str()), ("DATABASE_URL", &url)];
    let how = Start { program: PROGRAM, environment: &environment };
    let servers: Vec<Program> = std::thread::scope(|threads| {
        let starting: Vec<_> =
            (0..6).map(|_| threads.spawn(|| Program::start(how))).collect();
        let started = starting.into_iter().map(|it| it.join().expect("it serves"));
        started.collect()
    });
    assert_eq!(servers.len(), 6);
    let versions = ENGINE.sql(&url, "SELECT version FROM versions ORDER BY 1");
    assert_eq!(versions, "1\n2\n");
}

#[test]
fn a_database_that_takes_connections_and_never_says_a_word_is_one_line() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = silent.local_addr().expect("it has an address").port();
    let (key, url) =
        (secret::new_key(), format!("postgres://tea:tea@127.0.0.1:{port}/tea"));
    let environment = [("SESSION_KEY", key.as_str()), ("DATABASE_URL", &url)];
    let how = Start { program: PROGRAM, environment: &environment };
    let line = trial::refuses_to_start(how);
    assert!(
        line.contains("the database: no answer in 3 s. If none is there"),
        "{line}"
    );
}

/// The database's own limit is of no use once it cannot say a word.
#[tokio::test]
async fn a_database_that_goes_silent_while_the_tables_wait_is_given_up() {
    let wire = Wire::to(ENGINE.port());
    let near = ENGINE.empty();
    let far = near
        .replace(&format!(":{}/", ENGINE.port()), &format!(":{}/", wire.port()));
    let (holder, connection) =
        tokio_postgres::connect(&near, NoTls).await.expect("it opens");
    tokio::spawn(connection);
    let lock = i64::from_be_bytes(*b"sessions");
    let lock = format!("SELECT pg_advisory_lock({lock})");
    holder.batch_execute(&lock).await.expect("nobody has it");
    let opening =
        tokio::spawn(async move { Postgres::open(&far).await.map(|_| ()) });
    let waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while holder.query(waiting, &[]).await.expect("it answers").is_empty() {}
    wire.go_silent();
    tokio::time::pause();
    let opened = opening.await.expect("it does not panic");
    assert_eq!(opened, Err("its tables are not ready in 120 s".to_owned()));
}

#[tokio::test]
async fn hole_who_may_write_in_the_database_is_anybody() {
    let url = ENGINE.empty();
    let store = open(&url);
    created(&store, Some("Ada")).await;
    let mallory = created(&store, None).await;
    ENGINE.sql(
        &url,
        "UPDATE sessions SET (data, member) =
            (SELECT data, member FROM sessions WHERE member = 'Ada')
         WHERE member IS NULL",
    );
    let hers =
        store.load(&mallory.id).await.expect("it answers").expect("it is there");
    assert_eq!(hers.data["member"], "Ada");
}

/// A server an hour behind would keep no session: each would have ended at once.
#[test]
fn a_database_whose_clock_is_another_one_is_one_line() {
    for moved in ["1 h", "-62 s"] {
        let url = format!("{}%2Cpg_catalog", ENGINE.empty());
        ENGINE.sql(
            &url,
            &format!(
                "CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql
                AS $$SELECT pg_catalog.clock_timestamp() + interval '{moved}'$$"
            ),
        );
        let key = secret::new_key();
        let environment = [("SESSION_KEY", key.as_str()), ("DATABASE_URL", &url)];
        let how = Start { program: PROGRAM, environment: &environment };
        let line = trial::refuses_to_start(how);
        assert!(line.contains("the database's clock is "), "{line}");
        assert!(line.contains(" s ahead. Set both."), "{line}");
    }
}

#[tokio::test]
async fn however_often_many_open_it_at_once_the_tables_are_made_once() {
    for _ in 0..10 {
        let url = ENGINE.empty();
        let mut opening = JoinSet::new();
        for _ in 0..6 {
            let url = url.clone();
            opening.spawn(async move { Postgres::open(&url).await.map(|_| ()) });
        }
        while let Some(opened) = opening.join_next().await {
            assert_eq!(opened.expect("it does not panic"), Ok(()));
        }
    }
}

#[tokio::test]
async fn tables_of_the_first_version_are_brought_up_to_date() {
    let url = ENGINE.empty();
    ENGINE.sql(&url, include_str!("version-1.sql"));
    let store = open(&url);
    let members = store.entries_of(Some("Ada")).await.expect("it answers");
    assert_eq!(members.len(), 1, "her session is found by her name");
    assert_eq!(members[0].data["device"]["what"], "a \0 🍵");
    assert_eq!(ENGINE.sql(&url, "SELECT count(*) FROM sessions"), "2\n");
}

#[tokio::test]
async fn tables_of_a_newer_version_are_left_alone() {
    let url = ENGINE.empty();
    open(&url);
    ENGINE.sql(&url, "INSERT INTO versions VALUES (3)");
    let why = Postgres::open(&url).await.expect_err("it is not opened");
    assert!(why.contains("version 3, this program knows 2"), "{why}");
}

fn refusal(url: &str) -> String {
    let key = secret::new_key();
    let environment = [("SESSION_KEY", key.as_str()), ("DATABASE_URL", url)];
    trial::refuses_to_start(Start { program: PROGRAM, environment: &environment })
}

#[test]
fn without_a_database_it_says_in_one_line_how_to_start_one() {
    // On the first port nobody listens.
    let message = refusal("postgres://tea:a-secret@127.0.0.1:1/tea");
    assert!(message.contains("Connection refused"), "{message}");
    assert!(message.contains("docker run") && message.contains("DATABASE_URL="));
    assert!(!message.contains("a-secret"), "{message}");
    let message = refusal(&format!("{}-leaf", ENGINE.url()));
    assert!(message.contains("\"tea-leaf\" does not exist"), "{message}");
    let message = refusal("a-secret");
    assert!(message.contains("DATABASE_URL is not such as"), "{message}");
    assert!(!message.contains("a-secret"), "{message}");
}

/// Has the planner believe that there are many sessions, and asks for its plan.
fn plan(url: &str, statement: &str) -> String {
    let many = "INSERT INTO sessions SELECT sha256(n::text::bytea), '{}',
        clock_timestamp() + n * interval '1 s', 'member ' || n
        FROM generate_series(1, 10000) n; ANALYZE sessions;";
    ENGINE.sql(url, &format!("{many} EXPLAIN (COSTS off) {statement}"))
}

#[test]
fn to_find_a_members_sessions_those_of_others_are_not_walked() {
    let url = ENGINE.empty();
    open(&url);
    let plan = plan(&url, "SELECT data FROM sessions WHERE member = 'member 7'");
    assert!(plan.contains("Index Cond: (member = 'member 7'::text)"), "{plan}");
}

#[test]
fn a_sweep_looks_at_what_has_expired_and_not_at_the_others() {
    let url = ENGINE.empty();
    open(&url);
    let expired = |clock: &str| {
        format!("SELECT name FROM sessions WHERE ends <= {clock}() ORDER BY ends")
    };
    let stands = plan(&url, &expired("statement_timestamp"));
    assert!(stands.contains("Index Cond: (ends <= statement_timestamp())"));
    let goes_on = ENGINE
        .sql(&url, &format!("EXPLAIN (COSTS off) {}", expired("clock_timestamp")));
    assert!(!goes_on.contains("Index Cond"), "{goes_on}");
}

/// Two sweep at the same time: what the one has locked, the other does not wait for.
#[tokio::test]
async fn servers_that_sweep_at_once_share_the_work() {
    let url = ENGINE.empty();
    let store = open(&url);
    ENGINE.sql(
        &url,
        "INSERT INTO sessions SELECT sha256(n::text::bytea), '{}',
            clock_timestamp() - interval '1 s' FROM generate_series(1, 5000) n",
    );
    let mut sweeping = JoinSet::new();
    for _ in 0..4 {
        let store = store.clone();
        sweeping.spawn(async move { store.delete_expired().await });
    }
    let mut swept = Vec::new();
    while let Some(names) = sweeping.join_next().await {
        swept.extend(names.expect("it does not panic").expect("it sweeps"));
    }
    swept.sort();
    swept.dedup();
    assert_eq!(swept.len(), 5000, "each of them once");
    assert_eq!(ENGINE.sql(&url, "SELECT count(*) FROM sessions"), "0\n");
}

/// A row that somebody has locked is swept the next time.
#[tokio::test]
async fn a_sweep_waits_for_nobody() {
    let url = ENGINE.empty();
    let store = open(&url);
    let (client, connection) =
        tokio_postgres::connect(&url, NoTls).await.expect("it opens");
    tokio::spawn(connection);
    for _ in 0..2 {
        let mut record = record(None, -Duration::SECOND);
        store.create(&mut record).await.expect("it is made");
    }
    let lock = "BEGIN; SELECT FROM sessions LIMIT 1 FOR UPDATE";
    client.batch_execute(lock).await.expect("one is locked");
    assert_eq!(store.delete_expired().await.expect("it sweeps").len(), 1);
    client.batch_execute("COMMIT").await.expect("it is free");
    assert_eq!(store.delete_expired().await.expect("it sweeps").len(), 1);
}

/// Each ends the other, again and again, and neither is first: somebody has locked both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sessions_that_end_each_other_do_not_wait_for_each_other() {
    let engine = engines::Postgres::start();
    let url = engine.empty();
    let store = open(&url);
    for _ in 0..10 {
        let one = Name::of(&created(&store, Some("Ada")).await.id);
        let other = Name::of(&created(&store, Some("Ada")).await.id);
        let client = locked(&url).await;
        let end = |by: Name, whom: Name| {
            let store = store.clone();
            tokio::spawn(async move { store.end_by(&by, &[whom]).await })
        };
        let (first, second) = (end(one, other), end(other, one));
        wait_for(&engine, "wait_event_type = 'Lock'", 2).await;
        client.batch_execute("COMMIT").await.expect("they are free");
        let outcomes = [first.await, second.await].map(|it| it.expect("no panic"));
        let ended = outcomes.iter().filter(|it| matches!(it, Ok(1))).count();
        let refused = outcomes.iter().filter_map(|it| it.as_ref().err());
        let why: Vec<String> = refused.map(ToString::to_string).collect();
        assert_eq!((ended, why.len()), (1, 1), "{why:?}");
        assert!(why[0].contains("the session has ended"), "{why:?}");
        engine.sql(&url, "DELETE FROM sessions");
    }
}

/// Whoever waits for a row that is being rotated ends it under its new name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_beside_a_rotation_ends_the_session_whichever_is_first() {
    let store = open(&ENGINE.empty());
    for _ in 0..200 {
        let session = created(&store, Some("Ada")).await;
        let name = Name::of(&session.id);
        let rotating = {
            let (store, mut record) = (store.clone(), session.clone());
            tokio::spawn(async move { store.rotate(&name, &mut record).await })
        };
        assert!(store.end(&name).await.expect("it answers"), "it is there");
        let _ = rotating.await.expect("it does not panic");
        assert!(store.entries_of(None).await.expect("it answers").is_empty());
    }
}

/// The network goes in the middle of an act: the server is gone for the database, and nobody
/// tells it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_lost_in_the_middle_of_an_act_keeps_no_lock_for_long() {
    let engine = engines::Postgres::start();
    let (url, wire) = (engine.empty(), Wire::to(engine.port()));
    let [direct, through] =
        [engine.port(), wire.port()].map(|it| format!(":{it}/"));
    let store = open(&url.replace(&direct, &through));
    let by = Name::of(&created(&store, Some("Ada")).await.id);
    let other = Name::of(&created(&store, Some("Ada")).await.id);
    let client = locked(&url).await;
    let acting = tokio::spawn(async move { store.end_by(&by, &[other]).await });
    wait_for(&engine, "wait_event_type = 'Lock'", 1).await;
    wire.go_silent();
    client.batch_execute("COMMIT").await.expect("now the act has its locks");
    wait_for(&engine, "state = 'idle in transaction'", 1).await;
    // The other servers wait no longer than that.
    engine.sql(&url, "SET statement_timeout = '60s'; DELETE FROM sessions");
    let why = acting.await.expect("no panic").expect_err("it has no answer");
    assert!(why.to_string().contains("no answer in 3 s"), "{why}");
}

/// Somebody who has locked all sessions.
async fn locked(url: &str) -> Client {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.expect("it opens");
    tokio::spawn(connection);
    let lock = "BEGIN; SELECT FROM sessions FOR UPDATE";
    client.batch_execute(lock).await.expect("they are locked");
    client
}

/// Waits until so many connections of servers are in this state.
async fn wait_for(engine: &engines::Postgres, state: &str, count: usize) {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity
         WHERE application_name = 'step-15' AND {state}"
    );
    while engine.sql(&engine.url(), &sql).trim() != count.to_string() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_clock_of_the_database_decides_whatever_time_zone_it_has() {
    for zone in ["Asia/Kathmandu", "America/St_Johns", "UTC"] {
        let url = ENGINE.empty();
        let zone = zone.replace('/', "%2F");
        let store = open(&format!(
            "{url}%20-ctimezone%3D{zone}%20-cdatestyle%3DGerman%20-clc_messages%3DC"
        ));
        let mut kept = created(&store, None).await;
        let is_there = async |record: &Record| {
            store.load(&record.id).await.expect("it answers").is_some()
        };
        assert!(is_there(&kept).await, "{zone}");
        for (moved, lives) in
            [("- interval '61 min'", false), ("+ interval '61 min'", true)]
        {
            ENGINE.sql(&url, &format!("UPDATE sessions SET ends = ends {moved}"));
            assert_eq!(is_there(&kept).await, lives, "{zone}");
            kept.expiry_date = OffsetDateTime::now_utc() + Duration::HOUR;
            if !lives {
                store.save(&kept).await.expect_err("what has ended is not saved");
            }
        }
        store.save(&kept).await.expect("what lives is saved");
        assert!(store.delete_expired().await.expect("it sweeps").is_empty());
        ENGINE.sql(&url, "UPDATE sessions SET ends = ends - interval '61 min'");
        assert_eq!(store.delete_expired().await.expect("it sweeps").len(), 1);
    }
}

/// How many of so many sessions that were acknowledged are gone after a crash.
fn lost_of(sessions: usize, setting: &str) -> usize {
    // Else the writer of the log might come by just then, and write.
    let settings = ["wal_writer_delay=10s", setting];
    let mut engine = engines::Postgres::start_with(&settings);
    let url = engine.empty();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let store = runtime.block_on(Postgres::open(&url)).expect("it opens");
    // What the tables have written is on the disk: a megabyte more would be written with them.
    engine.sql(&url, "SELECT pg_switch_wal()");
    engine.sql(&url, "CHECKPOINT");
    let kept = async || {
        for _ in 0..sessions {
            created(&store, None).await;
        }
    };
    runtime.block_on(kept());
    engine.end(Ending::Kill);
    engine.start_again();
    let left = engine.sql(&url, "SELECT count(*) FROM sessions");
    sessions - left.trim().parse::<usize>().expect("a number")
}

#[test]
fn a_crash_takes_acknowledged_sessions_only_where_commits_do_not_wait() {
    assert_eq!(lost_of(50, "synchronous_commit=on"), 0);
    assert!(lost_of(50, "synchronous_commit=off") > 0);
}
