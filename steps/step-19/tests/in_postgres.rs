//! The shop twice on one PostgreSQL.

#![cfg(postgres)]

mod shops;

use std::sync::LazyLock;

use shops::{Person, rounds, server};
use step_19::{
    name::Name,
    orders::{Order, Orders},
    postgres::Postgres,
    secret,
    sessions::Sessions,
};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};
use trial::{Program, Start};

/// It ends with the program.
static ENGINE: LazyLock<engines::Postgres> =
    LazyLock::new(engines::Postgres::start);

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-19");

/// As step 15 leaves its tables.
const VERSION_2: &str = include_str!("postgres-version-2.sql");

/// What step 18 adds to them.
const VERSION_3: &str = "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER tell AFTER UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION tell();
    INSERT INTO versions VALUES (3)";

async fn opened_twice(url: &str) -> [Postgres; 2] {
    let open = async || Postgres::open(url).await.expect("the database is there");
    [open().await, open().await]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_on_one_postgres_keep_each_packet() {
    let stores = opened_twice(&ENGINE.empty()).await;
    let servers = stores.clone().map(|store| server(store.clone(), store));
    let row = rounds("PostgreSQL", servers, &stores[0]).await;
    shops::record("rounds_in_postgres", &row);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_one_that_is_held_in_postgres() {
    let stores = opened_twice(&ENGINE.empty()).await;
    shops::nobody_waits_for_one_that_is_held(stores.clone(), stores).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_forms_are_one_order_in_postgres() {
    let stores = opened_twice(&ENGINE.empty()).await;
    let servers = stores.map(|store| server(store.clone(), store));
    shops::five_forms_are_one_order(servers).await;
}

/// As `psql` shows it.
#[tokio::test]
async fn the_version_of_a_session_in_postgres() {
    let url = ENGINE.empty();
    let [store, _] = opened_twice(&url).await;
    let shop = server(store.clone(), store);
    let mut ada = Person::shopping(&shop).await;
    let mut story = String::new();
    for _ in 0..2 {
        let sql = "SELECT version, data::json -> 'basket' FROM sessions";
        story.push_str(&ENGINE.sql(&url, sql));
        ada.post(&shop, "/basket", "tea=assam").await;
    }
    assert_eq!(story, "1|{\"oolong\":1}\n2|{\"assam\":1,\"oolong\":1}\n");
}

/// Each of them adds the column, and one does.
#[test]
fn six_servers_may_start_at_once_on_the_tables_of_before() {
    let (key, url) = (secret::new_key(), ENGINE.empty());
    ENGINE.sql(&url, VERSION_2);
    let environment = [("SESSION_KEY", key.as_str()), ("STORE", &url)];
    let how = Start { program: PROGRAM, environment: &environment };
    let servers: Vec<Program> = std::thread::scope(|threads| {
        let starting: Vec<_> =
            (0..6).map(|_| threads.spawn(|| Program::start(how))).collect();
        let started = starting.into_iter().map(|it| it.join().expect("it serves"));
        started.collect()
    });
    assert_eq!(servers.len(), 6);
    let versions = ENGINE.sql(&url, "SELECT version FROM versions ORDER BY 1");
    assert_eq!(versions, "1\n2\n3\n4\n");
    let sessions = ENGINE.sql(&url, "SELECT version, member FROM sessions");
    assert_eq!(sessions, "0|Ada\n");
}

/// It goes on with the tables of each step that has kept sessions there.
#[tokio::test]
async fn the_tables_of_step_18_tell_no_cache_any_more() {
    let url = ENGINE.empty();
    ENGINE.sql(&url, VERSION_2);
    ENGINE.sql(&url, VERSION_3);
    let called =
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'sessions'::regclass";
    assert_eq!(ENGINE.sql(&url, called), "tell\n");
    Postgres::open(&url).await.expect("it brings them up to date");
    assert_eq!(ENGINE.sql(&url, called), "");
    let sessions = ENGINE.sql(&url, "SELECT version, member FROM sessions");
    assert_eq!(sessions, "0|Ada\n");
}

#[test]
fn two_programs_on_one_postgres_are_one_shop() {
    shops::two_programs_are_one_shop(&[("STORE", &ENGINE.empty())]);
}

/// A server an hour behind would keep no session: each would have ended at once.
#[test]
fn a_database_whose_clock_is_another_one_is_one_line() {
    let url = format!("{}%2Cpg_catalog", ENGINE.empty());
    ENGINE.sql(
        &url,
        "CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql
        AS $$SELECT pg_catalog.clock_timestamp() + interval '1 h'$$",
    );
    let key = secret::new_key();
    let environment = [("SESSION_KEY", key.as_str()), ("STORE", &url)];
    let how = Start { program: PROGRAM, environment: &environment };
    let line = trial::refuses_to_start(how);
    assert!(line.contains("the database's clock is 3"), "{line}");
    assert!(line.contains(" s ahead. Set both."), "{line}");
}

#[tokio::test]
async fn a_session_of_before_goes_on_as_version_1() {
    let url = ENGINE.empty();
    ENGINE.sql(&url, VERSION_2);
    let [store, _] = opened_twice(&url).await;
    // Whose SHA-256 is there.
    let id = Id(7);
    let mut record =
        store.load(&id).await.expect("it answers").expect("it is there");
    for (version, is_next) in [(2, false), (1, true), (1, false), (2, true)] {
        record.data.insert("version".to_owned(), version.into());
        let saved = store.save(&record).await;
        assert_eq!(saved.is_ok(), is_next, "version {version}: {saved:?}");
    }
}

#[tokio::test]
async fn an_order_of_one_key_is_one_order_whoever_places_it() {
    let [one, other] = opened_twice(&ENGINE.empty()).await;
    let order = |key: &str, member: &str| Order {
        key: key.to_owned(),
        member: member.to_owned(),
        teas: "1 × Assam".to_owned(),
    };
    for store in [&one, &other] {
        for order in [order("b", "Ada"), order("a", "Ada"), order("b", "Mallory")] {
            store.place(&order).await.expect("it is kept");
        }
    }
    let orders = one.orders_of("Ada").await.expect("it answers");
    assert_eq!(orders, [order("b", "Ada"), order("a", "Ada")]);
    assert!(one.orders_of("Mallory").await.expect("it answers").is_empty());
}

/// While servers are replaced, some of step 15 still run: they know of no version, and write
/// what they have read.
#[tokio::test]
async fn what_a_server_of_before_has_saved_meanwhile_is_no_dead_end() {
    let url = ENGINE.empty();
    let [store, _] = opened_twice(&url).await;
    let expiry_date = OffsetDateTime::now_utc() + Duration::HOUR;
    let data = [("version".to_owned(), 1.into())].into();
    let mut record = Record { id: Id::default(), data, expiry_date };
    store.create(&mut record).await.expect("it is made");
    record.data.insert("version".to_owned(), 2.into());
    store.save(&record).await.expect("it is saved");
    ENGINE.sql(&url, r#"UPDATE sessions SET data = '{"version":1}'"#);
    let mut record =
        store.load(&record.id).await.expect("it answers").expect("it is there");
    let next = record.data["version"].as_i64().expect("a number") + 1;
    record.data.insert("version".to_owned(), next.into());
    store.save(&record).await.expect("it goes on");
}

/// What is told of a save that came too late.
#[tokio::test]
async fn stale_is_one_thing_and_ended_another() {
    let [store, _] = opened_twice(&ENGINE.empty()).await;
    let expiry_date = OffsetDateTime::now_utc() + Duration::HOUR;
    let data = [("version".to_owned(), 1.into())].into();
    let mut record = Record { id: Id::default(), data, expiry_date };
    store.create(&mut record).await.expect("it is made");
    let name = Name::of(&record.id);
    let why = async || {
        let mut rotated = record.clone();
        let refused = [
            store.save(&record).await,
            store.rotate(&name, &mut rotated).await,
            store.end_unless_changed(&name, 0).await,
        ];
        refused.map(|it| it.expect_err("it is refused").to_string())
    };
    for why in why().await {
        assert!(why.contains("the session has been changed meanwhile"), "{why}");
    }
    assert!(store.end(&name).await.expect("it answers"));
    for why in why().await {
        assert!(why.contains("the session has ended"), "{why}");
    }
}
