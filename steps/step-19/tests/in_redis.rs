//! The shop twice on one Redis, and the script by which a session is replaced.

#![cfg(redis)]

mod gate;
mod shops;

use std::{
    path::Path,
    sync::{Barrier, LazyLock},
    thread,
};

use engines::{Replicated, Sentinels};
use gate::Gate;
use rusqlite::Connection;
use shops::{Person, rounds, server};
use step_19::{
    account_file::AccountFile,
    accounts::{Account, Accounts},
    apart::Apart,
    name::Name,
    orders::{Order, Orders},
    redis::Redis,
    sessions::{Sessions, VERSION},
};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};

/// It ends with the program.
static ENGINE: LazyLock<engines::Redis> = LazyLock::new(engines::Redis::start);

const STALE: &str = "the session has been changed meanwhile";
const ENDED: &str = "the session has ended";

fn at(url: &str) -> Redis {
    Redis::at(url).expect("a URL")
}

/// What `redis-cli` says about this place.
fn cli(url: &str, command: &[&str]) -> String {
    let (_, number) = url.rsplit_once('/').expect("it has a number");
    ENGINE.cli(&[&["-n", number], command].concat())
}

fn members(folder: &TempDir, store: &Redis) -> Apart<Redis> {
    let file = AccountFile::open(folder.path().join("accounts.db"));
    Apart::new(file.expect("it opens"), store.clone())
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn key(id: &Id) -> String {
    format!("tea:session:{}", Name::of(id))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_on_one_redis_keep_each_packet() {
    let (folder, url) = (folder(), ENGINE.empty());
    let stores = [at(&url), at(&url)];
    let servers =
        stores.clone().map(|store| server(store.clone(), members(&folder, &store)));
    let row = rounds("Redis", servers, &stores[0]).await;
    shops::record("rounds_in_redis", &row);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_one_that_is_held_in_redis() {
    let (folder, url) = (folder(), ENGINE.empty());
    let stores = [at(&url), at(&url)];
    let members = stores.clone().map(|store| members(&folder, &store));
    shops::nobody_waits_for_one_that_is_held(stores, members).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_forms_are_one_order_beside_redis() {
    let (folder, url) = (folder(), ENGINE.empty());
    let stores = [at(&url), at(&url)];
    let servers =
        stores.map(|store| server(store.clone(), members(&folder, &store)));
    shops::five_forms_are_one_order(servers).await;
}

/// The accounts are where `ACCOUNTS_DB` says.
#[test]
fn two_programs_on_one_redis_are_one_shop() {
    let (folder, url) = (folder(), ENGINE.empty());
    let file = folder.path().join("accounts.db").display().to_string();
    shops::two_programs_are_one_shop(&[("STORE", &url), ("ACCOUNTS_DB", &file)]);
    let db = Connection::open(&file).expect("it opens");
    let name = db.query_row("SELECT name FROM accounts", [], |row| row.get(0));
    assert_eq!(name, Ok("Ada".to_owned()));
}

#[test]
fn two_programs_that_ask_sentinels_are_one_shop() {
    let (folder, sentinels) = (folder(), Sentinels::start());
    let file = folder.path().join("accounts.db").display().to_string();
    let store = [("STORE", &*sentinels.url()), ("ACCOUNTS_DB", &file)];
    shops::two_programs_are_one_shop(&store);
}

/// As `redis-cli` shows it.
#[tokio::test]
async fn the_version_of_a_session_in_redis() {
    let (folder, url) = (folder(), ENGINE.empty());
    let store = at(&url);
    let shop = server(store.clone(), members(&folder, &store));
    let mut ada = Person::shopping(&shop).await;
    for version in [1, 2, 3] {
        let text = cli(&url, &["GET", &key(&ada.id().expect("a session"))]);
        let begins = format!(r#"{{"version":{version},"write":""#);
        assert!(text.starts_with(&begins), "{text}");
        ada.post(&shop, "/basket", "tea=assam").await;
    }
}

fn record(version: i64, mark: u32) -> Record {
    let expiry_date = OffsetDateTime::now_utc() + Duration::HOUR;
    let data = [
        (VERSION.to_owned(), version.into()),
        ("member".to_owned(), "Ada".into()),
        ("mark".to_owned(), mark.into()),
    ];
    Record { id: Id::default(), data: data.into(), expiry_date }
}

async fn created(store: &Redis) -> Record {
    let mut record = record(1, 1);
    store.create(&mut record).await.expect("it is made");
    record
}

async fn mark(store: &Redis, id: &Id) -> Option<u64> {
    let record = store.load(id).await.expect("it answers")?;
    record.data["mark"].as_u64()
}

#[tokio::test]
async fn stale_is_one_thing_and_ended_another() {
    let url = ENGINE.empty();
    let store = at(&url);
    let Record { id, .. } = created(&store).await;
    let name = Name::of(&id);
    let refused = async |version: i64| {
        let (saved, mut rotated) = (record(version, 7), record(version, 7));
        let refused = [
            store.save(&Record { id, ..saved }).await,
            store.rotate(&name, &mut rotated).await,
            store.end_unless_changed(&name, version - 1).await,
        ];
        refused.map(|it| it.expect_err("it is refused").to_string())
    };
    for version in [-1, 0, 1, 3, 11, i64::MAX] {
        for why in refused(version).await {
            assert!(why.contains(STALE), "{version}: {why}");
        }
    }
    assert_eq!(mark(&store, &id).await, Some(1));
    store.end_unless_changed(&name, 1).await.expect("it has this one");
    assert_eq!(cli(&url, &["DBSIZE"]), "0\n", "and no note is left");
    for why in refused(2).await {
        assert!(why.contains(ENDED), "{why}");
    }
    let left = store.entries_of(Some("Ada")).await.expect("it answers");
    assert!(left.is_empty(), "{left:?}");
}

/// As step 16 has left it.
#[tokio::test]
async fn a_record_of_before_goes_on_as_version_1() {
    let url = ENGINE.empty();
    let store = at(&url);
    let id = Id(7);
    let text = r#"{"end":[2099,1,0,0,0,0,0,0,0],"data":{"mark":1}}"#;
    cli(&url, &["SET", &key(&id), text]);
    assert_eq!(mark(&store, &id).await, Some(1));
    for (version, is_next) in [(2, false), (1, true), (1, false), (2, true)] {
        let saved = store.save(&Record { id, ..record(version, 2) }).await;
        assert_eq!(saved.is_ok(), is_next, "version {version}: {saved:?}");
    }
}

/// While servers are replaced, some of step 16 still run: they know of no version, and write
/// what they have read.
#[tokio::test]
async fn what_a_server_of_before_has_saved_meanwhile_is_no_dead_end() {
    let url = ENGINE.empty();
    let store = at(&url);
    let Record { id, .. } = created(&store).await;
    store.save(&Record { id, ..record(2, 2) }).await.expect("it is saved");
    let text = cli(&url, &["GET", &key(&id)]);
    let (_, rest) = text.split_once(r#""end":"#).expect("it has an end");
    cli(&url, &["SET", &key(&id), &format!(r#"{{"end":{}"#, rest.trim_end())]);
    let mut record =
        store.load(&id).await.expect("it answers").expect("it is there");
    let next = record.data[VERSION].as_i64().expect("a number") + 1;
    record.data.insert(VERSION.to_owned(), next.into());
    store.save(&record).await.expect("it goes on");
}

/// The client of a cluster does that, when a server has gone in between.
#[tokio::test]
async fn a_save_that_is_sent_twice_is_one_save() {
    let redis = engines::Redis::start();
    let store = at(&redis.url());
    let Record { id, .. } = created(&store).await;
    let mut monitor = redis.monitor();
    store.save(&Record { id, ..record(2, 2) }).await.expect("it is saved");
    let said = monitor.said();
    let sent = said.iter().rfind(|line| line.contains(r#"] "EVALSHA" "#));
    let (_, sent) = sent.expect("the script is run").split_once("] ").expect("so");
    let words: Vec<String> = sent[1..sent.len() - 1]
        .split(r#"" ""#)
        .map(|word| word.replace(r#"\""#, r#"""#))
        .collect();
    let again = || {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        redis.cli(&words)
    };
    assert_eq!(again(), "saved\n");
    assert_eq!(mark(&store, &id).await, Some(2));
    // The same contents as before, up to the last byte of what the shop sees.
    let mut same = store.load(&id).await.expect("it answers").expect("it is there");
    store.save(&same).await.expect_err("another write, of a version that is there");
    same.data.insert(VERSION.to_owned(), 3.into());
    store.save(&same).await.expect("it is the next one");
    assert_eq!(again(), "stale\n");
}

#[tokio::test]
async fn a_redis_that_has_forgotten_the_script_is_told_again() {
    let redis = engines::Redis::start();
    let store = at(&redis.url());
    let Record { id, .. } = created(&store).await;
    let connections = || -> u32 {
        let told = redis.cli(&["INFO", "stats"]);
        let mut lines = told.lines();
        let count =
            lines.find_map(|it| it.strip_prefix("total_connections_received:"));
        count.and_then(|count| count.trim().parse().ok()).expect("a number")
    };
    let before = connections();
    for version in 2..5 {
        store
            .save(&Record { id, ..record(version, 2) })
            .await
            .expect("it is saved");
        redis.cli(&["SCRIPT", "FLUSH"]);
    }
    assert_eq!(connections() - before, 4, "one of each `redis-cli`");
}

/// Whoever empties a basket gives room back.
#[tokio::test]
async fn a_redis_that_is_full_ends_what_is_empty_all_the_same() {
    let redis = engines::Redis::start();
    let store = at(&redis.url());
    let Record { id, .. } = created(&store).await;
    redis.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    let refused = store.save(&Record { id, ..record(2, 2) }).await;
    let why = refused.expect_err("it is full").to_string();
    assert!(why.contains("maxmemory"), "{why}");
    store.end_unless_changed(&Name::of(&id), 1).await.expect("it ends");
    assert_eq!(mark(&store, &id).await, None);
}

/// What may be done to a session whose first version somebody has seen.
const ACTS: [&str; 5] = ["rotate", "save", "end", "end unchanged", "list"];

/// What came of an act.
#[derive(Debug)]
struct Came {
    act: &'static str,
    /// Whether it was done.
    is_done: bool,
    /// The session's identifier by now.
    id: Id,
}

async fn act(store: Redis, act: &'static str, id: Id) -> Came {
    let name = Name::of(&id);
    let mut new = Record { id, ..record(2, 3) };
    let is_done = match act {
        "rotate" => store.rotate(&name, &mut new).await.is_ok(),
        "save" => store.save(&Record { id, ..record(2, 2) }).await.is_ok(),
        "end" => store.end(&name).await.expect("it answers"),
        "end unchanged" => store.end_unless_changed(&name, 1).await.is_ok(),
        _ => store.entries_of(Some("Ada")).await.expect("it answers").len() == 1,
    };
    Came { act, is_done, id: if act == "rotate" && is_done { new.id } else { id } }
}

/// A way to this place on which commands can be held.
async fn gated(url: &str) -> (Gate, Redis) {
    let gate = Gate::before(ENGINE.port()).await;
    let ports = [ENGINE.port(), gate.port].map(|it| it.to_string());
    let gated = at(&url.replace(&ports[0], &ports[1]));
    gated.load(&Id::default()).await.expect("it answers");
    (gate, gated)
}

/// Each act is held before each of its commands, and another one is done meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_an_act_is_held_what_was_taken_is_there_and_nothing_else() {
    let url = ENGINE.empty();
    // The script is known.
    let warm = created(&at(&url)).await;
    act(at(&url), "end unchanged", warm.id).await;
    let mut held_at = 0;
    for held in ACTS {
        for other in ACTS {
            let mut commands = 0;
            while beside(&url, held, other, commands).await {
                commands += 1;
            }
            held_at += commands;
        }
    }
    assert!(held_at > 70, "{held_at}");
}

/// False if the act has fewer commands.
async fn beside(
    url: &str,
    held: &'static str,
    other: &'static str,
    commands: usize,
) -> bool {
    let (store, (gate, gated)) = (at(url), gated(url).await);
    let Record { id, .. } = created(&store).await;
    gate.hold_after(commands);
    let mut acting = tokio::spawn(act(gated, held, id));
    tokio::select! {
        _ = &mut acting => {
            store.end(&Name::of(&id)).await.expect("it answers");
            return false;
        }
        () = gate.holds(commands) => {}
    }
    let second = act(store.clone(), other, id).await;
    gate.open();
    let first = acting.await.expect("it does not panic");
    check(&store, id, [first, second], commands).await;
    true
}

async fn check(store: &Redis, id: Id, came: [Came; 2], commands: usize) {
    let case = format!("after {commands} commands: {came:?}");
    let ended = |it: &Came| it.act.starts_with("end") && it.is_done;
    let written = |it: &&Came| ["rotate", "save"].contains(&it.act) && it.is_done;
    let is_written = |act| ["rotate", "save", "end unchanged"].contains(&act);
    // Of two that have seen the same version, one is told that it was late.
    let both = came.iter().all(|it| is_written(it.act));
    let done = came.iter().filter(|it| it.is_done).count();
    assert!(!both || done == 1, "{case}");
    let expected = match came.iter().find(written) {
        _ if came.iter().any(ended) => None,
        Some(Came { act: "save", id, .. }) => Some((*id, Some(2))),
        Some(Came { id, .. }) => Some((*id, Some(3))),
        None => Some((id, Some(1))),
    };
    let lists = came.iter().any(|it| it.act == "list" && !it.is_done);
    assert!(!lists || came.iter().any(|it| it.act.starts_with("end")), "{case}");
    let mut alive = store.entries_of(Some("Ada")).await.expect("it answers");
    if let Some((id, marked)) = expected {
        assert_eq!(mark(store, &id).await, marked, "{case}");
        alive.retain(|entry| entry.name != Name::of(&id));
        assert!(store.end(&Name::of(&id)).await.expect("it answers"), "{case}");
    }
    assert!(alive.is_empty(), "{case}, {alive:?}");
    for id in [came[0].id, came[1].id, id] {
        assert_eq!(mark(store, &id).await, None, "{case}");
    }
}

/// As when a browser has gone, or the time is up: what was sent is done all the same, later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_a_rotation_is_given_up_the_identifier_of_before_ends_it() {
    let url = ENGINE.empty();
    for commands in 0.. {
        let (store, (gate, gated)) = (at(&url), gated(&url).await);
        let session = created(&store).await;
        gate.hold_after(commands);
        let name = Name::of(&session.id);
        let rotating =
            tokio::spawn(
                async move { gated.rotate(&name, &mut record(2, 2)).await },
            );
        let abort = rotating.abort_handle();
        tokio::select! {
            _ = rotating => return assert!(commands > 4, "{commands}"),
            () = gate.holds(commands) => abort.abort(),
        }
        gate.open();
        gate.has_sent(commands).await;
        // Redis has taken it up when it answers the next one but one.
        assert_eq!(cli(&url, &["PING"]) + &cli(&url, &["PING"]), "PONG\nPONG\n");
        let of_ada =
            async || store.entries_of(Some("Ada")).await.expect("it answers");
        assert_eq!(of_ada().await.len(), 1, "{commands}");
        assert!(store.end(&name).await.expect("it answers"), "{commands}");
        assert!(of_ada().await.is_empty(), "{commands}");
    }
}

/// A server is killed in the middle of a sign-in, and then the basket is emptied.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_stopped_half_way_leaves_nothing_behind_an_emptied_basket() {
    let url = ENGINE.empty();
    for commands in 0.. {
        let (store, (gate, gated)) = (at(&url), gated(&url).await);
        let mut session = record(1, 1);
        session.data.remove("member");
        store.create(&mut session).await.expect("it is made");
        gate.hold_after(commands);
        let name = Name::of(&session.id);
        let signing_in =
            tokio::spawn(
                async move { gated.rotate(&name, &mut record(2, 2)).await },
            );
        let abort = signing_in.abort_handle();
        tokio::select! {
            _ = signing_in => return assert!(commands > 4, "{commands}"),
            () = gate.holds(commands) => abort.abort(),
        }
        // What is held is never sent.
        if store.end_unless_changed(&name, 1).await.is_ok() {
            let left = store.entries_of(Some("Ada")).await.expect("it answers");
            assert!(left.is_empty(), "{commands}: {left:?}");
        }
    }
}

/// In another tab Ada gives her password meanwhile: the session that ends others gets another
/// identifier, after none of them has ended, or one, or all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_ending_others_is_held_beside_a_new_identifier_its_answer_is_true()
{
    let mut commands = 0;
    while beside_a_new_identifier(commands).await {
        commands += 1;
    }
    assert!(commands > 10, "{commands}");
}

/// False if the form needs fewer commands.
async fn beside_a_new_identifier(commands: usize) -> bool {
    let (folder, url) = (folder(), ENGINE.empty());
    let (store, (gate, gated)) = (at(&url), gated(&url).await);
    let [shop, held] = [store.clone(), gated]
        .map(|store| server(store.clone(), members(&folder, &store)));
    let mut ada = Person::signed_in(&shop, "Ada").await;
    let this = Name::of(&ada.id().expect("a session"));
    for _ in 0..2 {
        let form = "name=Ada&password=a+cup+before+noon";
        Person::default().post(&shop, "/sign-in", form).await;
    }
    let of_ada = async || store.entries_of(Some("Ada")).await.expect("it answers");
    assert_eq!(of_ada().await.len(), 3);
    let own = of_ada().await.into_iter().find(|entry| entry.name == this);
    let own = own.expect("her own").data["device"]["handle"].clone();
    gate.hold_after(commands);
    let mut tab = ada.clone();
    let mut sending =
        tokio::spawn(
            async move { tab.post(&held, "/devices/end-others", "").await },
        );
    tokio::select! {
        _ = &mut sending => return false,
        () = gate.holds(commands) => {}
    }
    let confirmed = ada.post(&shop, "/confirm", "password=a+cup+before+noon").await;
    gate.open();
    let answer = sending.await.expect("it does not panic");
    let case = format!("after {commands} commands: {}", answer.page);
    assert!(!confirmed.status.is_server_error(), "{case}");
    assert!(!answer.status.is_server_error(), "{case}");
    let left = of_ada().await;
    let owns = left.iter().filter(|it| it.data["device"]["handle"] == own);
    assert_eq!(owns.count(), 1, "{case}");
    let says_not = answer.page.contains("Nothing has changed");
    assert!(left.len() == 3 || !says_not, "{}: {case}", left.len());
    true
}

// --- the file of the accounts -------------------------------------------------------------------

/// As step 16 has left it.
fn file_of_before(file: &Path) {
    let db = Connection::open(file).expect("it opens");
    db.execute_batch(
        "CREATE TABLE accounts (
            folded TEXT NOT NULL PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            password_hash TEXT NOT NULL,
            is_administrator INTEGER NOT NULL,
            is_disabled INTEGER NOT NULL,
            stamp TEXT NOT NULL
        ) STRICT;
        INSERT INTO accounts VALUES ('ada', 'Ada', 'a hash', 0, 0, 'a stamp');
        PRAGMA application_id = 1633903476;
        PRAGMA user_version = 1;",
    )
    .expect("it is written");
}

#[tokio::test]
async fn six_may_open_the_accounts_of_before_at_once_and_each_order_is_one() {
    let (folder, barrier) = (folder(), Barrier::new(6));
    let file = folder.path().join("accounts.db");
    file_of_before(&file);
    let open = || {
        barrier.wait();
        AccountFile::open(&file).expect("it opens")
    };
    let files: Vec<AccountFile> = thread::scope(|threads| {
        let opening: Vec<_> = (0..6).map(|_| threads.spawn(open)).collect();
        opening.into_iter().map(|it| it.join().expect("no panic")).collect()
    });
    let store = at(&ENGINE.empty());
    let order = |key: &str, member: &str| Order {
        key: key.to_owned(),
        member: member.to_owned(),
        teas: "1 × Assam".to_owned(),
    };
    for file in files {
        let members = Apart::new(file, store.clone());
        let ada: Option<Account> = members.find("Ada").await.expect("it answers");
        assert!(ada.is_some_and(|ada| ada.stamp == "a stamp"));
        for order in [order("b", "Ada"), order("a", "Ada"), order("b", "Mallory")] {
            members.place(&order).await.expect("it is kept");
        }
        let orders = members.orders_of("Ada").await.expect("it answers");
        assert_eq!(orders, [order("b", "Ada"), order("a", "Ada")]);
        let orders = members.orders_of("Mallory").await.expect("it answers");
        assert!(orders.is_empty());
    }
}
