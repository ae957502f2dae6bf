//! What the chapter says about this step, carried out.

use std::{cell::Cell, collections::HashMap, fmt::Write, time::Duration as Std};

use async_trait::async_trait;
use axum::{
    Router,
    routing::{get, post},
};
use conversation::{
    Answer, Backend, Conversation, Watched, record, record_outside_the_lab,
};
use step_08::{
    app,
    lifetime::{Limits, NOTED, REMEMBERED, USUAL},
    secret,
    sweep::{self, Swept},
};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    Expiry, MemoryStore, Session, SessionManagerLayer, SessionStore,
    cookie::Key,
    session::{Id, Record},
    session_store,
};
use trial::{Browser, Program, Start};

#[path = "../src/sorted.rs"]
mod sorted;
use sorted::Sorted;

/// The key of these tests: 64 bytes that nobody has to guess.
const KEY: [u8; 64] = [7; 64];
const PROGRAM: &str = env!("CARGO_BIN_EXE_step-08");
const COOKIE: &str = "__Host-id";

fn server() -> (Router, Watched<MemoryStore>) {
    let store = Watched::new(MemoryStore::default());
    (app(store.clone(), Key::from(&KEY)), store)
}

fn conversation(title: &str) -> Conversation {
    let (app, store) = server();
    Conversation::new(title, app, store)
}

async fn buy(story: &mut Conversation, who: &str, tea: &str) -> Answer {
    story.post(who, "/basket", &format!("tea={tea}")).await
}

/// How long the only row has to live.
fn lives(story: &Conversation) -> Duration {
    story.rows()[0].lives.expect("a record has an end")
}

/// The same to a few seconds, which a test may take.
fn about(one: Duration, other: Duration) -> bool {
    (one - other).abs() < Duration::seconds(20)
}

#[tokio::test]
async fn without_a_visit_a_session_ends_after_30_minutes() {
    let mut story = conversation("The idle timeout");
    buy(&mut story, "Ada", "assam").await;
    assert!(about(lives(&story), USUAL.idle));
    story.pass(Duration::minutes(29)).await;
    assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
    story.pass(Duration::minutes(31)).await;
    assert!(!story.get("Ada", "/").await.text.contains("1 × Assam"));
    assert!(story.cookies("Ada").is_empty(), "and the browser forgets it");
    record!(story, "the_idle_timeout");
}

#[tokio::test]
async fn looking_extends_a_session_and_writes_once_a_minute() {
    let mut story = conversation("Looking around");
    buy(&mut story, "Ada", "assam").await;
    let answer = story.get("Ada", "/").await;
    assert_eq!(story.last_calls(), ["load"], "noted a moment ago");
    assert_eq!(answer.header("set-cookie"), None);
    story.pass(Duration::minutes(20)).await;
    story.get("Ada", "/about").await;
    assert_eq!(story.last_calls(), ["load", "save"]);
    assert!(about(lives(&story), USUAL.idle));
    story.get("Ada", "/").await;
    assert_eq!(story.last_calls(), ["load"]);
    record!(story, "looking_around");
}

#[tokio::test]
async fn a_hundred_visits_within_a_minute_write_nothing() {
    let mut story = conversation("A hundred visits");
    buy(&mut story, "Ada", "assam").await;
    for _ in 0..100 {
        story.get("Ada", "/").await;
        assert_eq!(story.last_calls(), ["load"]);
    }
}

#[tokio::test]
async fn the_idle_timeout_may_be_a_minute_short() {
    let mut story = conversation("A visit too early to be noted");
    buy(&mut story, "Ada", "assam").await;
    story.pass(Duration::seconds(50)).await;
    story.get("Ada", "/").await;
    assert_eq!(story.last_calls(), ["load"]);
    story.pass(Duration::seconds(29 * 60 + 20)).await;
    assert!(!story.get("Ada", "/").await.text.contains("1 × Assam"));
}

/// A store in which another request always saves between this one's load and its save.
#[derive(Clone, Debug)]
struct Overtaken(Watched<MemoryStore>);

#[async_trait]
impl SessionStore for Overtaken {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        self.0.create(record).await
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.0.save(record).await
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let loaded = self.0.load(id).await?;
        if let Some(mut record) = loaded.clone() {
            record.data.insert("beside".to_owned(), true.into());
            self.0.save(&record).await?;
        }
        Ok(loaded)
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.0.delete(id).await
    }
}

#[tokio::test]
async fn a_visit_that_is_noted_undoes_what_a_request_beside_it_wrote() {
    let store = Watched::new(MemoryStore::default());
    let app = app(Overtaken(store.clone()), Key::from(&KEY));
    let mut story = Conversation::new("Two requests at once", app, store);
    buy(&mut story, "Ada", "assam").await;
    story.pass(NOTED).await;
    story.get("Ada", "/").await;
    assert!(!story.rows()[0].data.contains("beside"), "it saves what it loaded");
    story.get("Ada", "/").await;
    assert!(story.rows()[0].data.contains("beside"), "it saves nothing");
}

/// What a busy machine may take between two requests of a test.
const MOMENT: Duration = Duration::seconds(30);

#[tokio::test]
async fn a_visit_is_noted_a_minute_after_the_last_and_no_sooner() {
    let mut story = conversation("Two visits");
    buy(&mut story, "Ada", "assam").await;
    story.pass(Duration::minutes(1) - MOMENT).await;
    story.get("Ada", "/").await;
    assert_eq!(story.last_calls(), ["load"]);
    story.pass(MOMENT).await;
    story.get("Ada", "/").await;
    assert_eq!(story.last_calls().last(), Some(&"save"));
}

/// Whether the basket is there at the last visit, with these times in between.
async fn is_kept(choice: &str, waits: &[Duration]) -> bool {
    let mut story = conversation("Timeouts");
    buy(&mut story, "Ada", "assam").await;
    story.post("Ada", "/remember", choice).await;
    let mut kept = true;
    for wait in waits {
        story.pass(*wait).await;
        kept = story.get("Ada", "/").await.text.contains("1 × Assam");
    }
    kept
}

#[tokio::test]
async fn each_timeout_comes_at_its_time_and_no_sooner() {
    for (choice, idle, absolute) in [
        ("remember=false", Duration::minutes(30), Duration::hours(12)),
        ("remember=true", Duration::days(30), Duration::days(90)),
    ] {
        assert!(is_kept(choice, &[idle - MOMENT]).await, "{choice}: {idle}");
        assert!(!is_kept(choice, &[idle]).await, "{choice}: {idle}");
        let between = idle * 2 / 3;
        let visits = ((absolute - MOMENT) / between) as i32;
        let busy = vec![between; visits as usize];
        let rest = absolute - between * visits;
        let sooner = [busy.clone(), vec![rest - MOMENT]].concat();
        assert!(is_kept(choice, &sooner).await, "{choice}: {absolute}");
        let in_time = [busy, vec![rest]].concat();
        assert!(!is_kept(choice, &in_time).await, "{choice}: {absolute}");
    }
}

#[tokio::test]
async fn hole_a_page_that_polls_is_never_idle() {
    let mut story = conversation("A page that asks by itself");
    buy(&mut story, "Ada", "assam").await;
    // Ada has gone. The page goes on, every ten minutes, for eleven hours.
    for _ in 0..66 {
        story.pass(Duration::minutes(10)).await;
        story.get("Ada", "/about").await;
    }
    assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
}

#[tokio::test]
async fn hole_a_session_from_a_clock_that_was_ahead_outlives_both_timeouts() {
    let mut story = conversation("A clock that is set right");
    buy(&mut story, "Ada", "assam").await;
    story.pass(Duration::days(-30)).await;
    story.pass(Duration::days(29)).await;
    assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
}

/// The shop, and a route that reads its sessions and stands outside of `keep`.
fn with_a_poll(store: Watched<MemoryStore>) -> Router {
    let poll = async |session: Session| {
        let basket = session.get_value("basket").await;
        if basket.is_ok_and(|it| it.is_some()) { "full" } else { "empty" }
    };
    let sessions = SessionManagerLayer::new(store.clone())
        .with_name(COOKIE)
        .with_signed(Key::from(&KEY));
    let poll = Router::new().route("/poll", get(poll)).layer(sessions);
    app(store, Key::from(&KEY)).merge(poll)
}

#[tokio::test]
async fn a_route_outside_of_keep_reads_the_session_and_is_no_visit() {
    let store = Watched::new(MemoryStore::default());
    let app = with_a_poll(store.clone());
    let mut story = Conversation::new("No visit", app, store);
    buy(&mut story, "Ada", "assam").await;
    for _ in 0..2 {
        story.pass(Duration::minutes(10)).await;
        assert_eq!(story.get("Ada", "/poll").await.text, "full");
        assert_eq!(story.last_calls(), ["load"]);
    }
    story.pass(Duration::minutes(11)).await;
    assert_eq!(story.get("Ada", "/poll").await.text, "empty");
}

#[tokio::test]
async fn however_often_it_is_used_a_session_ends_after_12_hours() {
    let mut story = conversation("The absolute timeout");
    buy(&mut story, "Ada", "assam").await;
    for visit in 0..12 * 60 / 20 {
        let answer = story.get("Ada", "/").await;
        assert!(answer.text.contains("1 × Assam"), "visit {visit}");
        story.pass(Duration::minutes(20)).await;
    }
    assert!(!story.get("Ada", "/").await.text.contains("1 × Assam"), "12 hours");
    assert!(story.cookies("Ada").is_empty());
}

#[tokio::test]
async fn a_new_session_after_the_end_has_a_new_identifier() {
    let mut story = conversation("After the end");
    buy(&mut story, "Ada", "assam").await;
    let first = story.rows()[0].id.clone();
    story.pass(USUAL.idle + Duration::minutes(1)).await;
    buy(&mut story, "Ada", "assam").await;
    assert!(story.cookies("Ada")[0].value.ends_with(&story.rows()[1].id));
    assert_ne!(story.rows()[1].id, first);
}

#[tokio::test]
async fn a_cookie_that_is_kept_too_long_opens_nothing() {
    let mut story = conversation("A cookie kept too long");
    buy(&mut story, "Ada", "assam").await;
    let kept = story.cookies("Ada")[0].value.clone();
    story.attacker("Mallory");
    story.says(
        "Mallory has copied the cookie, and no browser tells her when it ends.",
    );
    story.pass(Duration::minutes(31)).await;
    story.forge("Mallory", COOKIE, &kept);
    let answer = story.get("Mallory", "/").await;
    assert_eq!(story.last_calls(), ["load"]);
    assert!(!answer.text.contains("1 × Assam"));
    record!(story, "a_cookie_kept_too_long");
}

#[tokio::test]
async fn the_cookie_goes_with_the_browser_unless_it_is_to_be_remembered() {
    let mut story = conversation("Remember me");
    let bought = buy(&mut story, "Ada", "assam").await;
    let cookie = bought.header("set-cookie").expect("a session is made");
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Expires"));
    let answer = story.post("Ada", "/remember", "remember=true").await;
    let cookie = answer.header("set-cookie").expect("the choice is a change");
    assert!(cookie.ends_with("; Max-Age=2592000"), "{cookie}");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax; Secure; Path=/;"));
    assert!(about(lives(&story), REMEMBERED.idle));
    story.pass(Duration::days(20)).await;
    assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
    assert!(about(lives(&story), REMEMBERED.idle), "the visit extends it");
    record!(story, "remember_me");
}

#[tokio::test]
async fn the_choice_survives_the_next_change() {
    let mut story = conversation("The choice survives");
    buy(&mut story, "Ada", "assam").await;
    story.post("Ada", "/remember", "remember=true").await;
    let answer = buy(&mut story, "Ada", "oolong").await;
    let cookie = answer.header("set-cookie").expect("the basket has changed");
    assert!(cookie.ends_with("; Max-Age=2592000"), "{cookie}");
    assert!(about(lives(&story), REMEMBERED.idle));
}

#[tokio::test]
async fn the_choice_can_be_taken_back() {
    let mut story = conversation("The choice taken back");
    buy(&mut story, "Ada", "assam").await;
    story.post("Ada", "/remember", "remember=true").await;
    let answer = story.post("Ada", "/remember", "remember=false").await;
    let cookie = answer.header("set-cookie").expect("the choice is a change");
    assert!(!cookie.contains("Max-Age"), "{cookie}");
    assert!(about(lives(&story), USUAL.idle));
}

#[tokio::test]
async fn a_choice_taken_back_after_12_hours_ends_the_session() {
    let mut story = conversation("The choice taken back late");
    buy(&mut story, "Ada", "assam").await;
    story.post("Ada", "/remember", "remember=true").await;
    story.pass(Duration::hours(13)).await;
    story.post("Ada", "/remember", "remember=false").await;
    assert!(lives(&story) < Duration::ZERO, "{}", lives(&story));
    assert!(!story.get("Ada", "/").await.text.contains("1 × Assam"));
}

#[tokio::test]
async fn a_remembered_session_ends_after_90_days() {
    let mut story = conversation("Ninety days");
    buy(&mut story, "Ada", "assam").await;
    story.post("Ada", "/remember", "remember=true").await;
    for _ in 0..4 {
        story.pass(Duration::days(20)).await;
        assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
    }
    assert!(about(lives(&story), Duration::days(10)), "{}", lives(&story));
    story.pass(Duration::days(10)).await;
    assert!(!story.get("Ada", "/").await.text.contains("1 × Assam"));
}

#[tokio::test]
async fn without_a_session_there_is_nothing_to_remember() {
    let mut story = conversation("Nothing to remember");
    let answer = story.post("Ada", "/remember", "remember=true").await;
    assert_eq!(answer.header("set-cookie"), None);
    assert!(story.rows().is_empty() && story.last_calls().is_empty());
}

#[test]
fn a_table_of_all_the_timeouts() {
    let mut table =
        String::from("| session | idle | absolute | cookie |\n|---|---|---|---|\n");
    let rows: [(&str, Limits, &str); 2] = [
        ("a basket", USUAL, "until the browser closes"),
        ("a basket to remember", REMEMBERED, "Max-Age, as long as the record"),
    ];
    for (name, limits, cookie) in rows {
        let Limits { idle, absolute } = limits;
        writeln!(
            table,
            "| {name} | {} | {} | {cookie} |",
            words(idle),
            words(absolute)
        )
        .expect("a string takes everything");
    }
    writeln!(table, "\nA visit is noted at most once in {}.", words(NOTED))
        .expect("as above");
    conversation::snapshot_settings!()
        .bind(|| insta::assert_snapshot!("all_the_timeouts", table));
    assert!(REMEMBERED.idle <= Duration::days(400), "RFC 6265bis, section 5.5");
}

fn words(time: Duration) -> String {
    match (time.whole_days(), time.whole_hours(), time.whole_minutes()) {
        (0, 0, 1) => "a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} minutes"),
        (0, hours, _) => format!("{hours} hours"),
        (days, ..) => format!("{days} days"),
    }
}

// ANCHOR: on_its_own
/// A server that leaves the lifetime to tower-sessions: `expiry`, or 30 days on demand.
fn on_its_own(store: Watched<MemoryStore>, expiry: Expiry) -> Router {
    let change = async |session: Session| {
        let number: u64 =
            session.get("number").await.expect("it fits").unwrap_or(0);
        session.insert("number", number + 1).await.expect("it is noted");
    };
    let remember = async |session: Session| {
        session.set_expiry(Some(Expiry::OnInactivity(Duration::days(30))));
    };
    let read = async |session: Session| {
        let number: Option<u64> = session.get("number").await.expect("it fits");
        format!("{number:?}")
    };
    Router::new()
        .route("/change", post(change))
        .route("/remember", post(remember))
        .route("/read", post(read))
        .layer(SessionManagerLayer::new(store).with_expiry(expiry))
}

const TWENTY_MINUTES: Expiry = Expiry::OnInactivity(Duration::minutes(20));
// ANCHOR_END: on_its_own

fn story_on_its_own(title: &str, expiry: Expiry) -> Conversation {
    let store = Watched::new(MemoryStore::default());
    Conversation::new(title, on_its_own(store.clone(), expiry), store)
}

#[tokio::test]
async fn on_session_end_the_record_lives_for_two_weeks() {
    let mut story = story_on_its_own("On session end", Expiry::OnSessionEnd);
    let answer = story.post("Ada", "/change", "").await;
    let cookie = answer.header("set-cookie").expect("it is a change");
    assert!(!cookie.contains("Max-Age"), "{cookie}");
    assert!(about(lives(&story), Duration::weeks(2)));
}

#[tokio::test]
async fn what_set_expiry_says_is_forgotten_at_the_next_change() {
    let mut story = story_on_its_own("A forgotten choice", TWENTY_MINUTES);
    story.post("Ada", "/change", "").await;
    let answer = story.post("Ada", "/remember", "").await;
    let cookie = answer.header("set-cookie").expect("it is a change");
    assert!(cookie.contains("Max-Age=2592000"), "{cookie}");
    assert!(about(lives(&story), Duration::days(30)));
    let answer = story.post("Ada", "/change", "").await;
    let cookie = answer.header("set-cookie").expect("it is a change");
    assert!(cookie.contains("Max-Age=1200"), "{cookie}");
    assert!(about(lives(&story), Duration::minutes(20)));
    record_outside_the_lab!(story, "a_forgotten_choice");
}

#[tokio::test]
async fn on_inactivity_counts_from_the_last_change_and_not_the_last_visit() {
    let mut story = story_on_its_own("On inactivity", TWENTY_MINUTES);
    story.post("Ada", "/change", "").await;
    story.pass(Duration::minutes(19)).await;
    assert_eq!(story.post("Ada", "/read", "").await.body, "Some(1)");
    story.pass(Duration::minutes(2)).await;
    assert_eq!(story.post("Ada", "/read", "").await.body, "None");
}

/// The same end for one session, given as a duration and as a date.
#[tokio::test]
async fn a_date_costs_the_cookie_a_second_that_a_duration_does_not() {
    let length = Duration::days(30);
    let rules: [fn(Duration) -> Expiry; 2] = [Expiry::OnInactivity, |length| {
        Expiry::AtDateTime(OffsetDateTime::now_utc() + length)
    }];
    let mut seconds = Vec::new();
    for rule in rules {
        let keep = async move |session: Session| {
            session.insert("number", 1).await.expect("it is noted");
            session.set_expiry(Some(rule(length)));
        };
        let store = Watched::new(MemoryStore::default());
        let app = Router::new()
            .route("/keep", post(keep))
            .layer(SessionManagerLayer::new(store.clone()));
        let mut story = Conversation::new("Thirty days", app, store);
        let answer = story.post("Ada", "/keep", "").await;
        let cookie = answer.header("set-cookie").expect("it is a change");
        let (_, age) = cookie.split_once("Max-Age=").expect("it has an end");
        seconds.push(age.parse::<i64>().expect("seconds"));
        assert!(about(lives(&story), length), "the record lives as long");
    }
    assert_eq!(seconds[0], length.whole_seconds());
    assert!(seconds[1] < length.whole_seconds(), "{seconds:?}");
}

#[tokio::test]
async fn a_date_at_the_layer_is_one_instant_for_everybody() {
    let end = OffsetDateTime::now_utc() + Duration::hours(1);
    let mut story = story_on_its_own("One instant", Expiry::AtDateTime(end));
    story.post("Ada", "/change", "").await;
    story.pass(Duration::minutes(59)).await;
    story.post("Grace", "/change", "").await;
    // Rows have aged, the layer's date has not: Grace's ends with Ada's, an hour after the start.
    assert!(story.rows()[1].lives.expect("an end") <= Duration::hours(1));
}

#[tokio::test]
async fn after_its_date_the_layer_gives_nobody_a_session() {
    let end = OffsetDateTime::now_utc() - Duration::seconds(1);
    let mut story = story_on_its_own("Too late", Expiry::AtDateTime(end));
    story.post("Ada", "/change", "").await;
    assert!(lives(&story) <= Duration::ZERO);
    assert!(story.cookies("Ada").is_empty());
}

#[tokio::test]
async fn the_memory_store_keeps_what_has_expired() {
    let (all, expired) = (1_000, 900);
    let store = MemoryStore::default();
    fill(&store, all, expired).await;
    assert_eq!(held(&store), all);
}

#[tokio::test]
async fn a_swept_store_keeps_what_is_alive() {
    let (all, expired) = (1_000, 900);
    let inner = MemoryStore::default();
    let store = Swept::new(inner.clone());
    let ids = fill(&store, all, expired).await;
    assert_eq!(store.delete_expired().await.expect("it sweeps"), expired);
    assert_eq!(held(&inner), all - expired);
    for id in &ids[expired..] {
        assert!(store.load(id).await.expect("it answers").is_some());
    }
    assert_eq!(store.delete_expired().await.expect("it sweeps"), 0);
}

#[test]
fn a_sweep_looks_at_what_has_expired_and_at_one_record_more() {
    for alive in [10, 10_000] {
        let mut ends = Sorted::default();
        for number in 0..alive + 5 {
            // Not in their order: 7 divides neither 15 nor 10,005.
            let end = number * 7 % (alive + 5);
            ends.put(Id(number), end);
        }
        let looks = Cell::new(0);
        let expired = ends.first_while(|end| {
            looks.set(looks.get() + 1);
            *end < 5
        });
        assert_eq!(
            (expired.len(), looks.get()),
            (5, 6),
            "of {alive} that are alive"
        );
    }
}

#[tokio::test]
async fn a_session_extended_in_time_is_not_swept() {
    let inner = MemoryStore::default();
    let store = Swept::new(inner.clone());
    let mut ending = record(Duration::seconds(-1));
    store.create(&mut ending).await.expect("it is made");
    ending.expiry_date += Duration::hours(1);
    store.save(&ending).await.expect("it is extended");
    assert_eq!(store.delete_expired().await.expect("it sweeps"), 0);
    assert_eq!(held(&inner), 1);
}

#[tokio::test(start_paused = true)]
async fn the_sweeper_comes_back_after_a_failure() {
    let watched = Watched::new(MemoryStore::default());
    let store = Swept::new(watched.clone());
    fill(&store, 10, 10).await;
    watched.fail("connection refused");
    let sweeper = tokio::spawn(sweep::every(Std::from_secs(60), store));
    tokio::time::sleep(Std::from_secs(61)).await;
    assert_eq!(watched.rows().len(), 10);
    watched.recover();
    tokio::time::sleep(Std::from_secs(60)).await;
    assert_eq!(watched.rows().len(), 0);
    sweeper.abort();
}

/// Puts in `all` records, of which the first `expired` have expired.
async fn fill(store: &impl SessionStore, all: usize, expired: usize) -> Vec<Id> {
    let mut ids = Vec::new();
    for number in 0..all {
        let lives = if number < expired { -1 } else { 3_600 };
        let mut record = record(Duration::seconds(lives));
        store.create(&mut record).await.expect("the store takes it");
        ids.push(record.id);
    }
    ids
}

fn record(lives: Duration) -> Record {
    let expiry_date = OffsetDateTime::now_utc() + lives;
    Record { id: Id::default(), data: HashMap::new(), expiry_date }
}

/// How many records a `MemoryStore` holds. It does not say so itself, but its `Debug` does.
fn held(store: &MemoryStore) -> usize {
    format!("{store:?}").matches("expiry_date").count()
}

#[test]
fn without_a_key_it_refuses_to_start() {
    let message = trial::refuses_to_start(PROGRAM);
    assert!(message.contains("there is no key"), "{message}");
}

#[tokio::test]
async fn only_the_cookie_of_exactly_this_name_counts() {
    let (app, store) = server();
    let mut story = Conversation::new("Two names", app.clone(), store);
    buy(&mut story, "Ada", "assam").await;
    buy(&mut story, "Mallory", "sencha").await;
    let mut value = |who| story.cookies(who)[0].value.clone();
    let (ada, mallory) = (value("Ada"), value("Mallory"));
    let [ada, mallory] = [(&*ada, "1 × Assam"), (&*mallory, "1 × Sencha")];
    let confusing = trial::confusing_cookies(&app, COOKIE, ada, mallory).await;
    assert!(confusing.is_empty(), "{confusing:#?}");
}

#[tokio::test]
async fn a_basket_holds_at_most_20_packets_of_a_tea() {
    let mut story = conversation("A large basket");
    for packets in 1..=22 {
        buy(&mut story, "Ada", "assam").await;
        let held = format!(r#""assam":{}"#, packets.min(20));
        assert!(story.rows()[0].data.contains(&held), "after {packets}");
    }
}

#[tokio::test]
async fn the_log_is_told_the_first_100_characters_of_a_cause() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let (app, store) = server();
    let mut story = Conversation::new("A long cause", app, store.clone());
    buy(&mut story, "Ada", "assam").await;
    for cause in ["connection refused", &"é".repeat(200)] {
        store.fail(cause);
        story.get("Ada", "/").await;
    }
    let text = log.text();
    assert!(text.contains("connection refused"), "{text}");
    let told = text.split("cause=\"").skip(1).filter_map(|it| it.split('"').next());
    assert_eq!(told.map(|cause| cause.chars().count()).max(), Some(100), "{text}");
}

#[tokio::test]
async fn no_form_writes_a_line_into_the_log() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let (app, _) = server();
    trial::throw_lines(&app, &[("/basket", "tea=*"), ("/remember", "remember=*")])
        .await;
    assert!(log.text().contains("a form is refused"), "{}", log.text());
}

#[test]
fn ten_thousand_cookies_do_no_harm() {
    let (app, store) = server();
    let ids = || store.rows().into_iter().map(|row| row.id).collect();
    trial::throw_cookies(&app, COOKIE, ids);
    trial::throw_cookies_with_form(&app, COOKIE, ("/basket", "tea=assam"), ids);
    trial::throw_requests(&app);
    let key = secret::new_key();
    trial::throw_garbage(with_key(&[("SESSION_KEY", &key)]));
}

fn with_key<'a>(environment: &'a [(&'a str, &'a str)]) -> Start<'a> {
    Start { program: PROGRAM, environment }
}

#[test]
fn over_a_socket_a_browser_keeps_its_basket_until_the_restart() {
    let key = secret::new_key();
    let environment = [("SESSION_KEY", key.as_str())];
    let server = Program::start(with_key(&environment));
    let ada = Browser::default();
    let page = ada.send_form(&server.url("/basket"), &[("tea", "assam")]).body;
    assert!(page.contains("1 × Assam"), "{page}");
    drop(server);
    let server = Program::start(with_key(&environment));
    let page = ada.get(&server.url("/")).body;
    assert!(!page.contains("× Assam"), "the memory is gone: {page}");
}

#[test]
fn a_taken_port_is_one_clear_line() {
    let key = secret::new_key();
    trial::refuses_a_taken_port(with_key(&[("SESSION_KEY", &key)]));
}

#[test]
fn ctrl_c_ends_it_cleanly() {
    let key = secret::new_key();
    trial::ends_when_told(with_key(&[("SESSION_KEY", &key)]), "INT");
}

#[test]
fn sigterm_ends_it_cleanly() {
    let key = secret::new_key();
    trial::ends_when_told(with_key(&[("SESSION_KEY", &key)]), "TERM");
}

#[test]
fn a_second_ctrl_c_ends_it_whatever_a_client_holds_open() {
    let key = secret::new_key();
    trial::ends_when_told_twice(with_key(&[("SESSION_KEY", &key)]));
}
