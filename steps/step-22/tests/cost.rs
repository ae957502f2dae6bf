//! What a session and a token cost: bytes with each request, and calls of the store.

use axum::http::Method;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use conversation::{Conversation, Request, snapshot_settings};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};
use time::Duration;

#[allow(dead_code, reason = "not each test file asks for all of it")]
mod program;
mod told;
use program::{Answer, PASSWORD, sign_in, site};
use told::Told;

const FORM: &str = "name=Ada&password=a+cup+before+noon";

/// A server at which Ada is signed in with a browser, and what a program of hers gets.
async fn shop() -> (Conversation, Answer) {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Told::new();
    let app = store.server_at(site(Duration::minutes(5)));
    let mut story = Conversation::new("What it costs", app.clone(), store);
    story.post("Ada", "/register", FORM).await;
    let given = sign_in(&app, "Ada", PASSWORD).await;
    (story, given)
}

/// The first of so many claims: the two that nothing can do without, what is usual, and what a
/// program likes to know.
fn claims(count: usize) -> Value {
    let all = [
        ("sub", json!("Ada")),
        ("exp", json!(1_900_000_300)),
        ("iss", json!("https://tea.example")),
        ("aud", json!("https://tea.example/api")),
        ("iat", json!(1_900_000_000)),
        ("jti", json!("AAAAAAAAAAAAAAAAAAAAAA")),
        ("roles", json!(["member", "reviewer", "administrator"])),
        ("basket", json!({ "assam": 2, "oolong": 1, "sencha": 3 })),
    ];
    all.into_iter()
        .take(count)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// A token with so many claims, as HS256 signs it.
fn hs256(count: usize) -> String {
    let key = EncodingKey::from_secret(&[7; 32]);
    encode(&Header::default(), &claims(count), &key).expect("a token")
}

/// One of the usual claims with a signature of so many bytes. The algorithm says how many:
/// RFC 7518, sections 3.3 and 3.4.
fn signed_by_another(bytes: usize) -> String {
    let token = hs256(6);
    let (said, _) = token.rsplit_once('.').expect("a signature");
    format!("{said}.{}", BASE64_URL_SAFE_NO_PAD.encode(vec![0; bytes]))
}

#[tokio::test]
async fn what_each_request_carries() {
    let (mut story, given) = shop().await;
    let cookie = &story.cookies("Ada")[0];
    let cookie = format!("Cookie: {}={}", cookie.name, cookie.value);
    let bearer = |token: &str| format!("Authorization: Bearer {token}");
    let lines = [
        ("the session's cookie", cookie),
        ("this server's access token", bearer(&given.text("access_token"))),
        ("this server's refresh token", bearer(&given.text("refresh_token"))),
        ("HS256, 2 claims", bearer(&hs256(2))),
        ("HS256, 6 claims", bearer(&hs256(6))),
        ("HS256, 8 claims", bearer(&hs256(8))),
        ("ES256, 6 claims", bearer(&signed_by_another(64))),
        ("RS256 with 2,048 bits, 6 claims", bearer(&signed_by_another(256))),
    ];
    let mut table =
        vec!["| what | bytes of the line |".to_owned(), "|---|---|".to_owned()];
    for (what, line) in lines {
        table.push(format!("| {what} | {} |", line.len()));
    }
    let settings = snapshot_settings!();
    settings.bind(|| insta::assert_snapshot!("bytes", table.join("\n")));
}

#[tokio::test]
async fn an_access_token_asks_nothing_of_the_store_of_sessions() {
    let (mut story, given) = shop().await;
    story.get("Ada", "/member").await;
    assert_eq!(story.last_calls(), ["load"]);
    let bearer = |token: &str| format!("Bearer {}", given.text(token));
    let asks = Request::new(Method::GET, "/api/orders")
        .header("authorization", &bearer("access_token"));
    let answer = story.send("A program", asks).await;
    assert_eq!(answer.status, 200);
    assert!(story.last_calls().is_empty(), "{:?}", story.last_calls());
    let asks = Request::new(Method::POST, "/api/tokens/refresh")
        .header("authorization", &bearer("refresh_token"));
    story.send("A program", asks).await;
    assert_eq!(story.last_calls(), ["load", "save"]);
}
