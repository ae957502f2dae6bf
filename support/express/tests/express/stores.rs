//! The `store` option: what express-session asks of a store, and what a store can be asked for.

use axum::http::StatusCode;
use express::Express;
use serde_json::Value;

use crate::visited;

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_store_is_asked_to_get_to_set_and_to_destroy() {
    let mut story = visited("").await;
    assert_eq!(story.last_calls(), ["set"]);
    story.get("Ada", "/write").await;
    assert_eq!(story.last_calls(), ["get", "set"]);
    story.get("Ada", "/destroy").await;
    assert_eq!(story.last_calls(), ["get", "destroy"]);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn store_all_gives_every_session_by_its_identifier() {
    let mut story = visited("").await;
    story.get("Grace", "/").await;
    let all: Value = serde_json::from_str(&story.get("Ada", "/all").await.body).expect("JSON");
    assert_eq!(story.last_calls(), ["get", "all", "touch"]);
    for row in story.rows() {
        assert_eq!(all[&row.id]["visits"], 1);
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn store_length_counts_the_sessions() {
    let mut story = visited("").await;
    story.get("Grace", "/").await;
    assert_eq!(story.get("Ada", "/length").await.body, "2");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn store_clear_ends_every_session() {
    let mut story = visited("").await;
    story.get("Grace", "/").await;
    story.get("Ada", "/clear").await;
    assert!(story.rows().is_empty());
    assert_eq!(story.get("Grace", "/read").await.text, "visits: none");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn store_touch_keeps_the_data_that_the_row_has() {
    let mut story = visited("").await;
    story.get("Ada", "/touch").await;
    assert_eq!(story.last_calls(), ["get", "touch"]);
    assert_eq!(story.get("Ada", "/read").await.text, "visits: 1");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_store_without_touch_is_not_asked_to() {
    let mut story = visited("store: Object.assign(store, { touch: undefined })").await;
    story.get("Ada", "/read").await;
    assert_eq!(story.last_calls(), ["get"]);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_disconnected_store_leaves_requests_without_a_session() {
    let server = Express::start("");
    let mut story = server.conversation();
    story.get("Ada", "/").await;
    server.disconnect();
    let answer = story.get("Ada", "/read").await;
    assert_eq!(answer.text, "req.session is undefined");
    assert!(story.last_calls().is_empty());
    assert_eq!(story.get("Ada", "/write").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    server.connect();
    assert_eq!(story.get("Ada", "/read").await.text, "visits: 1");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_store_that_cannot_load_is_a_500_for_every_route() {
    let server = Express::start("");
    let mut story = server.conversation();
    story.get("Ada", "/").await;
    server.fail("connection refused (10.0.0.7:6379)");
    let answer = story.get("Ada", "/untouched").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("10.0.0.7"), "and outside production it tells why");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_store_that_cannot_save_is_a_200_all_the_same() {
    let server = Express::alone("development", "");
    let mut story = server.conversation();
    server.fail("out of memory");
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("set-cookie").is_some());
    assert!(story.rows().is_empty());
    assert!(server.end().contains("out of memory"));
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
fn memory_store_is_the_default_and_warns_in_production() {
    let warning = "MemoryStore is not\ndesigned for a production environment";
    let started = |environment| Express::alone(environment, "store: undefined").end();
    assert!(started("production").contains(warning));
    assert!(!started("development").contains(warning));
}
