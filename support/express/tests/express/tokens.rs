//! A session and a token of jsonwebtoken side by side, and which tokens that takes.

use std::{path::Path, process::Command};

use axum::http::{Method, StatusCode};
use conversation::{Conversation, Request};
use express::{Express, transcript};
use time::Duration;

use crate::recordings::keep;

const HEAD: &str = "\
| A token that … | `verify(token, secret)` | told what to look at |
| --- | --- | --- |
";

/// Ada signs in, and gets a session and a token that is signed with these options.
async fn signed_in(options: &str) -> (Conversation, String) {
    let mut story = Express::start(&format!("tokens: {options}")).conversation();
    let answer = story.post("Ada", "/tokens", "").await;
    let token = answer.text.split('"').nth(3).expect("a token in JSON").to_owned();
    (story, token)
}

/// Whoever has the token, and no cookie.
async fn by_token(story: &mut Conversation, token: &str) -> StatusCode {
    let request = Request::new(Method::GET, "/by-token");
    let request = request.header("authorization", &format!("Bearer {token}"));
    story.send("Mallory", request).await.status
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_token_of_a_day_works_for_a_day_after_its_member_has_signed_out() {
    let (mut story, token) = signed_in("{ expiresIn: '1d' }").await;
    assert_eq!(story.get("Ada", "/by-session").await.status, StatusCode::OK);
    story.attacker("Mallory");
    story.says("Mallory has copied the token. Ada signs out.");
    story.post("Ada", "/sign-out", "").await;
    assert_eq!(story.get("Ada", "/by-session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(by_token(&mut story, &token).await, StatusCode::OK);
    assert!(story.last_calls().is_empty(), "nobody is asked: {:?}", story.last_calls());
    story.pass(Duration::hours(23)).await;
    assert_eq!(by_token(&mut story, &token).await, StatusCode::OK);
    story.pass(Duration::hours(1)).await;
    assert_eq!(by_token(&mut story, &token).await, StatusCode::UNAUTHORIZED);
    keep("a_token_after_the_sign_out", &transcript(&story));

    let (mut story, token) = signed_in("{ expiresIn: '1d' }").await;
    story.pass(Duration::hours(24) - Duration::seconds(30)).await;
    assert_eq!(by_token(&mut story, &token).await, StatusCode::OK);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn without_expires_in_a_token_has_no_end() {
    let (mut story, token) = signed_in("{}").await;
    story.pass(Duration::days(3650)).await;
    assert_eq!(by_token(&mut story, &token).await, StatusCode::OK);
}

/// As a variable of the environment gives it: `expiresIn: process.env.TOKEN_SECONDS`.
#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn expires_in_without_a_unit_is_seconds_as_a_number_and_milliseconds_as_a_text() {
    for (expires_in, works) in [("300", true), ("'300'", false), ("'300s'", true)] {
        let (mut story, token) = signed_in(&format!("{{ expiresIn: {expires_in} }}")).await;
        let status = by_token(&mut story, &token).await;
        assert_eq!(status == StatusCode::OK, works, "{expires_in}: {status}");
    }
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
fn which_tokens_jsonwebtoken_takes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("node").arg(folder.join("traps.js")).output();
    let output = output.expect("Node.js starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut table = HEAD.to_owned();
    for line in String::from_utf8(output.stdout).expect("it prints text").lines() {
        let (name, said): (String, [Option<String>; 2]) = told(line);
        let [bare, careful] = said.map(|why| why.unwrap_or_else(|| "**taken**".to_owned()));
        table += &format!("| {name} | {bare} | {careful} |\n");
    }
    keep("which_tokens_jsonwebtoken_takes", &table);
}

fn told(line: &str) -> (String, [Option<String>; 2]) {
    let (name, bare, careful) = serde_json::from_str(line).expect("a list of three");
    (name, [bare, careful])
}
