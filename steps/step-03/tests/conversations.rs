//! What the chapter says about this step, carried out.

use axum::{Router, http::StatusCode, routing::get};
use conversation::{Backend, Conversation, Held, Watched, record};
use step_03::app;
use time::Duration;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};
use trial::{Browser, Program};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-03");

fn server() -> (Router, Watched<MemoryStore>) {
    let store = Watched::new(MemoryStore::default());
    (app(store.clone()), store)
}

fn conversation(title: &str) -> Conversation {
    let (app, store) = server();
    Conversation::new(title, app, store)
}

#[tokio::test]
async fn a_session_is_a_row_and_a_cookie_that_names_it() {
    let mut story = conversation("A session in one picture");
    story.get("Ada", "/").await;
    story.get("Grace", "/").await;
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 2 times.")
    );
    record!(story, "in_one_picture");
}

#[tokio::test]
async fn the_second_visit_finds_the_count_of_the_first() {
    let mut story = conversation("A first and a second visit");
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 1 time.")
    );
    assert_eq!(story.last_calls(), ["create"]);
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 2 times.")
    );
    assert_eq!(story.last_calls(), ["load", "save"]);
    record!(story, "first_and_second_visit");
}

#[tokio::test]
async fn two_browsers_have_two_sessions() {
    let mut story = conversation("Two browsers, two sessions");
    story.get("Ada", "/").await;
    story.get("Ada", "/").await;
    assert!(
        story.get("Grace", "/").await.text.contains("You have been here 1 time.")
    );
    assert_eq!(story.rows().len(), 2);
    record!(story, "two_browsers");
}

#[tokio::test]
async fn a_page_that_needs_no_session_makes_no_call() {
    let mut story = conversation("A page that needs no session");
    let answer = story.get("Ada", "/about").await;
    assert_eq!(answer.header("set-cookie"), None);
    story.get("Ada", "/").await;
    let answer = story.get("Ada", "/about").await;
    assert_eq!(answer.header("set-cookie"), None);
    assert!(story.last_calls().is_empty());
    record!(story, "a_page_without_a_session");
}

#[tokio::test]
async fn a_forged_identifier_is_not_adopted() {
    let mut story = conversation("A forged identifier");
    story.attacker("Mallory");
    story.forge("Mallory", "id", "AAAAAAAAAAAAAAAAAAAAAA");
    story.get("Mallory", "/").await;
    assert_eq!(story.last_calls(), ["load", "create"]);
    assert_ne!(story.cookies("Mallory")[0].value, "AAAAAAAAAAAAAAAAAAAAAA");
    record!(story, "a_forged_identifier");
}

#[tokio::test]
async fn a_copied_cookie_is_the_session() {
    let mut story = conversation("A copied cookie");
    story.get("Ada", "/").await;
    story.steal("Ada", "Mallory");
    assert!(
        story
            .get("Mallory", "/")
            .await
            .text
            .contains("You have been here 2 times.")
    );
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 3 times.")
    );
    record!(story, "a_copied_cookie");
}

#[tokio::test]
async fn the_record_ends_after_two_weeks_without_a_visit() {
    let mut story = conversation("Two weeks without a visit");
    story.get("Ada", "/").await;
    story.pass(Duration::days(14)).await;
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 1 time.")
    );
    assert_eq!(story.last_calls(), ["load", "create"]);
    record!(story, "two_weeks_later");
}

#[tokio::test]
async fn a_restart_forgets_every_session() {
    let mut story = conversation("A restart");
    story.get("Ada", "/").await;
    story.get("Ada", "/").await;
    let (app, store) = server();
    story.restart(app, store);
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 1 time.")
    );
    record!(story, "a_restart");
}

#[tokio::test]
async fn the_library_alone_would_set_secure() {
    let greet = async |session: Session| {
        session.insert("visits", 1).await.expect("it is kept")
    };
    let layer = SessionManagerLayer::new(MemoryStore::default());
    let app = Router::new().route("/", get(greet)).layer(layer);
    let mut story = Conversation::new("The default", app, Held(Vec::new));
    let answer = story.get("Ada", "/").await;
    let cookie = answer.header("set-cookie").expect("a cookie is set");
    assert!(
        cookie.ends_with("; HttpOnly; SameSite=Strict; Secure; Path=/"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_route_added_after_the_layer_has_no_session() {
    let outside = async |_: Session| "never";
    let app = app(MemoryStore::default()).route("/outside", get(outside));
    let mut story = Conversation::new("Outside the layer", app, Held(Vec::new));
    let answer = story.get("Ada", "/outside").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        answer.body,
        "Can't extract session. Is `SessionManagerLayer` enabled?"
    );
}

#[tokio::test]
async fn a_failing_handler_saves_nothing() {
    let fail = async |session: Session| {
        session.insert("tea", "green").await.expect("it is noted");
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let store = Watched::new(MemoryStore::default());
    let app = Router::new()
        .route("/", get(fail))
        .layer(SessionManagerLayer::new(store.clone()));
    let mut story = Conversation::new("A failing handler", app, store);
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.header("set-cookie"), None);
    assert!(story.last_calls().is_empty() && story.rows().is_empty());
}

#[tokio::test]
async fn an_equal_value_is_no_change_and_saves_nothing() {
    let keep = async |session: Session| {
        session.insert("tea", "green").await.expect("it is kept")
    };
    let store = Watched::new(MemoryStore::default());
    let layer = SessionManagerLayer::new(store.clone()).with_secure(false);
    let app = Router::new().route("/", get(keep)).layer(layer);
    let mut story = Conversation::new("An equal value", app, store);
    story.get("Ada", "/").await;
    let answer = story.get("Ada", "/").await;
    assert_eq!(story.last_calls(), ["load"]);
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test]
async fn reading_alone_does_not_prolong_the_record() {
    let peek = async |session: Session| {
        session.get::<u64>("visits").await.expect("it is read");
    };
    let store = Watched::new(MemoryStore::default());
    let layer = SessionManagerLayer::new(store.clone()).with_secure(false);
    let peeking = Router::new().route("/peek", get(peek)).layer(layer);
    let app = peeking.merge(app(store.clone()));
    let mut story = Conversation::new("A session that is only read", app, store);
    story.get("Ada", "/").await;
    story.pass(Duration::days(13)).await;
    let answer = story.get("Ada", "/peek").await;
    assert_eq!(story.last_calls(), ["load"]);
    assert_eq!(answer.header("set-cookie"), None);
    story.pass(Duration::days(1)).await;
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 1 time.")
    );
}

#[tokio::test]
async fn an_identifier_is_22_characters_of_base64url() {
    let mut story = conversation("An identifier");
    story.get("Ada", "/").await;
    let id = story.cookies("Ada")[0].value.clone();
    assert_eq!(id.len(), 22, "{id}");
    assert!(
        id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'),
        "{id}"
    );
}

#[tokio::test]
async fn a_store_out_of_reach_gives_500_and_no_detail() {
    let (app, store) = server();
    let mut story = Conversation::new("A store out of reach", app, store.clone());
    story.get("Ada", "/").await;
    store.fail("connection refused (10.0.0.7:6379)");
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.body.contains("10.0.0.7"));
    store.recover();
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 2 times.")
    );
}

#[test]
fn ten_thousand_cookies_do_no_harm() {
    let (app, store) = server();
    let ids = || store.rows().into_iter().map(|row| row.id).collect();
    trial::throw_cookies(&app, "id", ids);
    trial::throw_requests(&app);
    trial::throw_garbage(PROGRAM);
}

#[test]
fn over_a_socket_a_browser_is_counted_until_the_restart() {
    let server = Program::start(PROGRAM);
    let (ada, grace) = (Browser::default(), Browser::default());
    assert!(ada.get(&server.url("/")).body.contains("<strong>1</strong> time."));
    assert!(ada.get(&server.url("/")).body.contains("<strong>2</strong> times."));
    assert!(grace.get(&server.url("/")).body.contains("<strong>1</strong> time."));
    drop(server);
    let server = Program::start(PROGRAM);
    assert!(ada.get(&server.url("/")).body.contains("<strong>1</strong> time."));
}

#[test]
fn a_taken_port_is_one_clear_line() {
    trial::refuses_a_taken_port(PROGRAM);
}

#[test]
fn ctrl_c_ends_it_cleanly() {
    trial::ends_when_told(PROGRAM, "INT");
}

#[test]
fn sigterm_ends_it_cleanly() {
    trial::ends_when_told(PROGRAM, "TERM");
}

#[test]
fn a_second_ctrl_c_ends_it_whatever_a_client_holds_open() {
    trial::ends_when_told_twice(PROGRAM);
}
