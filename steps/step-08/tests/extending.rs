//! What `extend` of `src/lifetime.rs` would get wrong with less in it: the chapter builds it up from
//! these versions. Each test has a version that fails, and the next one, which does not.

use std::cmp;

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{self, Next},
    routing::{get, post},
};
use conversation::{Conversation, Watched};
use serde::{Deserialize, Serialize};
use step_08::{
    app,
    lifetime::{NOTED, USUAL},
};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    Expiry, MemoryStore, Session, SessionManagerLayer, SessionStore, cookie::Key,
    session,
};

/// The key of these tests: 64 bytes that nobody has to guess.
const SIGNING: [u8; 64] = [7; 64];

const KEY: &str = "lifetime";

/// What a session knows of its own time, without a choice.
#[derive(Serialize, Deserialize)]
struct Lifetime {
    started: OffsetDateTime,
    noted: OffsetDateTime,
}

impl Lifetime {
    fn new(now: OffsetDateTime) -> Self {
        Self { started: now, noted: now }
    }

    fn end(&self) -> OffsetDateTime {
        cmp::min(self.noted + USUAL.idle, self.started + USUAL.absolute)
    }
}

type Done = Result<(), session::Error>;

// ANCHOR: first
async fn first(session: &Session) -> Done {
    let now = OffsetDateTime::now_utc();
    let kept: Option<Lifetime> = session.get(KEY).await?;
    let lifetime = kept.unwrap_or_else(|| Lifetime::new(now));
    note(session, lifetime, now).await
}

/// Writes down that there was a visit, and moves the end.
async fn note(
    session: &Session,
    mut lifetime: Lifetime,
    now: OffsetDateTime,
) -> Done {
    lifetime.noted = now;
    session.insert(KEY, &lifetime).await?;
    session.set_expiry(Some(Expiry::OnInactivity(lifetime.end() - now)));
    Ok(())
}
// ANCHOR_END: first

async fn second(session: &Session) -> Done {
    let now = OffsetDateTime::now_utc();
    // ANCHOR: second
    if session.is_empty().await {
        return Ok(());
    }
    let kept: Option<Lifetime> = session.get(KEY).await?;
    // ANCHOR_END: second
    let lifetime = kept.unwrap_or_else(|| Lifetime::new(now));
    note(session, lifetime, now).await
}

async fn third(session: &Session) -> Done {
    let now = OffsetDateTime::now_utc();
    // ANCHOR: third
    let kept: Option<Lifetime> = session.get(KEY).await?;
    if session.is_empty().await {
        return Ok(());
    }
    // ANCHOR_END: third
    let lifetime = kept.unwrap_or_else(|| Lifetime::new(now));
    note(session, lifetime, now).await
}

async fn fourth(session: &Session) -> Done {
    let now = OffsetDateTime::now_utc();
    let kept: Option<Lifetime> = session.get(KEY).await?;
    if session.is_empty().await {
        return Ok(());
    }
    // ANCHOR: fourth
    if kept.as_ref().is_some_and(|kept| now - kept.noted < NOTED) {
        return Ok(());
    }
    // ANCHOR_END: fourth
    let lifetime = kept.unwrap_or_else(|| Lifetime::new(now));
    note(session, lifetime, now).await
}

/// A version of `extend`.
#[derive(Clone, Copy)]
enum Version {
    First,
    Second,
    Third,
    Fourth,
}

/// A shop that extends its sessions so.
fn shop(version: Version, store: Watched<MemoryStore>) -> Router {
    let keep = move |session: Session, request: Request, next: Next| async move {
        let response = next.run(request).await;
        let extended = match version {
            Version::First => first(&session).await,
            Version::Second => second(&session).await,
            Version::Third => third(&session).await,
            Version::Fourth => fourth(&session).await,
        };
        extended.expect("the store answers");
        response
    };
    let buy = async |session: Session, order: String| {
        session.insert("basket", order).await.expect("it is noted");
    };
    let start_over = async |session: Session| {
        session.flush().await.expect("the store answers");
    };
    Router::new()
        .route("/about", get("This page needs no basket."))
        .route("/basket", post(buy))
        .route("/start-over", post(start_over))
        .layer(middleware::from_fn(keep))
        .layer(SessionManagerLayer::new(store).with_name("__Host-id"))
}

fn story(version: Version) -> Conversation {
    let store = Watched::new(MemoryStore::default());
    Conversation::new("Extending a session", shop(version, store.clone()), store)
}

/// The step's own shop, and its store.
fn own() -> (Conversation, Watched<MemoryStore>) {
    let store = Watched::new(MemoryStore::default());
    let app = app(store.clone(), Key::from(&SIGNING));
    (Conversation::new("The step's own", app, store.clone()), store)
}

#[tokio::test]
async fn noted_at_each_visit_everybody_has_a_session_and_nobody_can_end_it() {
    for (version, rows) in [(Version::First, 1), (Version::Second, 0)] {
        let mut story = story(version);
        story.get("Grace", "/about").await;
        assert_eq!(story.rows().len(), rows, "she has only looked");
    }
    for (version, rows) in [(Version::First, 1), (Version::Second, 0)] {
        let mut story = story(version);
        story.post("Ada", "/basket", "tea=assam").await;
        story.post("Ada", "/start-over", "").await;
        assert_eq!(story.rows().len(), rows, "she has ended it");
    }
}

#[tokio::test]
async fn asked_before_it_is_loaded_a_session_that_has_ended_is_not_empty() {
    for (version, rows) in [(Version::Second, 1), (Version::Third, 0)] {
        let mut story = story(version);
        story.post("Mallory", "/basket", "tea=assam").await;
        let old = story.cookies("Mallory")[0].value.clone();
        story.post("Mallory", "/start-over", "").await;
        story.forge("Mallory", "__Host-id", &old);
        story.get("Mallory", "/about").await;
        assert_eq!(story.rows().len(), rows);
    }
}

#[tokio::test]
async fn noted_at_each_visit_each_look_is_a_save() {
    for (version, calls) in
        [(Version::Third, &["load", "save"][..]), (Version::Fourth, &["load"][..])]
    {
        let mut story = story(version);
        story.post("Ada", "/basket", "tea=assam").await;
        story.get("Ada", "/about").await;
        assert_eq!(story.last_calls(), calls);
    }
}

#[tokio::test]
async fn a_change_that_is_no_visit_lives_for_two_weeks() {
    let fourth = (story(Version::Fourth), Duration::weeks(2));
    for (mut story, expected) in [fourth, (own().0, USUAL.idle)] {
        story.post("Ada", "/basket", "tea=assam").await;
        assert!(lives(&story, USUAL.idle), "the first change is noted");
        story.post("Ada", "/basket", "tea=oolong").await;
        assert!(lives(&story, expected), "expected {expected}");
    }
}

/// Whether the only row lives so long, to a few seconds, which a test may take.
fn lives(story: &Conversation, expected: Duration) -> bool {
    let lives = story.rows()[0].lives.expect("a record has an end");
    (lives - expected).abs() < Duration::seconds(20)
}

#[tokio::test]
async fn a_visit_that_cannot_be_noted_is_answered_all_the_same() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let (mut story, store) = own();
    story.post("Ada", "/basket", "tea=assam").await;
    story.pass(NOTED).await;
    store.fail("connection refused");
    let answer = story.get("Ada", "/about").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("set-cookie"), None, "the cookie is not removed");
    assert!(log.text().contains("a session is not extended"), "{}", log.text());
    store.recover();
    story.get("Ada", "/about").await;
    assert!(lives(&story, USUAL.idle), "the next visit is noted");
}

#[tokio::test]
async fn hole_beside_a_lifetime_that_cannot_be_read_a_change_lives_for_two_weeks() {
    let (mut story, store) = own();
    story.post("Ada", "/basket", "tea=assam").await;
    let id = story.rows()[0].id.parse().expect("an identifier");
    let record = store.load(&id).await.expect("the store answers");
    let mut record = record.expect("it is there");
    record.data.insert(KEY.to_owned(), true.into());
    store.save(&record).await.expect("the store answers");
    let answer = story.post("Ada", "/basket", "tea=oolong").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(lives(&story, Duration::weeks(2)));
}
