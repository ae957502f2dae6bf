//! What a page of the neighbour's can set in Ada's browser, under the name of the shop's cookie.

use conversation::{Conversation, Initiator, Jar, Url, Watched};
use step_05::app;
use time::OffsetDateTime;
use tower_sessions::MemoryStore;

/// What Ada's browser sends to the shop after a visit to Mallory's page, which is a neighbour.
async fn tossed_from(origin: &str) -> Option<String> {
    let store = Watched::new(MemoryStore::default());
    let mut story = Conversation::new("Tossing", app(store.clone()), store);
    let answer = story.post("Mallory", "/basket", "tea=sencha").await;
    let set = answer.header("set-cookie").expect("a session begins");
    let own = set.split(';').next().expect("a name and a value");
    let tossed = format!("{own}; Domain=shop.example; Path=/; Secure");
    let now = OffsetDateTime::now_utc();
    let mut jar = Jar::default();
    let _ = jar.store(&Url::new(origin, "/"), &tossed, Initiator::SameSite, now);
    jar.header(&Url::new("https://shop.example", "/"), Initiator::SameSite, now)
}

#[tokio::test]
async fn over_tls_a_neighbour_sets_the_cookie_of_the_shop() {
    assert!(tossed_from("https://tea.shop.example").await.is_some());
    assert!(tossed_from("http://tea.shop.example").await.is_none());
}
