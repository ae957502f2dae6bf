//! What Express calls `regenerate`, written with tower-sessions.

use std::collections::BTreeMap;

use axum::{Router, routing::post};
use conversation::{Conversation, Watched};
use tower_sessions::{
    MemoryStore, Session, SessionManagerLayer,
    session::{self, Id},
};

/// What the shop sells, and how many packets of one tea there may be.
const TEAS: [&str; 3] = ["assam", "oolong", "sencha"];
const MOST: u32 = 20;

// ANCHOR: regenerate
/// Begins another session, empty and under a new identifier. Of the old one only the
/// basket goes on, and of the basket only what the shop sells.
async fn regenerate(session: &Session) -> Result<(), session::Error> {
    let basket: Option<BTreeMap<String, u32>> = session.get("basket").await?;
    session.flush().await?;
    session.cycle_id().await?;
    if let Some(mut basket) = basket {
        basket.retain(|tea, packets| {
            TEAS.contains(&tea.as_str()) && *packets <= MOST
        });
        session.insert("basket", basket).await?;
    }
    Ok(())
}
// ANCHOR_END: regenerate

/// A server that makes these calls when somebody signs in, and then writes the member.
fn server(calls: &'static [&'static str]) -> Conversation {
    let leave = async |session: Session| {
        let basket = BTreeMap::from([("assam", 1), ("gold", 1), ("sencha", 21)]);
        session.insert("basket", basket).await.expect("it is noted");
        session.insert("street", "Mallory's").await.expect("it is noted");
    };
    let sign_in = async move |session: Session| {
        for call in calls {
            let done = match *call {
                "flush" => session.flush().await,
                "cycle_id" => session.cycle_id().await,
                _ => regenerate(&session).await,
            };
            done.expect("the store answers");
        }
        session.insert("member", "Ada").await.expect("it is noted");
    };
    let store = Watched::new(MemoryStore::default());
    let routes =
        Router::new().route("/leave", post(leave)).route("/sign-in", post(sign_in));
    let app = routes.layer(SessionManagerLayer::new(store.clone()));
    Conversation::new("Regenerate", app, store)
}

/// Ada signs in with the cookie of a session that Mallory has filled. Returns the data
/// that she then has, and whether it is under an identifier that Mallory does not know.
async fn sign_in(calls: &'static [&'static str]) -> (String, bool) {
    let mut story = server(calls);
    story.post("Mallory", "/leave", "").await;
    let planted = story.rows()[0].id.clone();
    story.forge("Ada", "id", &planted);
    story.post("Ada", "/sign-in", "").await;
    assert_eq!(story.rows().len(), 1, "the old record is gone");
    let row = story.rows().remove(0);
    (row.data, row.id != planted)
}

#[tokio::test]
async fn regenerate_carries_over_what_was_looked_at_and_nothing_else() {
    let carried = r#"{"basket":{"assam":1},"member":"Ada"}"#.to_owned();
    assert_eq!(sign_in(&["regenerate"]).await, (carried, true));
}

#[tokio::test]
async fn regenerate_adopts_no_identifier_that_somebody_has_invented() {
    let mut story = server(&["regenerate"]);
    let invented = Id(42).to_string();
    story.forge("Ada", "id", &invented);
    story.post("Ada", "/sign-in", "").await;
    assert_ne!(story.rows()[0].id, invented);
}

#[tokio::test]
async fn flush_and_cycle_id_do_the_same_in_either_order() {
    let new_and_empty = (r#"{"member":"Ada"}"#.to_owned(), true);
    assert_eq!(sign_in(&["flush", "cycle_id"]).await, new_and_empty);
    assert_eq!(sign_in(&["cycle_id", "flush"]).await, new_and_empty);
    // Neither is enough by itself: one leaves the identifier, the other the data.
    let (data, is_new) = sign_in(&["flush"]).await;
    assert!(data == new_and_empty.0 && !is_new);
    let (data, is_new) = sign_in(&["cycle_id"]).await;
    assert!(data.contains("Mallory's") && is_new);
}
