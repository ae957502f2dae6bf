//! What a recording shows of a program that brings tokens, on a server made to show it.

use async_trait::async_trait;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, Method, StatusCode, header},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use conversation::{
    Backend, Call, Conversation, Deed, Request, Row, Token, lives_for, record, tokens_in,
};
use serde_json::{Value, json};
use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use time::{Duration, OffsetDateTime};

/// Stands for a signature: whoever made the token is not what is tried here.
const SIGNED: &str = "c2lnbmVk";

thread_local! {
    /// What the server's clock says. It stands still but for the time that is played.
    static NOW: Cell<OffsetDateTime> = Cell::new(OffsetDateTime::now_utc());
}

struct Played;

#[async_trait]
impl Backend for Played {
    fn calls(&self) -> Vec<Call> {
        Vec::new()
    }

    fn rows(&self) -> Vec<Row> {
        Vec::new()
    }

    async fn age(&self, by: Duration) {
        NOW.set(NOW.get() + by);
    }

    fn tokens(&self, answer: &str, now: OffsetDateTime) -> Vec<Token> {
        tokens_in(answer, now)
    }
}

fn encoded(part: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(part.to_string())
}

type Count = State<Arc<AtomicUsize>>;

async fn give(State(given): Count) -> String {
    let (now, number) = (NOW.get().unix_timestamp(), given.fetch_add(1, Ordering::Relaxed));
    let head = json!({"alg": "HS256", "typ": "at+jwt"});
    let claims = json!({"exp": now + 300, "iat": now, "sub": "Ada", "jti": number});
    let access = format!("{}.{}.{SIGNED}", encoded(&head), encoded(&claims));
    let refresh = format!("AAAA.{number}");
    json!({"access_token": access, "expires_in": 300, "refresh_token": refresh}).to_string()
}

async fn orders(headers: HeaderMap) -> Result<&'static str, StatusCode> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer "));
    let claims = token.and_then(|token| token.split('.').nth(1)).unwrap_or_default();
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap_or_default();
    let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
    let lives = claims["exp"].as_i64() > Some(NOW.get().unix_timestamp());
    if lives { Ok("one packet") } else { Err(StatusCode::UNAUTHORIZED) }
}

fn server() -> Router {
    let routes = Router::new().route("/tokens", post(give)).route("/refresh", post(give));
    routes.route("/orders", get(orders)).with_state(Arc::default())
}

fn conversation(title: &str) -> Conversation {
    Conversation::new(title, server(), Played)
}

fn sign_in() -> Request {
    Request::new(Method::POST, "/tokens").json(r#"{"name":"Ada","password":"a | form"}"#)
}

fn with(method: Method, path: &str, token: &str) -> Request {
    Request::new(method, path).bearer(token)
}

/// The token of this name that somebody holds.
fn held(story: &mut Conversation, who: &str, name: &str) -> String {
    let tokens = story.tokens(who);
    let token = tokens.into_iter().find(|token| token.name == name);
    token.expect("a token").text
}

#[tokio::test]
async fn a_program_brings_tokens_that_are_told_by_their_labels() {
    let mut story = conversation("A program with tokens");
    story.send("Program", sign_in()).await;
    let access = held(&mut story, "Program", "access_token");
    story.send("Program", with(Method::GET, "/orders", &access)).await;
    story.pass(Duration::minutes(4)).await;
    let refresh = held(&mut story, "Program", "refresh_token");
    story.send("Program", with(Method::POST, "/refresh", &refresh)).await;
    story.steal_tokens("Program", "Mallory");
    story.pass(Duration::minutes(2)).await;
    story.send("Mallory", with(Method::GET, "/orders", &access)).await;
    let second = held(&mut story, "Mallory", "access_token");
    story.send("Mallory", with(Method::GET, "/orders", &second)).await;
    record!(story, "tokens");
}

#[tokio::test]
async fn it_is_told_how_long_a_token_still_lives() {
    let mut story = conversation("Time passes for a token");
    story.send("Program", sign_in()).await;
    for (passes, told) in [(0, "for 5 minutes"), (4, "for 1 minute"), (1, "expired")] {
        story.pass(Duration::minutes(passes)).await;
        let lives: Vec<_> = story.tokens("Program").iter().map(|token| token.lives).collect();
        assert_eq!(lives.len(), 2);
        assert_eq!(lives[0].map(lives_for).as_deref(), Some(told));
        assert_eq!(lives[1], None, "a refresh token says nothing");
    }
}

#[tokio::test]
async fn two_tabs_have_the_same_tokens() {
    let mut story = conversation("Two tabs");
    story.send("Program", sign_in()).await;
    story.share_tokens("Program", "Tab");
    story.send("Tab", sign_in()).await;
    assert_eq!(story.tokens("Program"), story.tokens("Tab"));
    assert_eq!(story.tab_of("Tab"), Some("Program"));
    assert!(story.script().contains("Tab shares Program's tokens.\n"));
}

#[test]
fn a_line_of_a_script_is_read_as_it_was_written() {
    for line in [
        r#"Program: POST /tokens | json {"name":"Ada","password":"a | form"}"#,
        r#"Tab: POST /tokens | bearer <refresh-1> | answered after load | json {"a":" | form"}"#,
        "Tab: POST /basket | form tea=a | json {}",
        "Program: GET /orders | bearer <access-1>",
        "Program: POST /refresh | header origin: https://coffee.example | bearer <refresh-1>",
        "Mallory copies Program's tokens.",
        "Mallory copies Ada's cookies.",
        "Tab shares Program's tokens.",
    ] {
        let deed = Deed::parse(line).unwrap_or_else(|why| panic!("{line}: {why}"));
        assert_eq!(deed.to_string(), line);
    }
    for line in ["Program: GET /orders | bearer a\u{7f}b", "Mallory copies Ada's teapot."] {
        assert!(Deed::parse(line).is_err(), "{line:?}");
    }
}
