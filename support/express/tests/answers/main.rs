//! What answers an option or a method of express-session in tower-sessions, where no step does.

use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    middleware::map_response,
    response::Response,
    routing::get,
};
use conversation::{Conversation, Watched};
use time::Duration;
use tower_sessions::{
    Expiry, MemoryStore, Session, SessionManagerLayer, SessionStore,
    session::{Id, Record},
    session_store,
};

type Store = Watched<MemoryStore>;

/// A counter, and a route for each method of a session.
fn routes() -> Router {
    let read = async |session: Session| {
        let visits: Option<u64> = session.get("visits").await.expect("it fits");
        format!("{visits:?}")
    };
    let write = async |session: Session| {
        let visits: u64 = session.get("visits").await.expect("it fits").unwrap_or(0);
        session.insert("visits", visits + 1).await.expect("it is noted");
        format!("{:?}", session.id().map(|_| "an identifier"))
    };
    let regenerate = async |session: Session| {
        session.flush().await.expect("the store answers");
        session.cycle_id().await.expect("the store answers");
        session.insert("visits", 100).await.expect("it is noted");
    };
    let cycle = async |session: Session| session.cycle_id().await.expect("the store answers");
    let reload = async |session: Session| {
        session.insert("visits", 100).await.expect("it is noted");
        session.load().await.expect("the store answers");
        let visits: Option<u64> = session.get("visits").await.expect("it fits");
        format!("{visits:?}")
    };
    let age = async |session: Session| session.expiry_age().whole_minutes().to_string();
    Router::new()
        .route("/", get(write))
        .route("/tea/read", get(read))
        .route("/read", get(read))
        .route("/regenerate", get(regenerate))
        .route("/cycle", get(cycle))
        .route("/reload", get(reload))
        .route("/age", get(age))
}

/// A conversation with a server that has set up the layer like this.
fn story(
    set: impl FnOnce(SessionManagerLayer<Store>) -> SessionManagerLayer<Store>,
) -> Conversation {
    let store = Watched::new(MemoryStore::default());
    let layer = set(SessionManagerLayer::new(store.clone()));
    Conversation::new("An answer", routes().layer(layer), store)
}

#[tokio::test]
async fn with_name_is_what_the_cookie_is_called() {
    let mut story = story(|layer| layer.with_name("tea"));
    let answer = story.get("Ada", "/").await;
    assert!(answer.header("set-cookie").expect("a session is made").starts_with("tea="));
}

#[tokio::test]
async fn with_secure_is_a_label_and_withholds_nothing() {
    let mut story = story(|layer| layer.with_secure(true)).at("http://tea.example");
    let answer = story.get("Ada", "/").await;
    assert!(answer.header("set-cookie").expect("it is sent over http").contains("; Secure"));
    assert!(story.cookies("Ada").is_empty(), "and the browser refuses it");
}

#[tokio::test]
async fn with_path_is_a_label_and_each_route_has_its_session() {
    let mut story = story(|layer| layer.with_path("/tea"));
    let answer = story.get("Ada", "/").await;
    assert!(answer.header("set-cookie").expect("off the path too").contains("; Path=/tea"));
    assert_eq!(story.get("Ada", "/tea/read").await.body, "Some(1)");
    assert_eq!(story.get("Ada", "/read").await.body, "None", "the browser sends nothing");
}

#[tokio::test]
async fn with_domain_gives_the_cookie_to_every_subdomain() {
    let mut story =
        story(|layer| layer.with_domain("tea.example")).at("https://shop.tea.example");
    let answer = story.get("Ada", "/").await;
    assert!(answer.header("set-cookie").expect("one is set").contains("; Domain=tea.example"));
    assert_eq!(story.cookies("Ada").len(), 1);
}

#[tokio::test]
async fn with_http_only_false_shows_the_cookie_to_scripts() {
    let mut story = story(|layer| layer.with_http_only(false));
    let answer = story.get("Ada", "/").await;
    assert!(!answer.header("set-cookie").expect("one is set").contains("HttpOnly"));
}

#[tokio::test]
async fn on_inactivity_becomes_a_max_age_in_seconds() {
    let minutes = Expiry::OnInactivity(Duration::minutes(20));
    let mut story = story(|layer| layer.with_expiry(minutes));
    let answer = story.get("Ada", "/").await;
    let cookie = answer.header("set-cookie").expect("one is set");
    assert!(cookie.contains("; Max-Age=1200") && !cookie.contains("Expires"), "{cookie}");
}

#[tokio::test]
async fn expiry_age_tells_the_setting_and_not_what_is_left() {
    let minutes = Expiry::OnInactivity(Duration::minutes(20));
    let mut story = story(|layer| layer.with_expiry(minutes));
    story.get("Ada", "/").await;
    story.pass(Duration::minutes(10)).await;
    // 20 minutes, less what the answer itself took.
    let minutes: u32 = story.get("Ada", "/age").await.body.parse().expect("a number");
    assert!((11..=20).contains(&minutes), "{minutes}, where 10 are left");
}

#[tokio::test]
async fn id_is_none_before_the_first_save() {
    let mut story = story(|layer| layer);
    assert_eq!(story.get("Ada", "/").await.body, "None");
    assert_eq!(story.get("Ada", "/").await.body, r#"Some("an identifier")"#);
}

#[tokio::test]
async fn flush_then_cycle_id_is_what_regenerate_does() {
    let mut story = story(|layer| layer);
    story.get("Ada", "/").await;
    let before = story.rows()[0].id.clone();
    story.get("Ada", "/regenerate").await;
    assert_eq!(story.rows().len(), 1, "the old row is gone");
    assert_ne!(story.rows()[0].id, before);
    assert_eq!(story.get("Ada", "/read").await.body, "Some(100)");
}

#[tokio::test]
async fn cycle_id_keeps_the_data_under_a_new_identifier() {
    let mut story = story(|layer| layer);
    story.get("Ada", "/").await;
    let before = story.rows()[0].id.clone();
    story.get("Ada", "/cycle").await;
    assert_eq!(story.rows().len(), 1, "the old row is gone");
    assert_ne!(story.rows()[0].id, before);
    assert_eq!(story.get("Ada", "/read").await.body, "Some(1)");
}

#[tokio::test]
async fn load_forgets_what_was_not_saved() {
    let mut story = story(|layer| layer);
    story.get("Ada", "/").await;
    assert_eq!(story.get("Ada", "/reload").await.body, "Some(1)");
}

#[tokio::test]
async fn load_without_a_row_is_no_error() {
    let mut story = story(|layer| layer);
    let answer = story.get("Ada", "/reload").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, "Some(100)", "there was nothing to load");
}

/// Says `Partitioned` of every cookie, which tower-sessions 0.15 cannot.
async fn partitioned(mut response: Response) -> Response {
    for (name, value) in response.headers_mut() {
        if name == header::SET_COOKIE {
            let cookie = [value.as_bytes(), b"; Partitioned"].concat();
            *value = HeaderValue::from_bytes(&cookie).expect("only bytes a header may have");
        }
    }
    response
}

#[tokio::test]
async fn partitioned_is_a_layer_of_a_few_lines() {
    let store = Watched::new(MemoryStore::default());
    let app = routes()
        .layer(SessionManagerLayer::new(store.clone()))
        .layer(map_response(partitioned));
    let mut story = Conversation::new("Partitioned", app, store);
    let answer = story.get("Ada", "/").await;
    assert!(answer.header("set-cookie").expect("one is set").ends_with("; Partitioned"));
}

/// Draws the identifiers 1, 2, 3: what `genid` is for, and what nobody should do.
#[derive(Debug, Default)]
struct Counting(MemoryStore, AtomicI64);

#[async_trait]
impl SessionStore for Counting {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        record.id = Id(i128::from(self.1.fetch_add(1, Ordering::Relaxed) + 1));
        self.0.create(record).await
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.0.save(record).await
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.0.load(id).await
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.0.delete(id).await
    }
}

#[tokio::test]
async fn a_store_may_draw_the_identifier_as_genid_does() {
    let store = Watched::new(Counting::default());
    let app = routes().layer(SessionManagerLayer::new(store.clone()));
    let mut story = Conversation::new("Counting", app, store);
    story.get("Ada", "/").await;
    story.get("Grace", "/").await;
    let ids: Vec<String> = story.rows().into_iter().map(|row| row.id).collect();
    assert_eq!(ids, [Id(1).to_string(), Id(2).to_string()]);
}
