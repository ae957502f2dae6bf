//! The path `/visits.json` tells the visits and counts none.

use axum::http::StatusCode;
use conversation::{Conversation, Watched};
use serde_json::{Value, json};
use step_04::app;
use time::Duration;
use tower_sessions::MemoryStore;

#[tokio::test]
async fn a_program_reads_the_visits_without_a_visit() {
    let store = Watched::new(MemoryStore::default());
    let mut story = Conversation::new("As JSON", app(store.clone()), store);
    story.get("Ada", "/").await;
    for _ in 1..=2 {
        let answer = story.get("Ada", "/visits.json").await;
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let visits: Value = serde_json::from_str(&answer.body).expect("it is JSON");
        assert_eq!(visits["count"], 1);
        assert!(visits["last"].is_string());
        assert_eq!(story.last_calls(), ["load"]);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_an_error_here_too() {
    let store = Watched::new(MemoryStore::default());
    let id = store.plant(json!({"visits": 3}), Duration::days(14)).await;
    let mut story = Conversation::new("As JSON", app(store.clone()), store);
    story.give("Ada", "id", &id.expect("the store takes the row"));
    let answer = story.get("Ada", "/visits.json").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
}
