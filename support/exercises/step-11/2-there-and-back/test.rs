//! Who comes back with the state of this session is let in, once, and nobody else.

use axum::http::StatusCode;
use conversation::{Conversation, Watched};
use step_11::{accounts::InMemory, app};
use tower_sessions::{MemoryStore, cookie::Key};

fn conversation(title: &str) -> Conversation {
    let store = Watched::new(MemoryStore::default());
    let app = app(store.clone(), Key::from(&[7; 64]), InMemory::default());
    Conversation::new(title, app, store)
}

/// `who` leaves for the other site. Returns the address of the way back.
async fn leave(story: &mut Conversation, who: &str) -> String {
    let answer = story.post(who, "/sign-in/elsewhere", "").await;
    let there = answer.header("location").expect("it leads away");
    let state = there.strip_prefix("https://sign-in.example/authorize?state=");
    format!("/signed-in?state={}", state.expect("with a state"))
}

#[tokio::test]
async fn the_way_back_is_open_once() {
    let mut story = conversation("There and back");
    let back = leave(&mut story, "Ada").await;
    assert_eq!(story.get("Ada", &back).await.status, StatusCode::OK);
    assert_eq!(story.get("Ada", &back).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_link_with_mallorys_state_opens_nothing_for_ada() {
    let mut story = conversation("Mallory's link");
    let mallorys = leave(&mut story, "Mallory").await;
    let with_a_session = leave(&mut story, "Ada").await;
    for way in [&mallorys, "/signed-in?state=", "/signed-in"] {
        for who in ["Ada", "Grace"] {
            let answer = story.get(who, way).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who}");
        }
    }
    let answer = story.get("Ada", &with_a_session).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "a wrong state ends the way");
}
