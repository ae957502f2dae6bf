//! What the chapter says about this step, carried out.

use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    http::{self, HeaderValue, Method, StatusCode, header},
    routing::{get, post},
};
use conversation::{Answer, Backend, Conversation, Request, Watched, record};
use futures_util::stream;
use http_body_util::BodyExt;
use step_10::{
    accounts::InMemory,
    app,
    naive::{self, Ending},
    secret,
    strict::Strict,
};
use time::{Duration, OffsetDateTime};
use tokio::sync::broadcast::{self, Sender};
use tower::ServiceExt;
use tower_sessions::{
    MemoryStore, Session, SessionManagerLayer, SessionStore,
    cookie::Key,
    session::{Id, Record},
};
use trial::{Browser, Program, Start};

/// The key of these tests: 64 bytes that nobody has to guess.
const KEY: [u8; 64] = [7; 64];
const PROGRAM: &str = env!("CARGO_BIN_EXE_step-10");
const COOKIE: &str = "__Host-id";
const PASSWORD: &str = "a cup before noon";

fn server() -> (Router, Watched<MemoryStore>) {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    (app(store.clone(), Key::from(&KEY), InMemory::default()), store)
}

fn conversation(title: &str) -> Conversation {
    let (app, store) = server();
    Conversation::new(title, app, store)
}

fn naive_conversation(title: &str, ending: Ending) -> Conversation {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    let accounts = InMemory::default();
    let app = naive::app(ending, store.clone(), Key::from(&KEY), accounts);
    let name = match ending {
        Ending::Delete => "delete",
        Ending::Clear => "clear",
        Ending::Remove => "remove",
        Ending::FlushOnly => "flush, and a store that is not strict",
    };
    Conversation::new(title, app, store).naive(name)
}

async fn buy(story: &mut Conversation, who: &str, tea: &str) -> Answer {
    story.post(who, "/basket", &format!("tea={tea}")).await
}

/// `who` registers under this name, and signs out again.
async fn register(story: &mut Conversation, who: &str) {
    let answer = give(story, who, "/register", who, PASSWORD).await;
    assert_eq!(answer.header("location"), Some("/member"));
    story.post(who, "/sign-out", "").await;
    assert!(story.cookies(who).is_empty());
}

async fn sign_in(story: &mut Conversation, who: &str) -> Answer {
    give(story, who, "/sign-in", who, PASSWORD).await
}

async fn give(
    story: &mut Conversation,
    who: &str,
    path: &str,
    name: &str,
    password: &str,
) -> Answer {
    let encode = |text: &str| text.replace(' ', "+");
    let fields = format!("name={}&password={}", encode(name), encode(password));
    story.post(who, path, &fields).await
}

fn is_member(answer: &Answer) -> bool {
    answer.text.contains("Sign out")
}

/// `who` has registered, is signed in, and has a packet in the basket.
async fn shops(story: &mut Conversation, who: &str) {
    give(story, who, "/register", who, PASSWORD).await;
    buy(story, who, "assam").await;
}

async fn sign_out(story: &mut Conversation, who: &str) -> Answer {
    story.post(who, "/sign-out", "").await
}

#[tokio::test]
async fn signing_out_ends_the_session_on_both_sides() {
    let mut story = conversation("Signing out");
    shops(&mut story, "Ada").await;
    let answer = sign_out(&mut story, "Ada").await;
    assert_eq!(answer.header("location"), Some("/"));
    assert_eq!(answer.header("clear-site-data"), Some(r#""storage""#));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
    let answer = story.get("Ada", "/").await;
    assert!(!is_member(&answer) && !answer.text.contains("1 × Assam"));
    record!(story, "signing_out");
}

#[tokio::test]
async fn a_copied_cookie_opens_nothing_after_sign_out() {
    let mut story = conversation("A copy of the cookie");
    shops(&mut story, "Ada").await;
    story.steal("Ada", "Mallory");
    assert!(is_member(&story.get("Mallory", "/member").await));
    sign_out(&mut story, "Ada").await;
    let answer = story.get("Mallory", "/member").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    record!(story, "replay");
}

#[tokio::test]
async fn delete_signs_nobody_out_who_has_been_away_for_a_minute() {
    let mut story = naive_conversation("Signing out by delete", Ending::Delete);
    shops(&mut story, "Ada").await;
    story.pass(Duration::minutes(2)).await;
    sign_out(&mut story, "Ada").await;
    assert!(is_member(&story.get("Ada", "/").await));
    record!(story, "signing_out_by_delete");
}

#[tokio::test]
async fn delete_signs_out_who_was_here_a_moment_ago() {
    let mut story = naive_conversation("Deleted at once", Ending::Delete);
    shops(&mut story, "Ada").await;
    sign_out(&mut story, "Ada").await;
    assert!(story.rows().is_empty());
    assert!(!story.cookies("Ada").is_empty(), "the cookie stays");
    assert!(!is_member(&story.get("Ada", "/").await));
}

/// What is left when somebody has signed out two minutes after the last visit.
async fn what_is_left(mut story: Conversation) -> String {
    shops(&mut story, "Ada").await;
    let before = story.rows()[0].id.clone();
    story.steal("Ada", "Mallory");
    story.pass(Duration::minutes(2)).await;
    sign_out(&mut story, "Ada").await;
    let record = match story.rows().first() {
        Some(row) if row.id == before => "stays",
        Some(_) => "another",
        None => "goes",
    };
    let cookie = if story.cookies("Ada").is_empty() { "goes" } else { "stays" };
    let ada = story.get("Ada", "/").await;
    // A visit in between would let the next one find another state than Ada left.
    let mallory = story.get("Mallory", "/").await;
    assert_eq!(is_member(&ada), is_member(&mallory));
    let yes = |is_so: bool| if is_so { "yes" } else { "no" };
    let basket = yes(mallory.text.contains("1 × Assam"));
    let member = yes(is_member(&mallory));
    format!("| {record} | {cookie} | {basket} | {member} |")
}

#[tokio::test]
async fn a_table_of_all_the_ways_to_sign_out() {
    let mut table = vec![
        "| sign-out by | the record | the cookie | its copy shows the basket | its copy is a member |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    for (call, ending) in [
        ("`remove`", Ending::Remove),
        ("`clear`", Ending::Clear),
        ("`delete`", Ending::Delete),
        ("`flush`", Ending::FlushOnly),
    ] {
        let left = what_is_left(naive_conversation(call, ending)).await;
        table.push(format!("| {call} {left}"));
    }
    let left = what_is_left(conversation("This chapter")).await;
    table.push(format!("| `flush`, and a strict store {left}"));
    let settings = conversation::snapshot_settings!();
    settings.bind(|| insta::assert_snapshot!("ways_to_sign_out", table.join("\n")));
}

/// Ada signs out while an order of hers is on its way: the server has loaded her session
/// and not saved it yet.
async fn an_order_beside_a_sign_out(story: &mut Conversation) -> Answer {
    shops(story, "Ada").await;
    let order = Request::new(Method::POST, "/basket").form("tea=sencha");
    story.begin("Ada", "load", order).await;
    story.says("Ada signs out in another tab.");
    sign_out(story, "Ada").await;
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
    story.finish("Ada").await
}

#[tokio::test]
async fn a_slow_request_brings_the_session_back() {
    let mut story = naive_conversation("Resurrection", Ending::FlushOnly);
    let late = an_order_beside_a_sign_out(&mut story).await;
    assert_eq!(late.status, StatusCode::SEE_OTHER);
    assert!(is_member(&story.get("Ada", "/").await));
    record!(story, "resurrection_succeeds");
}

#[tokio::test]
async fn a_strict_store_lets_no_slow_request_bring_the_session_back() {
    let mut story = conversation("No resurrection");
    let late = an_order_beside_a_sign_out(&mut story).await;
    assert_eq!(late.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(late.text.contains("you may have signed out meanwhile"));
    assert_eq!(late.header("set-cookie"), None);
    assert!(story.rows().is_empty());
    assert!(!is_member(&story.get("Ada", "/").await));
    record!(story, "resurrection_fails");
}

/// Ada signs out while a page of hers is on its way that she asked for after so long.
async fn a_page_beside_a_sign_out(
    story: &mut Conversation,
    away: Duration,
) -> Answer {
    shops(story, "Ada").await;
    story.pass(away).await;
    story.begin("Ada", "load", Request::new(Method::GET, "/member")).await;
    sign_out(story, "Ada").await;
    story.finish("Ada").await
}

#[tokio::test]
async fn a_page_that_notes_no_visit_arrives_late_and_brings_nothing_back() {
    let away = Duration::seconds(30);
    let mut naive = naive_conversation("A late page", Ending::FlushOnly);
    assert!(is_member(&a_page_beside_a_sign_out(&mut naive, away).await));
    assert!(naive.rows().is_empty());
    let mut strict = conversation("A late page, and a strict store");
    assert!(is_member(&a_page_beside_a_sign_out(&mut strict, away).await));
    assert!(strict.rows().is_empty());
}

#[tokio::test]
async fn a_page_that_notes_a_visit_brings_the_session_back_too() {
    let away = Duration::minutes(2);
    let mut naive = naive_conversation("A late visit", Ending::FlushOnly);
    a_page_beside_a_sign_out(&mut naive, away).await;
    assert!(is_member(&naive.get("Ada", "/").await));
    let mut strict = conversation("A late visit, in vain");
    let late = a_page_beside_a_sign_out(&mut strict, away).await;
    assert_eq!(late.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!is_member(&strict.get("Ada", "/").await));
}

#[tokio::test]
async fn nobody_comes_between_the_look_of_a_save_and_its_writing() {
    let watched = Watched::new(MemoryStore::default());
    let strict = Strict::new(watched.clone());
    let expiry_date = OffsetDateTime::now_utc() + Duration::hours(1);
    let mut record = Record { id: Id(0), data: Default::default(), expiry_date };
    strict.create(&mut record).await.expect("it is created");
    watched.hold(Some("load"));
    let go_on = async {
        assert!(watched.holds(), "the save has looked and not written");
        watched.hold(None);
        tokio::task::yield_now().await;
    };
    let (saved, deleted, ()) =
        tokio::join!(strict.save(&record), strict.delete(&record.id), go_on);
    saved.expect("it was still there");
    deleted.expect("its turn came");
    assert!(watched.rows().is_empty(), "the last word is the sign-out's");
}

#[tokio::test]
async fn only_the_log_tells_an_ended_session_from_a_store_that_is_away() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let mut story = conversation("Ended");
    let ended = an_order_beside_a_sign_out(&mut story).await;
    assert!(log.text().contains("the session has ended"), "{}", log.text());
    assert!(!log.text().contains("connection refused"));
    let (app, store) = server();
    let mut story = Conversation::new("Away", app, store.clone());
    shops(&mut story, "Ada").await;
    let order = Request::new(Method::POST, "/basket").form("tea=sencha");
    story.begin("Ada", "load", order).await;
    store.fail("connection refused");
    let away = story.finish("Ada").await;
    assert!(log.text().contains("connection refused"), "{}", log.text());
    assert_eq!((ended.status, ended.headers), (away.status, away.headers));
    assert_eq!(ended.body, away.body);
}

#[tokio::test]
async fn an_order_from_an_old_page_begins_another_session() {
    let mut story = conversation("An old page");
    shops(&mut story, "Ada").await;
    let before = story.rows()[0].id.clone();
    sign_out(&mut story, "Ada").await;
    buy(&mut story, "Ada", "sencha").await;
    assert_eq!(story.last_calls(), ["create"]);
    assert_ne!(story.rows()[0].id, before);
    let page = story.get("Ada", "/").await;
    assert!(!is_member(&page) && page.text.contains("1 × Sencha"));
    assert!(!page.text.contains("1 × Assam"));
}

// ANCHOR: is_still_in
/// Whether somebody is signed in now, whatever this request has loaded before.
async fn is_still_in(session: &Session) -> bool {
    let loaded = session.load().await;
    let name = session.get::<String>("name").await;
    loaded.is_ok() && matches!(name, Ok(Some(_)))
}
// ANCHOR_END: is_still_in

/// A server that sends a member each line of the news, for as long as she is signed in
/// if it asks.
fn news(lines: &Sender<&'static str>, asks: bool) -> Router {
    let lines = lines.clone();
    let news = async move |session: Session| {
        let begin = (lines.subscribe(), session);
        let stream =
            stream::unfold(begin, move |(mut lines, session)| async move {
                let line = lines.recv().await.ok()?;
                let is_in = !asks || is_still_in(&session).await;
                is_in.then_some((Ok::<_, Infallible>(line), (lines, session)))
            });
        Body::from_stream(stream)
    };
    let sign_in = async |session: Session| {
        session.cycle_id().await.expect("the store answers");
        session.insert("name", "Ada").await.expect("it is noted");
    };
    let sign_out = async |session: Session| {
        session.flush().await.expect("the store answers");
    };
    let store = Strict::new(MemoryStore::default());
    Router::new()
        .route("/news", get(news))
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
        .layer(SessionManagerLayer::new(store).with_name(COOKIE))
}

/// What Ada's open stream brings after she has sent this form.
async fn news_after(path: &str, asks: bool) -> Option<String> {
    let (lines, _) = broadcast::channel(2);
    let app = news(&lines, asks);
    let send = async |method: Method, path: &str, cookie: &HeaderValue| {
        let request = http::Request::builder().method(method).uri(path);
        let request = request.header(header::COOKIE, cookie);
        let request = request.body(Body::empty()).expect("a request");
        app.clone().oneshot(request).await.expect("an answer")
    };
    let nothing = HeaderValue::from_static("");
    let signed_in = send(Method::POST, "/sign-in", &nothing).await;
    let cookie = &signed_in.headers()[header::SET_COOKIE];
    let mut stream = send(Method::GET, "/news", cookie).await.into_body();
    let mut say = async |line| {
        lines.send(line).expect("the stream listens");
        let frame = stream.frame().await?.expect("it is not cut off");
        let bytes = frame.into_data().expect("there are no trailers");
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    assert_eq!(say("Assam is here.").await.as_deref(), Some("Assam is here."));
    send(Method::POST, path, cookie).await;
    say("Sencha is here.").await
}

#[tokio::test]
async fn hole_a_stream_goes_on_after_the_sign_out() {
    let said = news_after("/sign-out", false).await;
    assert_eq!(said.as_deref(), Some("Sencha is here."));
}

#[tokio::test]
async fn a_stream_that_asks_again_ends_with_the_session() {
    assert_eq!(news_after("/sign-out", true).await, None);
    assert_eq!(news_after("/sign-in", true).await, None, "another identifier");
}

/// Mallory knows the identifier under which Ada begins an order; before it is answered,
/// Ada signs in. What does Mallory see?
async fn an_order_beside_a_sign_in(story: &mut Conversation) -> Answer {
    register(story, "Ada").await;
    buy(story, "Ada", "assam").await;
    story.steal("Ada", "Mallory");
    let order = Request::new(Method::POST, "/basket").form("tea=sencha");
    story.begin("Ada", "load", order).await;
    sign_in(story, "Ada").await;
    story.finish("Ada").await;
    story.get("Mallory", "/").await
}

#[tokio::test]
async fn the_identifier_of_before_a_sign_in_can_come_back_too() {
    let mut naive = naive_conversation("The old identifier", Ending::FlushOnly);
    let answer = an_order_beside_a_sign_in(&mut naive).await;
    assert!(answer.text.contains("1 × Sencha") && !is_member(&answer));
    assert!(!is_member(&naive.get("Ada", "/").await), "and Ada is thrown out");
    let mut strict = conversation("The old identifier, in vain");
    let answer = an_order_beside_a_sign_in(&mut strict).await;
    assert!(!answer.text.contains("1 × Assam"));
    assert!(is_member(&strict.get("Ada", "/").await));
}

/// The identifier in the store after a `flush` and an `insert` in one request.
async fn after_flush_and_insert<Store: SessionStore + Clone>(
    store: Store,
    watched: Watched<MemoryStore>,
) -> bool {
    let begin = async |session: Session| {
        session.flush().await.expect("it ends");
        session.insert("member", "Ada").await.expect("it is noted");
    };
    let layer = SessionManagerLayer::new(store);
    let app = Router::new().route("/begin", post(begin)).layer(layer);
    let mut story = Conversation::new("An invented identifier", app, watched);
    let invented = Id(42).to_string();
    story.forge("Ada", "id", &invented);
    story.post("Ada", "/begin", "").await;
    story.rows()[0].id == invented
}

#[tokio::test]
async fn a_strict_store_gives_every_new_record_a_new_identifier() {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    assert!(after_flush_and_insert(store.clone(), store).await);
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    let strict = Strict::new(store.clone());
    assert!(!after_flush_and_insert(strict, store).await);
}

#[tokio::test]
async fn a_link_signs_nobody_out() {
    let mut story = conversation("A link");
    shops(&mut story, "Ada").await;
    let answer = story.get("Ada", "/sign-out").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(is_member(&story.get("Ada", "/").await));
}

#[tokio::test]
async fn every_page_of_a_member_has_the_way_out() {
    let mut story = conversation("The way out");
    shops(&mut story, "Ada").await;
    for path in ["/", "/member"] {
        let page = story.get("Ada", path).await.body;
        let form = r#"<form method="post" action="/sign-out">"#;
        assert!(page.contains(form), "{path}: {page}");
    }
}

#[tokio::test]
async fn nobody_is_told_goodbye_whose_session_could_not_be_ended() {
    let (app, store) = server();
    let mut story = Conversation::new("The store is away", app, store.clone());
    shops(&mut story, "Ada").await;
    store.fail("connection refused");
    let answer = sign_out(&mut story, "Ada").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.text.contains("connection refused"));
    store.recover();
    assert!(is_member(&story.get("Ada", "/").await));
    sign_out(&mut story, "Ada").await;
    assert!(story.rows().is_empty());
}

#[tokio::test]
async fn signing_out_twice_is_no_error() {
    let mut story = conversation("Twice");
    shops(&mut story, "Ada").await;
    let cookie = story.cookies("Ada")[0].value.clone();
    sign_out(&mut story, "Ada").await;
    assert_eq!(sign_out(&mut story, "Ada").await.status, StatusCode::SEE_OTHER);
    story.give("Ada", COOKIE, &cookie);
    assert_eq!(sign_out(&mut story, "Ada").await.status, StatusCode::SEE_OTHER);
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
}

#[tokio::test]
async fn the_identifier_changes_at_sign_in_and_the_basket_stays() {
    let mut story = conversation("Signing in");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    let before = story.rows()[0].id.clone();
    sign_in(&mut story, "Ada").await;
    assert_eq!(story.rows().len(), 1, "the old row is gone");
    assert_ne!(story.rows()[0].id, before);
    let answer = story.get("Ada", "/").await;
    assert!(is_member(&answer) && answer.text.contains("1 × Assam"));
}

#[tokio::test]
async fn the_identifier_of_before_opens_nothing_afterwards() {
    let mut story = conversation("The identifier of before");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    let before = story.cookies("Ada")[0].value.clone();
    sign_in(&mut story, "Ada").await;
    story.forge("Mallory", COOKIE, &before);
    let answer = story.get("Mallory", "/member").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
}

#[tokio::test]
async fn hole_a_session_is_that_of_whoever_has_the_name_next() {
    let (first, store) = server();
    let mut story = Conversation::new("A name, twice", first, store.clone());
    give(&mut story, "Ada", "/register", "Ada", PASSWORD).await;
    // The store is the same, and Ada's account is gone.
    let next = app(store.clone(), Key::from(&KEY), InMemory::default());
    story.restart(next, store);
    give(&mut story, "Grace", "/register", "Ada", PASSWORD).await;
    assert!(story.get("Ada", "/member").await.text.contains("You are Ada."));
}

#[tokio::test]
async fn another_member_in_the_same_browser_inherits_nothing() {
    let mut story = conversation("Two members, one browser");
    register(&mut story, "Grace").await;
    register(&mut story, "Ada").await;
    sign_in(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    let before = story.rows()[0].id.clone();
    story.says("Grace signs in in Ada's browser.");
    give(&mut story, "Ada", "/sign-in", "Grace", PASSWORD).await;
    let answer = story.get("Ada", "/").await;
    assert!(is_member(&answer) && answer.text.contains("Grace"));
    assert!(!answer.text.contains("1 × Assam"));
    assert_eq!(story.rows().len(), 1);
    assert_ne!(story.rows()[0].id, before);
}

#[tokio::test]
async fn signing_in_again_changes_the_identifier_and_keeps_the_basket() {
    let mut story = conversation("Again");
    register(&mut story, "Ada").await;
    sign_in(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    let before = story.rows()[0].id.clone();
    sign_in(&mut story, "Ada").await;
    assert_ne!(story.rows()[0].id, before);
    assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
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
async fn the_absolute_timeout_counts_from_the_sign_in() {
    let mut story = conversation("The time begins again");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    story.post("Ada", "/remember", "remember=true").await;
    story.pass(Duration::days(20)).await;
    sign_in(&mut story, "Ada").await;
    assert!(story.rows()[0].lives.expect("an end") <= Duration::minutes(30));
    assert!(story.rows()[0].data.contains(r#""remembered":false"#));
}

#[tokio::test]
async fn a_refusal_says_why_and_a_name_that_nobody_may_have_is_no_guess() {
    let mut story = conversation("Refused");
    let long = "x".repeat(1000);
    for name in [long.as_str(), "Ada"] {
        for tries in 0..6 {
            let answer =
                give(&mut story, "Ada", "/sign-in", name, "a guess of six").await;
            let (status, why) = if name == "Ada" && tries == 5 {
                (StatusCode::TOO_MANY_REQUESTS, "Too many tries. Wait a minute.")
            } else {
                (StatusCode::FORBIDDEN, "There is no member with this name")
            };
            assert_eq!(answer.status, status, "{tries}: {name}");
            assert!(answer.text.contains(why), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn each_form_asks_for_what_is_read_of_it() {
    let mut story = conversation("Forms");
    for (path, names) in
        [("/sign-in", ["name", "password"]), ("/register", ["name", "password"])]
    {
        let page = story.get("Ada", path).await.body;
        let form =
            page.split("<form").find(|it| it.contains(&format!("\"{path}\"")));
        for name in names {
            let field = format!("name=\"{name}\"");
            assert!(form.is_some_and(|it| it.contains(&field)), "{path}: {name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_sweeper_deletes_what_has_expired_and_nothing_else() {
    use step_10::sweep::{self, Swept};
    use tower_sessions::{SessionStore, session::Record};

    let watched = Watched::new(MemoryStore::default());
    let store = Swept::new(watched.clone());
    let hour = Duration::hours(1);
    let put = async |lives| {
        let (id, data) = Default::default();
        let expiry_date = time::OffsetDateTime::now_utc() + lives;
        let mut record = Record { id, data, expiry_date };
        store.create(&mut record).await.expect("it is made");
    };
    for (lives, swept, left) in [(-hour, 1, 0), (hour, 0, 1), (-hour, 1, 1)] {
        put(lives).await;
        assert_eq!(store.delete_expired().await.expect("it sweeps"), swept);
        assert_eq!(watched.rows().len(), left);
    }
    put(-hour).await;
    let minute = std::time::Duration::from_secs(60);
    let sweeper = tokio::spawn(sweep::every(minute, store.clone()));
    tokio::time::sleep(minute * 2).await;
    assert_eq!(watched.rows().len(), 1, "it comes back by itself");
    sweeper.abort();
}

#[tokio::test]
async fn only_members_see_the_page_for_members() {
    let mut story = conversation("For members");
    let answer = story.get("Grace", "/member").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), Some("/sign-in"));
    assert!(story.last_calls().is_empty());
    buy(&mut story, "Grace", "assam").await;
    let answer = story.get("Grace", "/member").await;
    assert_eq!(
        answer.header("location"),
        Some("/sign-in"),
        "a basket is no sign-in"
    );
}

#[tokio::test]
async fn a_basket_that_cannot_be_read_can_be_given_up() {
    let (app, store) = server();
    let mut story = Conversation::new("Unreadable", app, store.clone());
    register(&mut story, "Ada").await;
    sign_in(&mut story, "Ada").await;
    let id = story.rows()[0].id.parse().expect("an identifier");
    let mut record = store.load(&id).await.expect("it answers").expect("a record");
    record.data.insert("basket".to_owned(), 3.into());
    store.save(&record).await.expect("it is saved");
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.text.contains("Start over"), "{}", answer.text);
    story.post("Ada", "/start-over", "").await;
    let answer = story.get("Ada", "/").await;
    assert!(is_member(&answer) && answer.text.contains("nothing"));
}

#[tokio::test]
async fn emptying_the_basket_signs_no_member_out() {
    let mut story = conversation("An empty basket");
    register(&mut story, "Ada").await;
    sign_in(&mut story, "Ada").await;
    for path in ["/basket/take", "/start-over"] {
        buy(&mut story, "Ada", "assam").await;
        story.post("Ada", path, "tea=assam").await;
        let answer = story.get("Ada", "/").await;
        assert!(is_member(&answer) && !answer.text.contains("1 × Assam"));
    }
}

#[tokio::test]
async fn a_hostile_form_gets_a_clear_answer_and_no_session() {
    let mut story = conversation("Hostile forms");
    let long = "x".repeat(100_000);
    let huge = format!("name=Ada&password={}", "x".repeat(3 << 20));
    let forms = [
        "".to_owned(),
        "name=Ada".to_owned(),
        "password=secret+password".to_owned(),
        "name=&password=secret+password".to_owned(),
        "name=Ada%00&password=secret+password".to_owned(),
        "name=%ff&password=secret+password".to_owned(),
        "name=Ada&name=Grace&password=secret+password".to_owned(),
        format!("name={long}&password=secret+password"),
        format!("name=Ada&password={long}"),
        huge,
    ];
    for path in ["/sign-in", "/register"] {
        for fields in &forms {
            let answer = story.post("Mallory", path, fields).await;
            assert!(answer.status.is_client_error(), "{path} {fields:.60}");
            assert!(story.rows().is_empty(), "{path} {fields:.60}");
        }
    }
}

#[tokio::test]
async fn a_name_with_markup_is_shown_as_text() {
    let mut story = conversation("Markup");
    let name = "a<script>alert(1)</script>b";
    give(&mut story, "Mallory", "/register", name, PASSWORD).await;
    for path in ["/", "/member"] {
        let answer = story.get("Mallory", path).await;
        assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
        assert!(answer.body.contains("&lt;script&gt;"));
    }
}

#[tokio::test]
async fn neither_password_nor_identifier_reaches_log_row_or_page() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let mut story = conversation("Secrets");
    register(&mut story, "Ada").await;
    give(&mut story, "Ada", "/sign-in", "Ada", "a wrong secret").await;
    sign_in(&mut story, "Ada").await;
    let cookie = story.cookies("Ada")[0].value.clone();
    let page = story.get("Ada", "/member").await;
    let log = log.text();
    for secret in
        [PASSWORD, "a wrong secret", "argon2", &cookie[44..], &cookie[..44]]
    {
        for (place, text) in
            [("log", &log), ("row", &story.rows()[0].data), ("page", &page.body)]
        {
            assert!(!text.contains(secret), "{secret} in the {place}");
        }
    }
}

#[test]
fn new_key_makes_a_file_that_opens_the_shop() {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/step-10.key");
    // It would not write over the key of an earlier run.
    let _ = std::fs::remove_file(file);
    let made = std::process::Command::new(PROGRAM).args(["new-key", file]).status();
    assert!(made.expect("it starts").success());
    let server = Program::start(with_key(&[("SESSION_KEY_FILE", file)]));
    assert_eq!(Browser::default().get(&server.url("/")).status, 200);
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
        let page = story.get("Ada", "/").await.text;
        assert!(page.contains("Nothing is lost"), "{page}");
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
    trial::throw_lines(
        &app,
        &[
            ("/basket", "tea=*"),
            ("/remember", "remember=*"),
            ("/sign-in", "name=*&password=*"),
            ("/register", "name=*"),
        ],
    )
    .await;
    assert!(log.text().contains("a form is refused"), "{}", log.text());
}

#[tokio::test]
async fn a_password_manager_learns_which_password_is_asked_for() {
    let mut story = conversation("Which password");
    for (path, which) in
        [("/sign-in", "current-password"), ("/register", "new-password")]
    {
        let page = story.get("Ada", path).await.body;
        assert_eq!(page.matches("-password\"").count(), 1, "{path}");
        assert!(page.contains(&format!("autocomplete=\"{which}\"")), "{path}");
    }
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
fn over_a_socket_a_member_is_forgotten_at_the_restart() {
    let key = secret::new_key();
    let environment = [("SESSION_KEY", key.as_str())];
    let server = Program::start(with_key(&environment));
    let ada = Browser::default();
    let ada_s = [("name", "Ada"), ("password", PASSWORD)];
    let page = ada.send_form(&server.url("/register"), &ada_s).body;
    assert!(page.contains("You are <a href=\"/member\">Ada</a>"), "{page}");
    drop(server);
    let server = Program::start(with_key(&environment));
    let page = ada.get(&server.url("/member")).body;
    assert!(page.contains("Sign in"), "the memory is gone: {page}");
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
