//! What the chapter says about this step, carried out.

use axum::{Router, http::StatusCode, routing::get};
use conversation::{Backend, Conversation, Watched, record};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use step_04::app;
use time::Duration;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};
use trial::{Browser, Program};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-04");

fn server() -> (Router, Watched<MemoryStore>) {
    let store = Watched::new(MemoryStore::default());
    (app(store.clone()), store)
}

fn conversation(title: &str) -> Conversation {
    let (app, store) = server();
    Conversation::new(title, app, store)
}

#[tokio::test]
async fn the_second_visit_knows_when_the_first_one_was() {
    let mut story = conversation("A date in the session");
    let first = story.get("Ada", "/").await;
    assert!(!first.text.contains("Your last visit"));
    story.pass(Duration::minutes(30)).await;
    let second = story.get("Ada", "/").await;
    assert!(second.text.contains("You have been here 2 times."));
    assert!(second.text.contains("Your last visit: "));
    record!(story, "a_date_in_the_session");
}

#[tokio::test]
async fn a_row_of_an_older_version_still_loads() {
    let mut story =
        with_row("A row of an older version", json!({"visits": {"count": 3}}))
            .await;
    let answer = story.get("Ada", "/").await;
    assert!(answer.text.contains("You have been here 4 times."));
    assert!(!answer.text.contains("Your last visit"));
    assert!(story.get("Ada", "/").await.text.contains("Your last visit"));
    record!(story, "a_row_of_an_older_version");
}

#[tokio::test]
async fn two_extractors_load_the_record_once() {
    let both = async |one: Session, another: Session| {
        one.get_value("visits").await.expect("it is read");
        another.get_value("language").await.expect("it is read");
    };
    let store = Watched::new(MemoryStore::default());
    let layer = SessionManagerLayer::new(store.clone()).with_secure(false);
    let id = store.plant(json!({"visits": {"count": 3}}), Duration::days(14)).await;
    let server = Router::new().route("/", get(both)).layer(layer);
    let mut story = Conversation::new("Two extractors", server, store);
    story.give("Ada", "id", &id.expect("the store takes the row"));
    story.get("Ada", "/").await;
    assert_eq!(story.last_calls(), ["load"]);
}

#[tokio::test]
async fn a_row_of_a_newer_version_loads_and_loses_what_this_one_does_not_know() {
    let row = json!({"visits": {"count": 3, "favourite": "green tea"}});
    let mut story = with_row("A row of a newer version", row).await;
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 4 times.")
    );
    assert!(!story.rows()[0].data.contains("favourite"));
}

#[tokio::test]
async fn a_row_without_a_field_that_has_no_default_does_not_fit() {
    let mut story = with_row("A field is missing", json!({"visits": {}})).await;
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(story.rows()[0].data, r#"{"visits":{}}"#);
}

/// `Visits` of a later version, in which `count` has become `times`.
#[derive(Serialize, Deserialize)]
struct Renamed {
    #[serde(alias = "count")]
    times: u64,
}

#[tokio::test]
async fn a_renamed_field_with_an_alias_reads_old_rows_but_not_after_a_rollback() {
    let count = async |session: Session| {
        let found = session.get("visits").await.expect("it fits");
        let Renamed { times } = found.expect("there are visits");
        session
            .insert("visits", Renamed { times: times + 1 })
            .await
            .expect("it is noted");
    };
    let store = Watched::new(MemoryStore::default());
    let layer = SessionManagerLayer::new(store.clone()).with_secure(false);
    let later = Router::new().route("/later", get(count)).layer(layer);
    let id = store.plant(json!({"visits": {"count": 3}}), Duration::days(14)).await;
    let mut story =
        Conversation::new("A rename", later.merge(app(store.clone())), store);
    story.give("Ada", "id", &id.expect("the store takes the row"));
    story.get("Ada", "/later").await;
    assert_eq!(story.rows()[0].data, r#"{"visits":{"times":4}}"#);
    // Back to the version before: its `count` is gone.
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
}

/// `Visits` of a version that insists on knowing every field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Narrow {
    #[serde(rename = "count")]
    _count: u64,
}

#[test]
fn deny_unknown_fields_refuses_a_row_of_a_newer_version() {
    assert!(serde_json::from_value::<Narrow>(json!({"count": 3})).is_ok());
    let newer = json!({"count": 3, "favourite": "green tea"});
    assert!(serde_json::from_value::<Narrow>(newer).is_err());
}

#[tokio::test]
async fn a_row_that_does_not_fit_is_kept_until_the_visitor_starts_over() {
    // What step 03 kept: a number, not a struct.
    let mut story = with_row("A row that does not fit", json!({"visits": 3})).await;
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(story.rows()[0].data, r#"{"visits":3}"#);
    let answer = story.post("Ada", "/start-over", "").await;
    assert_eq!(answer.header("location"), Some("/"));
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 1 time.")
    );
    record!(story, "a_row_that_does_not_fit");
}

#[tokio::test]
async fn the_log_learns_the_cause_and_the_visitor_does_not() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let row = json!({"visits": {"count": "three"}});
    let mut story = with_row("A corrupt row", row).await;
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.body.contains("three"), "the visitor sees: {}", answer.body);
    let log = log.text();
    let line = "ERROR call: step_04::error: the session's data does not fit its type \
                cause=\"invalid type: string \\\"three\\\", expected u64\"";
    assert!(log.contains(line), "{log}");
    assert!(
        !log.contains(&story.cookies("Ada")[0].value),
        "no identifier in {log}"
    );
}

#[tokio::test]
async fn a_store_that_fails_at_the_end_gives_an_empty_500() {
    let (app, store) = server();
    let mut story = Conversation::new("A failing save", app, store.clone());
    store.fail("connection refused (10.0.0.7:6379)");
    // A first visit loads nothing, so that only the layer's create meets the failure.
    let answer = story.get("Ada", "/").await;
    assert_eq!(story.last_calls(), ["create"]);
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.is_empty(), "{}", answer.body);
}

#[tokio::test]
async fn a_store_out_of_reach_is_told_apart_and_nothing_is_lost() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let (app, store) = server();
    let mut story = Conversation::new("A store out of reach", app, store.clone());
    story.get("Ada", "/").await;
    store.fail("connection refused (10.0.0.7:6379)");
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.body.contains("10.0.0.7"));
    assert_eq!(log.text().matches("connection refused (10.0.0.7:6379)").count(), 2);
    store.recover();
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 2 times.")
    );
    record!(story, "a_store_out_of_reach");
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

/// A conversation with Ada, whose session an earlier version of the server wrote.
async fn with_row(title: &str, data: Value) -> Conversation {
    let (app, store) = server();
    let id = store
        .plant(data, Duration::days(14))
        .await
        .expect("the store takes the row");
    let mut story = Conversation::new(title, app, store);
    story.give("Ada", "id", &id);
    story
}
