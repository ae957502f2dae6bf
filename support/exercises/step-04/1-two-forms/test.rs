//! A record that step 03 has written is read, and written back in the new form.

use axum::http::StatusCode;
use conversation::{Conversation, Watched};
use serde_json::json;
use step_04::app;
use time::Duration;
use tower_sessions::MemoryStore;

#[tokio::test]
async fn the_number_of_step_03_counts_as_visits_without_a_date() {
    let store = Watched::new(MemoryStore::default());
    let id = store.plant(json!({"visits": 3}), Duration::days(14)).await;
    let mut story = Conversation::new("A number", app(store.clone()), store);
    story.give("Ada", "id", &id.expect("the store takes the row"));
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text.contains("You have been here 4 times."));
    assert!(!answer.text.contains("Your last visit"));
    assert!(story.rows()[0].data.starts_with(r#"{"visits":{"count":4,"last":""#));
    assert!(story.get("Ada", "/").await.text.contains("Your last visit"));
}
