//! What the keys of this step keep, whatever happens between two commands.

#![cfg(redis)]

mod database;
mod gate;
mod house;

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread,
};

use database::{ENGINE, Place};
use gate::Gate;
use house::Person;
use step_16::{
    account_file::AccountFile,
    accounts::{Account, Accounts},
    apart::Apart,
    app,
    name::Name,
    redis::{LONGEST, PATIENCE, Redis},
    secret,
    sessions::Sessions,
};
use time::{Duration, OffsetDateTime};
use tokio::{runtime::Runtime, task, time as clock};
use tower_sessions::{
    SessionStore,
    cookie::Key,
    session::{Id, Record},
};
use trial::Start;

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-16");

fn record(member: &str) -> Record {
    let expiry_date = OffsetDateTime::now_utc() + Duration::HOUR;
    let mut record =
        Record { id: Id::default(), data: Default::default(), expiry_date };
    record.data.insert("member".to_owned(), member.into());
    record
}

async fn created(store: &Redis, member: &str) -> Record {
    let mut record = record(member);
    store.create(&mut record).await.expect("it is made");
    record
}

async fn names(store: &Redis, member: &str) -> BTreeSet<Name> {
    let entries = store.entries_of(Some(member)).await.expect("it answers");
    entries.into_iter().map(|entry| entry.name).collect()
}

/// A session of Ada's, beside her at another browser.
#[derive(Clone)]
struct Two {
    session: Record,
    by: Name,
}

/// What may be done to the session, or by the other one.
const ACTS: [&str; 6] = ["rotate", "save", "end", "end_by", "end by's", "list"];

/// What came of an act.
#[derive(Debug, Default)]
struct Came {
    /// The session's identifier by now, if it got another one.
    rotated: Option<Id>,
    /// Whether the session was ended, as the answer says.
    ended: bool,
    /// Whether it is in a list.
    listed: Option<usize>,
}

async fn act(store: Redis, what: &str, two: Two) -> Came {
    let Two { session, by } = two;
    let name = Name::of(&session.id);
    let mut came = Came::default();
    match what {
        "rotate" => {
            let mut new = session.clone();
            let rotated = store.rotate(&name, &mut new).await;
            came.rotated = rotated.is_ok().then_some(new.id);
        }
        "save" => {
            let _ = store.save(&session).await;
        }
        "end" => came.ended = store.end(&name).await.expect("it answers"),
        "end_by" => came.ended = store.end_by(&by, &[name]).await.is_ok(),
        "end by's" => {
            store.end(&by).await.expect("it answers");
        }
        _ => {
            let entries = store.entries_of(Some("Ada")).await.expect("it answers");
            let others = entries.iter().filter(|entry| entry.name != by);
            came.listed = Some(others.count());
        }
    }
    came
}

/// Each act is held before each of its commands, and another one is done meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_an_act_is_held_another_leaves_one_session_or_none() {
    let mut held_at = 0;
    for held in ACTS {
        for other in ACTS {
            let mut commands = 0;
            while beside(held, other, commands).await {
                commands += 1;
            }
            held_at += commands;
        }
    }
    assert!(held_at > 100, "{held_at}");
}

/// False if the act has fewer commands.
async fn beside(held: &'static str, other: &'static str, commands: usize) -> bool {
    let place = database::place();
    let gate = Gate::before(ENGINE.port()).await;
    let through =
        place.redis.replace(&ENGINE.port().to_string(), &gate.port.to_string());
    let (store, gated) = (place.sessions(), Redis::at(&through).expect("a URL"));
    let by = Name::of(&created(&store, "Ada").await.id);
    let two = Two { session: created(&store, "Ada").await, by };
    gated.load(&Id::default()).await.expect("it answers");
    gate.hold_after(commands);
    let mut acting = tokio::spawn(act(gated, held, two.clone()));
    tokio::select! {
        _ = &mut acting => return false,
        () = gate.holds(commands) => {}
    }
    let second = act(store.clone(), other, two.clone()).await;
    gate.open();
    let first = acting.await.expect("it does not panic");
    let case = format!("{held} held after {commands} commands, beside {other}");
    check(&store, &two, [(held, first), (other, second)], &case).await;
    true
}

async fn check(store: &Redis, two: &Two, came: [(&str, Came); 2], case: &str) {
    let ids = came.iter().filter_map(|(_, came)| came.rotated);
    let ids: Vec<Id> = ids.chain([two.session.id]).collect();
    let mut alive = 0;
    for id in &ids {
        alive += usize::from(store.load(id).await.expect("it answers").is_some());
    }
    let mut listed = names(store, "Ada").await;
    listed.remove(&two.by);
    let has_ended = came.iter().any(|(_, came)| came.ended);
    let tries_to_end = came.iter().any(|(act, _)| ["end", "end_by"].contains(act));
    let most = usize::from(!has_ended);
    let least = usize::from(!tries_to_end);
    assert!((least..=most).contains(&alive), "{alive} alive: {case}, {came:?}");
    assert_eq!(listed.len(), alive, "listed: {case}, {came:?}");
    for (_, Came { listed, .. }) in &came {
        let fits = listed.is_none_or(|listed| (least..=1).contains(&listed));
        assert!(fits, "{case}, {came:?}");
    }
}

/// As when a browser has gone, or the time is up: what was sent is done all the same, later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_a_rotation_is_given_up_the_identifier_of_before_ends_it() {
    for commands in 0.. {
        let place = database::place();
        let gate = Gate::before(ENGINE.port()).await;
        let ports = [ENGINE.port(), gate.port].map(|it| it.to_string());
        let gated = Redis::at(&place.redis.replace(&ports[0], &ports[1]));
        let (store, gated) = (place.sessions(), gated.expect("a URL"));
        let session = created(&store, "Ada").await;
        gated.load(&Id::default()).await.expect("it answers");
        gate.hold_after(commands);
        let name = Name::of(&session.id);
        let mut new = session.clone();
        let rotating =
            tokio::spawn(async move { gated.rotate(&name, &mut new).await });
        let abort = rotating.abort_handle();
        tokio::select! {
            _ = rotating => return,
            () = gate.holds(commands) => abort.abort(),
        }
        gate.open();
        gate.has_sent(commands).await;
        // Redis has taken it up when it answers the next one but one.
        assert_eq!(place.cli(&["PING"]) + &place.cli(&["PING"]), "PONG\nPONG\n");
        assert_eq!(names(&store, "Ada").await.len(), 1, "{commands}");
        assert!(store.end(&name).await.expect("it answers"), "{commands}");
        assert_eq!(names(&store, "Ada").await.len(), 0, "{commands}");
    }
}

/// A transaction would have both in an order. `by` looks, is ended, and ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hole_who_is_ended_in_this_moment_ends_one_more() {
    let place = database::place();
    let gate = Gate::before(ENGINE.port()).await;
    let ports = [ENGINE.port(), gate.port].map(|it| it.to_string());
    let gated = Redis::at(&place.redis.replace(&ports[0], &ports[1]));
    let (store, gated) = (place.sessions(), gated.expect("a URL"));
    let [by, first, second] = [
        created(&store, "Ada").await,
        created(&store, "Ada").await,
        created(&store, "Ada").await,
    ]
    .map(|session| Name::of(&session.id));
    gated.load(&Id::default()).await.expect("it answers");
    gate.hold_after(1);
    let acting =
        tokio::spawn(async move { gated.end_by(&by, &[first, second]).await });
    gate.holds(1).await;
    assert!(store.end(&by).await.expect("it answers"));
    gate.open();
    acting.await.expect("it does not panic").expect_err("it has ended");
    assert_eq!(
        names(&store, "Ada").await,
        BTreeSet::from([second]),
        "one, and no more"
    );
}

/// Between the list and the end: there may be thousands in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gets_two_other_names_behind_a_list_is_ended() {
    let place = database::place();
    let gate = Gate::before(ENGINE.port()).await;
    let ports = [ENGINE.port(), gate.port].map(|it| it.to_string());
    let gated = Redis::at(&place.redis.replace(&ports[0], &ports[1]));
    let (store, gated) = (place.sessions(), gated.expect("a URL"));
    let by = Name::of(&created(&store, "Ada").await.id);
    let mut session = created(&store, "Ada").await;
    let listed = Name::of(&session.id);
    gated.load(&Id::default()).await.expect("it answers");
    gate.hold_after(0);
    let acting = tokio::spawn(async move { gated.end_by(&by, &[listed]).await });
    gate.holds(0).await;
    for _ in 0..2 {
        let before = Name::of(&session.id);
        store.rotate(&before, &mut session).await.expect("it has another name");
    }
    gate.open();
    let ended = acting.await.expect("it does not panic").expect("it answers");
    assert_eq!(ended, 1);
    assert!(store.load(&session.id).await.expect("it answers").is_none());
}

/// Nor is anybody ended who has signed in where the listed one was.
#[tokio::test]
async fn who_signs_in_in_a_session_behind_a_list_is_not_ended() {
    let store = database::place().sessions();
    let by = Name::of(&created(&store, "Ada").await.id);
    let mut session = created(&store, "Ada").await;
    let listed = Name::of(&session.id);
    session.data.insert("member".to_owned(), "Grace".into());
    store.rotate(&listed, &mut session).await.expect("it has another name");
    let ended = store.end_by(&by, &[listed]).await.expect("it answers");
    assert_eq!(ended, 0);
    assert!(store.load(&session.id).await.expect("it answers").is_some());
}

/// All of them together take longer than one call may.
#[tokio::test]
async fn each_of_the_sessions_that_are_ended_has_its_own_time() {
    let place = database::place();
    let gate = Gate::before(ENGINE.port()).await;
    let ports = [ENGINE.port(), gate.port].map(|it| it.to_string());
    let gated = Redis::at(&place.redis.replace(&ports[0], &ports[1]));
    let (store, gated) = (place.sessions(), gated.expect("a URL"));
    let by = Name::of(&created(&store, "Ada").await.id);
    let [one, other] =
        [created(&store, "Grace").await, created(&store, "Grace").await]
            .map(|session| Name::of(&session.id));
    gated.load(&Id::default()).await.expect("it answers");
    clock::pause();
    // As long as a thread is at work, the clock goes on by `advance` alone.
    let (_works, work) = mpsc::channel::<()>();
    task::spawn_blocking(move || work.recv());
    gate.hold_after(0);
    let mut acting =
        tokio::spawn(async move { gated.end_by(&by, &[one, other]).await });
    for commands in 0.. {
        tokio::select! {
            ended = &mut acting => {
                let ended = ended.expect("it does not panic");
                return assert_eq!(ended.expect("it has time"), 2);
            }
            () = gate.holds(commands) => {
                clock::advance(PATIENCE / 6).await;
                gate.let_one_pass();
            }
        }
    }
}

#[tokio::test]
async fn what_redis_holds_of_a_session() {
    let place = database::place();
    let store = place.sessions();
    let session = created(&store, "Ada").await;
    let name = Name::of(&session.id);
    let keys = place.cli(&["KEYS", "*"]);
    let keys: BTreeSet<&str> = keys.lines().collect();
    let key = format!("tea:session:{name}");
    let expected = BTreeSet::from(["tea:ends", "tea:member:Ada", key.as_str()]);
    assert_eq!(keys, expected);
    let end = place.cli(&["PEXPIRETIME", &key]);
    let end: i128 = end.trim().parse().expect("a number");
    assert_eq!(end, session.expiry_date.unix_timestamp_nanos() / 1_000_000);
    store.end(&name).await.expect("it answers");
    assert_eq!(place.cli(&["DBSIZE"]).trim(), "0", "and no note is left");
}

/// The commands of a recording, with a label for each identifier, token and time.
fn told(lines: &[String]) -> String {
    let mut labels = Vec::new();
    let mut text = String::new();
    for line in lines {
        let (_, command) = line.split_once("] ").expect("MONITOR says who");
        for (number, word) in command.split_inclusive(' ').enumerate() {
            text.push_str(if number == 0 { "    " } else { "" });
            text.push_str(&labelled(word, &mut labels));
        }
        text.push('\n');
    }
    text
}

/// A word of a command, with what is another one in each run as a label.
fn labelled(word: &str, labels: &mut Vec<String>) -> String {
    let is_part = |c: char| !(c.is_ascii_alphanumeric() || "_-+/".contains(c));
    let mut said = String::new();
    for part in word.split_inclusive(is_part) {
        let bare = part.trim_end_matches(is_part);
        let is_name = bare.len() == 64;
        let is_end = bare.len() == 13 && bare.parse::<u64>().is_ok();
        if !is_name && !is_end {
            said.push_str(part);
            continue;
        }
        let label = if is_end { "<end>".to_owned() } else { name(bare, labels) };
        said.push_str(&part.replace(bare, &label));
    }
    said
}

fn name(of: &str, labels: &mut Vec<String>) -> String {
    let known = labels.iter().position(|it| it == of);
    let number = known.unwrap_or_else(|| {
        labels.push(of.to_owned());
        labels.len() - 1
    });
    format!("<name-{}>", number + 1)
}

/// What a member's session holds, shortened: the page shows it elsewhere.
fn without_data(told: &str) -> String {
    let lines = told.lines().map(|line| match line.split_once(r#""{\"end\":"#) {
        Some((before, rest)) => {
            let (_, after) = rest.rsplit_once("}\" ").expect("a record ends");
            format!("{before}\"{{…}}\" {after}\n")
        }
        None => format!("{line}\n"),
    });
    lines.collect()
}

#[tokio::test]
async fn what_redis_is_asked() {
    let redis = engines::Redis::start_with(&["save \"\"", "appendonly yes"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = AccountFile::open(folder.path().join("accounts.db"));
    let store = Redis::open(&redis.url()).await.expect("Redis is there");
    let accounts = Apart::new(file.expect("it opens"), store.clone());
    let app = app(store, Key::from(&[7; 64]), accounts);
    let mut ada = Person::default();
    let mut monitor = redis.monitor();
    let mut story = String::new();
    let credentials = "name=Ada&password=a+cup+before+noon";
    let tea = "tea=assam";
    let asked = [
        ("GET", "/", ""),
        ("POST", "/basket", tea),
        ("GET", "/", ""),
        ("POST", "/register", credentials),
        ("GET", "/member", ""),
        ("POST", "/sign-out", ""),
    ];
    let mut lines = Vec::new();
    for (method, path, form) in asked {
        match method {
            "GET" => ada.get(&app, path).await,
            _ => ada.post(&app, path, form).await,
        };
        let said = monitor.said();
        lines.push((format!("{method} {path}"), said));
    }
    let all: Vec<String> =
        lines.iter().flat_map(|(_, said)| said.iter().cloned()).collect();
    let told = told(&all);
    let mut commands = told.lines();
    for (request, said) in &lines {
        story.push_str(&format!("{request}\n"));
        for command in commands.by_ref().take(said.len()) {
            story.push_str(&format!("{command}\n"));
        }
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("commands", without_data(&story));
    });
}

#[tokio::test]
async fn a_name_with_anything_in_it_is_one_members_name() {
    let store = database::place().sessions();
    let odd = ["*", "a b", "{x}", "\u{0}", "\r\nFLUSHALL\r\n", "Ada:1", "é", ""];
    for member in odd {
        created(&store, member).await;
    }
    for member in odd {
        assert_eq!(names(&store, member).await.len(), 1, "{member:?}");
    }
    let all = store.entries_of(None).await.expect("it answers");
    assert_eq!(all.len(), odd.len());
}

/// The last of them is the only one that leads to a session.
#[tokio::test]
async fn ten_thousand_notes_of_nothing_hide_no_session() {
    let place = database::place();
    let store = place.sessions();
    let notes: Vec<String> =
        (0..10_000).map(|id| Name::of(&Id(id)).to_string()).collect();
    for notes in notes.chunks(1_000) {
        let add = ["SADD", "tea:member:Ada"].into_iter();
        let add: Vec<&str> = add.chain(notes.iter().map(String::as_str)).collect();
        place.cli(&add);
    }
    let session = created(&store, "Ada").await;
    assert_eq!(names(&store, "Ada").await, BTreeSet::from([Name::of(&session.id)]));
}

#[tokio::test]
async fn what_another_program_has_written_breaks_nobody_elses_session() {
    let place = database::place();
    let store = place.sessions();
    let session = created(&store, "Ada").await;
    let [text, list] =
        [1, 2].map(|id| format!("tea:session:{}", Name::of(&Id(id))));
    place.cli(&["SET", &text, "no JSON"]);
    place.cli(&["LPUSH", &list, "no text"]);
    for key in [&text, &list] {
        let (_, name) = key.rsplit_once(':').expect("it has a name");
        place.cli(&["SADD", "tea:member:Ada", name, "no name"]);
    }
    place.cli(&["ZADD", "tea:ends", "1", "no note"]);
    assert_eq!(names(&store, "Ada").await, BTreeSet::from([Name::of(&session.id)]));
    for id in [1, 2] {
        store.load(&Id(id)).await.expect_err("it is no session");
    }
    assert!(store.delete_expired().await.expect("it sweeps").is_empty());
    store.save(&session).await.expect("it is saved");
    place.cli(&["DEL", "tea:member:Ada"]);
    place.cli(&["SET", "tea:member:Ada", "no set"]);
    store.save(&session).await.expect_err("it could not be found any more");
    assert!(store.load(&session.id).await.expect("it answers").is_some());
}

/// Half of a rotation has left a note of the name before.
#[tokio::test]
async fn hole_what_nobody_can_read_behind_a_rotation_takes_the_list_away() {
    let place = database::place();
    let store = place.sessions();
    let [mut adas, graces] =
        [created(&store, "Ada").await, created(&store, "Grace").await];
    let before = Name::of(&adas.id);
    store.rotate(&before, &mut adas).await.expect("it gets another name");
    let before = before.to_string();
    place.cli(&["SADD", "tea:member:Ada", &before]);
    let now = format!("tea:session:{}", Name::of(&adas.id));
    place.cli(&["SET", &now, "no JSON"]);
    store.entries_of(Some("Ada")).await.expect_err("hers cannot be read");
    let graces = BTreeSet::from([Name::of(&graces.id)]);
    assert_eq!(names(&store, "Grace").await, graces);
}

#[tokio::test]
async fn hole_who_may_write_in_redis_is_anybody() {
    let place = database::place();
    let store = place.sessions();
    let [adas, mallorys] =
        [created(&store, "Ada").await, created(&store, "Mallory").await];
    let [from, to] =
        [adas.id, mallorys.id].map(|id| format!("tea:session:{}", Name::of(&id)));
    place.cli(&["COPY", &from, &to, "REPLACE"]);
    let hers = store.load(&mallorys.id).await.expect("it answers");
    assert_eq!(hers.expect("it is there").data["member"], "Ada");
}

#[tokio::test]
async fn a_session_may_hold_16_kilobytes_and_no_more() {
    let store = database::place().sessions();
    let mut session = created(&store, "Ada").await;
    let around = r#"{"member":"Ada","x":""}"#.len();
    session.data.insert("x".to_owned(), "x".repeat(LONGEST - around).into());
    store.save(&session).await.expect("it has room");
    session.data.insert("x".to_owned(), "x".repeat(LONGEST - around + 1).into());
    store.save(&session).await.expect_err("it is too long");
    let kept = store.load(&session.id).await.expect("it answers");
    assert!(kept.is_some(), "the old one lives");
}

/// The note of a sweep that comes too early: this machine's clock is ahead.
#[tokio::test]
async fn a_sweep_takes_no_note_of_what_lives() {
    let place = database::place();
    let store = place.sessions();
    let session = created(&store, "Ada").await;
    let note = format!("{} Ada", Name::of(&session.id));
    place.cli(&["ZADD", "tea:ends", "1", &note]);
    assert!(store.delete_expired().await.expect("it sweeps").is_empty());
    assert_eq!(names(&store, "Ada").await.len(), 1);
    assert_eq!(store.entries_of(None).await.expect("it answers").len(), 1);
}

/// Several servers sweep, and each session that has expired is told once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_sweep_at_once_share_the_work() {
    let store = Arc::new(database::place().sessions());
    for _ in 0..1_000 {
        let mut expired = record("Ada");
        expired.expiry_date = OffsetDateTime::now_utc() - Duration::SECOND;
        store.create(&mut expired).await.expect("it is made");
    }
    let sweep = || {
        let store = store.clone();
        tokio::spawn(async move { store.delete_expired().await })
    };
    let (one, other) = (sweep(), sweep());
    let mut swept = Vec::new();
    for sweeping in [one, other] {
        swept.extend(sweeping.await.expect("no panic").expect("it sweeps"));
    }
    let once: BTreeSet<Name> = swept.iter().copied().collect();
    assert_eq!((swept.len(), once.len()), (1_000, 1_000));
}

fn refusal(url: &str) -> String {
    let key = secret::new_key();
    let place = database::place();
    let [_, accounts] = place.environment();
    let environment = [("SESSION_KEY", key.as_str()), ("REDIS_URL", url), accounts];
    trial::refuses_to_start(Start { program: PROGRAM, environment: &environment })
}

#[test]
fn without_a_redis_it_says_in_one_line_how_to_start_one() {
    // On the first port nobody listens.
    let message = refusal("redis://:a-secret@127.0.0.1:1");
    assert!(message.contains("Connection refused"), "{message}");
    assert!(message.contains("redis-server") && message.contains("REDIS_URL="));
    assert!(!message.contains("a-secret"), "{message}");
    for url in [
        "a-secret",
        "http://localhost",
        "rediss://localhost",
        "redis+sentinel://localhost:1",
    ] {
        let message = refusal(url);
        assert!(message.contains("REDIS_URL is not such as"), "{message}");
        assert!(!message.contains("a-secret"), "{message}");
    }
}

#[test]
fn a_wrong_password_is_one_line_without_it() {
    let redis = engines::Redis::start_with(&["requirepass a-secret", "save \"\""]);
    let url = redis.url().replace("redis://", "redis://:another-secret@");
    let message = refusal(&url);
    assert!(message.contains("assword"), "{message}");
    assert!(!message.contains("another-secret"), "{message}");
    let message = refusal(&redis.url());
    assert!(
        message.contains("NOAUTH") || message.contains("uthentication"),
        "{message}"
    );
}

#[test]
fn a_redis_that_evicts_sessions_is_refused() {
    let settings = ["maxmemory 64mb", "maxmemory-policy volatile-lru"];
    let redis = engines::Redis::start_with(&settings);
    let message = refusal(&redis.url());
    assert!(message.contains("evicts live sessions (volatile-lru)"), "{message}");
    assert!(message.contains("maxmemory-policy noeviction"), "{message}");
}

/// Whoever is to change an account, through a gate; and what is there.
async fn changing() -> (Place, Redis, Gate, Apart<Redis>, Account, Name) {
    let place = database::place();
    let gate = Gate::before(ENGINE.port()).await;
    let ports = [ENGINE.port(), gate.port].map(|it| it.to_string());
    let gated = Redis::at(&place.redis.replace(&ports[0], &ports[1]));
    let (store, gated) = (place.sessions(), gated.expect("a URL"));
    let accounts = place.accounts(&gated);
    let account = Account::new("Ada".to_owned(), "the old hash".to_owned());
    assert!(accounts.add(account.clone()).await.expect("it is kept"));
    let by = Name::of(&created(&store, "Ada").await.id);
    gated.load(&Id::default()).await.expect("it answers");
    (place, store, gate, accounts, account, by)
}

fn changed(account: &Account) -> Account {
    let other = Account::new("Ada".to_owned(), "another hash".to_owned());
    Account {
        stamp: other.stamp,
        password_hash: other.password_hash,
        ..account.clone()
    }
}

/// Between the account and the sessions: whoever has ended changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_by_a_session_that_ends_meanwhile_is_taken_back() {
    for commands in 0..3 {
        let (place, store, gate, accounts, account, by) = changing().await;
        gate.hold_after(commands);
        let (known, new) = (account.clone(), changed(&account));
        let acting =
            tokio::spawn(
                async move { accounts.set_password(&by, &known, &new).await },
            );
        gate.holds(commands).await;
        assert!(store.end(&by).await.expect("it answers"));
        gate.open();
        let outcome = acting.await.expect("it does not panic");
        outcome.expect_err("it has no right to that");
        let kept = place.accounts(&store).find("Ada").await.expect("it answers");
        assert_eq!(kept.as_ref(), Some(&account), "after {commands} commands");
    }
}

/// Nor does it help to hang up in this moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_whose_visitor_hangs_up_is_taken_back_all_the_same() {
    let (place, store, gate, accounts, account, by) = changing().await;
    gate.hold_after(1);
    let (known, new) = (account.clone(), changed(&account));
    let acting =
        tokio::spawn(async move { accounts.set_password(&by, &known, &new).await });
    gate.holds(1).await;
    assert!(store.end(&by).await.expect("it answers"));
    acting.abort();
    acting.await.expect_err("the visitor has gone");
    gate.open();
    let kept = place.accounts(&store);
    let back = async {
        while kept.find("Ada").await.expect("it answers").as_ref() != Some(&account)
        {
            task::yield_now().await;
        }
    };
    clock::timeout(PATIENCE, back).await.expect("it is taken back");
}

/// What PostgreSQL makes one transaction of, is two acts here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hole_a_server_that_dies_between_account_and_sessions_leaves_what_had_no_right()
 {
    let (place, store, gate, accounts, account, by) = changing().await;
    gate.hold_after(1);
    let (known, new) = (account.clone(), changed(&account));
    let server = Runtime::new().expect("a runtime");
    server.spawn(async move { accounts.set_password(&by, &known, &new).await });
    gate.holds(1).await;
    assert!(store.end(&by).await.expect("it answers"));
    server.shutdown_background();
    let kept = place.accounts(&store).find("Ada").await.expect("it answers");
    let kept = kept.expect("she is known");
    assert_eq!(kept.password_hash, "another hash");
    assert!(names(&store, "Ada").await.is_empty());
}

/// Nor does it leave anybody in: the account comes first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_between_account_and_sessions_lets_nobody_in() {
    let (place, store, gate, accounts, account, by) = changing().await;
    let mut thief = record("Ada");
    thief.data.insert("stamp".to_owned(), account.stamp.clone().into());
    store.create(&mut thief).await.expect("it is made");
    gate.hold_after(2);
    let (known, new) = (account.clone(), changed(&account));
    let server = Runtime::new().expect("a runtime");
    server.spawn(async move { accounts.set_password(&by, &known, &new).await });
    gate.holds(2).await;
    server.shutdown_background();
    let kept = place.accounts(&store).find("Ada").await.expect("it answers");
    let stamp = kept.expect("she is known").stamp;
    let left =
        store.load(&thief.id).await.expect("it answers").expect("it is there");
    assert_ne!(left.data["stamp"], stamp, "and nobody's");
}

/// Something that says that it is a Redis of this version, so many seconds ahead.
fn liar(version: &'static str, ahead: i64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has one");
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.expect("somebody comes");
            thread::spawn(move || lie(client, version, ahead));
        }
    });
    format!("redis://{address}")
}

fn lie(mut client: TcpStream, version: &str, ahead: i64) -> Option<()> {
    let mut asked = BufReader::new(client.try_clone().ok()?).lines();
    loop {
        let parts: usize = asked.next()?.ok()?.get(1..)?.parse().ok()?;
        let words: Vec<String> =
            asked.by_ref().take(2 * parts).map_while(Result::ok).collect();
        let answer = match words.get(1)?.as_str() {
            "HELLO" => "%1\r\n+server\r\n+redis\r\n".to_owned(),
            "INFO" => {
                let info = format!(
                    "redis_version:{version}\r\nmaxmemory:0\r\naof_enabled:1"
                );
                format!("${}\r\n{info}\r\n", info.len())
            }
            "TIME" => {
                let now = OffsetDateTime::now_utc().unix_timestamp() + ahead;
                let now = now.to_string();
                format!("*2\r\n${}\r\n{now}\r\n$1\r\n0\r\n", now.len())
            }
            _ => "+OK\r\n".to_owned(),
        };
        client.write_all(answer.as_bytes()).ok()?;
    }
}

#[test]
fn a_redis_whose_clock_is_another_one_is_one_line() {
    for ahead in [3600, -62] {
        let message = refusal(&liar("7.0.15", ahead));
        assert!(message.contains("the clock of Redis is "), "{message}");
        assert!(message.contains(" s ahead. Set both."), "{message}");
    }
}

#[test]
fn a_redis_that_is_too_old_is_one_line() {
    for version in ["6.0.16", "5.0.14", "no number"] {
        let message = refusal(&liar(version, 0));
        let says = format!("its version is {version}. Start 6.2 or a newer one");
        assert!(message.contains(&says), "{message}");
    }
}
