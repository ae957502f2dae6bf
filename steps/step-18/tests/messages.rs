//! Servers on one PostgreSQL, each with a cache, and what becomes of its messages.

#![cfg(postgres)]

mod house;

use std::{
    cell::Cell,
    future::pending,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode};
use engines::{Postgres as Engine, Wire};
use house::Person;
use step_18::{
    app, cache::Cache, cached::Cached, name::Name, postgres::Postgres,
    sessions::Sessions,
};
use time::OffsetDateTime;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::yield_now,
    time::timeout,
};
use tower_sessions::{
    CachingSessionStore, MemoryStore, SessionStore,
    cookie::Key,
    session::{Id, Record},
};

/// When what does not happen is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// It ends with the program.
static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::start);

thread_local! {
    /// How much time has been made to pass. Each test has a thread of its own.
    static PASSED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// The clock of the caches. It stands still until time is made to pass.
fn clock() -> Instant {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    *BEGAN + PASSED.get()
}

/// A server, and its cache.
struct Server {
    app: Router,
    cache: Cache,
}

impl Server {
    /// Hears of what changes at the second of these URLs.
    async fn on(url: &str, heard_at: &str) -> Self {
        let store = Postgres::open(url).await.expect("the database is there");
        let ear = Postgres::open(heard_at).await.expect("the database is there");
        let cache = Cache::by(clock);
        tokio::spawn(ear.tell(cache.clone()));
        is_open(&cache, true).await;
        let cached = Cached::new(store.clone(), cache.clone());
        Self { app: app(cached, Key::from(&[7; 64]), store), cache }
    }

    async fn shows(&self, person: &Person) -> bool {
        let answer = person.clone().get(&self.app, "/member").await;
        answer.status == StatusCode::OK
    }

    /// Waits until it shows this person nothing any more. Its clock stands still.
    async fn forgets(&self, person: &Person) {
        let forgets = async {
            while self.shows(person).await {
                yield_now().await;
            }
        };
        timeout(PATIENCE, forgets).await.expect("a message comes");
    }
}

async fn is_open(cache: &Cache, is_open: bool) {
    let changes = async {
        while cache.is_open() != is_open {
            yield_now().await;
        }
    };
    timeout(PATIENCE, changes).await.expect("it opens, or closes");
}

/// Two servers, at both of which Ada has just been seen.
async fn two_servers(url: &str, heard_at: &str) -> ([Server; 2], Person) {
    let servers = [Server::on(url, url).await, Server::on(url, heard_at).await];
    let mut ada = Person::registered(&servers[0].app, "Ada").await;
    for server in &servers {
        ada.get(&server.app, "/member").await;
    }
    // Messages come in the order in which they were sent: this is the last one of before.
    let grace = Person::registered(&servers[0].app, "Grace").await;
    servers[1].shows(&grace).await;
    grace.clone().post(&servers[0].app, "/sign-out", "").await;
    servers[1].forgets(&grace).await;
    for server in &servers {
        assert!(server.shows(&ada).await);
    }
    (servers, ada)
}

#[tokio::test]
async fn a_sign_out_at_one_server_reaches_the_other_by_a_message() {
    let url = ENGINE.empty();
    let ([first, second], ada) = two_servers(&url, &url).await;
    ada.clone().post(&first.app, "/sign-out", "").await;
    assert!(!first.shows(&ada).await, "at once where she signs out");
    second.forgets(&ada).await;
}

/// Whoever changes a session, and by whatever statement: it is the database that tells of it.
#[tokio::test]
async fn what_is_done_to_the_tables_by_hand_reaches_each_cache() {
    for by_hand in [
        "DELETE FROM sessions",
        "UPDATE sessions SET ends = clock_timestamp()",
        "UPDATE sessions SET name = sha256(name)",
    ] {
        let url = ENGINE.empty();
        let (servers, ada) = two_servers(&url, &url).await;
        ENGINE.sql(&url, by_hand);
        for server in servers {
            server.forgets(&ada).await;
        }
    }
}

/// The way is cut, and nobody is told: a message goes to where nobody hears it.
#[tokio::test]
async fn where_the_way_is_cut_whoever_has_signed_out_is_out_after_ten_seconds() {
    let url = ENGINE.empty();
    let wire = Wire::to(ENGINE.port());
    let through =
        url.replace(&format!(":{}", ENGINE.port()), &format!(":{}", wire.port()));
    let ([first, second], ada) = two_servers(&url, &through).await;
    wire.go_silent();
    ada.clone().post(&first.app, "/sign-out", "").await;
    PASSED.set(Duration::from_millis(9_999));
    assert!(second.cache.is_open() && second.shows(&ada).await);
    PASSED.set(Duration::from_millis(10_000));
    assert!(!second.shows(&ada).await);
}

#[tokio::test]
async fn as_long_as_no_messages_come_the_cache_is_closed_and_afterwards_it_is_empty()
 {
    let url = ENGINE.empty();
    ENGINE.sql(&url, "CREATE ROLE ear SUPERUSER LOGIN");
    let heard_at = url.replace("//tea", "//ear");
    let ([first, second], ada) = two_servers(&url, &heard_at).await;
    // Its connection ends, and it gets no other one.
    ENGINE.sql(
        &url,
        "ALTER ROLE ear NOLOGIN;
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ear'",
    );
    is_open(&second.cache, false).await;
    assert!(second.shows(&ada).await, "from the store");
    ada.clone().post(&first.app, "/sign-out", "").await;
    assert!(!second.shows(&ada).await, "at once");
    ENGINE.sql(&url, "ALTER ROLE ear LOGIN");
    is_open(&second.cache, true).await;
    assert!(!second.shows(&ada).await);
}

/// A port behind which is the engine, and how many connections it has taken. To the second one
/// it never says a word.
async fn mute_to_the_second() -> (u16, Arc<AtomicUsize>) {
    let gate = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = gate.local_addr().expect("it has an address").port();
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = gate.accept().await {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::spawn(async move {
                if number == 2 {
                    return pending().await;
                }
                let engine = TcpStream::connect(("127.0.0.1", ENGINE.port())).await;
                let mut engine = engine.expect("the engine is there");
                let _ = copy_bidirectional(&mut client, &mut engine).await;
            });
        }
    });
    (port, taken)
}

/// The first connection is for the tables, and the second for messages.
#[tokio::test]
async fn where_nobody_says_a_word_another_connection_is_made() {
    let (url, (port, taken)) = (ENGINE.empty(), mute_to_the_second().await);
    let through = url.replace(&format!(":{}", ENGINE.port()), &format!(":{port}"));
    let ear = Postgres::open(&through).await.expect("the database is there");
    let cache = Cache::by(clock);
    tokio::spawn(ear.tell(cache.clone()));
    is_open(&cache, true).await;
    assert_eq!(taken.load(Ordering::SeqCst), 3);
}

/// What stands in the cache when the connection ends is not there when another one is made.
#[tokio::test]
async fn what_ended_while_no_messages_came_is_not_remembered() {
    let url = ENGINE.empty();
    let ([_, second], ada) = two_servers(&url, &url).await;
    second.cache.close();
    ENGINE.sql(
        &url,
        "ALTER TABLE sessions DISABLE TRIGGER tell; DELETE FROM sessions",
    );
    second.cache.open();
    assert!(!second.shows(&ada).await);
}

#[tokio::test]
async fn tables_of_chapter_15_are_made_to_tell() {
    let url = ENGINE.empty();
    Postgres::open(&url).await.expect("the database is there");
    ENGINE.sql(
        &url,
        "DROP TRIGGER tell ON sessions; DROP FUNCTION tell;
        DELETE FROM versions WHERE version = 3",
    );
    let ([first, second], ada) = two_servers(&url, &url).await;
    ada.clone().post(&first.app, "/sign-out", "").await;
    second.forgets(&ada).await;
}

/// tower-sessions' own cache, as it is, at two servers on one PostgreSQL.
#[tokio::test]
async fn the_cache_of_tower_sessions_keeps_what_has_ended_and_what_was_refused() {
    let url = ENGINE.empty();
    let store = Postgres::open(&url).await.expect("the database is there");
    let server = || CachingSessionStore::new(MemoryStore::default(), store.clone());
    let [first, second] = [server(), server()];
    let expiry_date = OffsetDateTime::now_utc() + time::Duration::days(30);
    let mut record =
        Record { id: Id::default(), data: Default::default(), expiry_date };
    first.create(&mut record).await.expect("it is made");
    let seen = second.load(&record.id).await.expect("it answers");
    assert!(seen.is_some());
    first.delete(&record.id).await.expect("it ends");
    assert!(store.load(&record.id).await.expect("it answers").is_none());
    let seen =
        second.load(&record.id).await.expect("it answers").expect("a record");
    assert!(expiry_date - seen.expiry_date < time::Duration::SECOND, "thirty days");
    // The store refuses to write what has ended. The cache has written it already.
    record.data.insert("basket".to_owned(), 1.into());
    second.save(&record).await.expect_err("it has ended");
    let seen =
        second.load(&record.id).await.expect("it answers").expect("a record");
    assert_eq!(seen.data["basket"], 1);
    assert!(!store.end(&Name::of(&record.id)).await.expect("it answers"));
}
