//! What `rotate` is for: the `cycle_id` of tower-sessions alone, beside a sign-out.

use axum::{
    Router,
    http::Method,
    response::Redirect,
    routing::{get, post},
};
use conversation::{Conversation, Request, Watched, snapshot_settings};
use step_12::{strict::Strict, sweep::Swept};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

const WORKS: &str = "the store answers";

async fn member(session: &Session) -> Option<String> {
    session.get("member").await.expect(WORKS)
}

/// A server on this step's own strict store, which leaves the new identifier to tower-sessions.
fn with_cycle_id(store: Watched<MemoryStore>) -> Router {
    let greet = async |session: Session| member(&session).await.unwrap_or_default();
    let sign_in = async |session: Session| {
        session.insert("member", "Ada").await.expect(WORKS);
        Redirect::to("/")
    };
    let confirm = async |session: Session| {
        if member(&session).await.is_some() {
            session.cycle_id().await.expect(WORKS);
        }
        Redirect::to("/")
    };
    let sign_out = async |session: Session| {
        if member(&session).await.is_some() {
            session.flush().await.expect(WORKS);
        }
        Redirect::to("/")
    };
    let store = Strict::new(Swept::new(store));
    Router::new()
        .route("/", get(greet))
        .route("/sign-in", post(sign_in))
        .route("/confirm", post(confirm))
        .route("/sign-out", post(sign_out))
        .layer(SessionManagerLayer::new(store))
}

#[tokio::test]
async fn with_cycle_id_alone_a_confirmation_survives_a_sign_out() {
    let store = Watched::new(MemoryStore::default());
    let app = with_cycle_id(store.clone());
    let mut story = Conversation::new("No end", app, store);
    story.aside();
    story.post("Ada", "/sign-in", "").await;
    story.so_far("Ada has signed in.");
    story.begin("Ada", "delete", Request::new(Method::POST, "/confirm")).await;
    assert!(story.rows().is_empty());
    story.says("Ada signs out in another tab.");
    story.post("Ada", "/sign-out", "").await;
    assert!(story.cookies("Ada").is_empty(), "she has signed out");
    story.finish("Ada").await;
    let page = story.get("Ada", "/").await;
    assert!(page.text.ends_with("Ada"), "{}", page.text);
    snapshot_settings!().bind(|| {
        insta::assert_snapshot!("cycle_id_beside_a_sign_out", story.transcript());
    });
}
