//! What Ada's browser and a program of hers say, for the book to show.

use axum::http::{Method, StatusCode};
use conversation::{Answer, Conversation, Request, record};
use step_22::site::Tokens;
use time::Duration;

mod told;
use told::Told;

const MEMBER: &str = "name=Ada&password=a+cup+before+noon";

const JSON: &str = r#"{"name":"Ada","password":"a cup before noon"}"#;

/// A server at which Ada is a member, as is told elsewhere.
async fn begin(title: &str, store: Told) -> Conversation {
    with_ada(Conversation::new(title, store.server(), store)).await
}

async fn with_ada(mut story: Conversation) -> Conversation {
    story.aside();
    story.post("Ada", "/register", MEMBER).await;
    story
}

async fn sign_in(story: &mut Conversation, who: &str) {
    let request = Request::new(Method::POST, "/api/tokens").json(JSON);
    assert_eq!(story.send(who, request).await.status, StatusCode::OK);
}

/// The token of this name that somebody holds.
fn held(story: &mut Conversation, who: &str, name: &str) -> String {
    let tokens = story.tokens(who);
    let token = tokens.into_iter().find(|token| token.name == name);
    token.expect("a token").text
}

fn brings(method: Method, path: &str, token: &str) -> Request {
    Request::new(method, path).bearer(token)
}

async fn orders(story: &mut Conversation, who: &str, token: &str) -> StatusCode {
    story.send(who, brings(Method::GET, "/api/orders", token)).await.status
}

fn asks(token: &str) -> Request {
    brings(Method::POST, "/api/tokens/refresh", token)
}

async fn refresh(story: &mut Conversation, who: &str) -> Answer {
    let token = held(story, who, "refresh_token");
    story.send(who, asks(&token)).await
}

#[tokio::test]
async fn whoever_has_copied_an_access_token_is_ada_until_it_ends() {
    let mut story = begin("Signed out, and replayed", Told::new()).await;
    story.so_far("Ada's browser is signed in.");
    sign_in(&mut story, "Program").await;
    story.steal("Ada", "Mallory");
    story.steal_tokens("Program", "Mallory");
    let page = story.get("Ada", "/").await.body;
    let (_, token) = page.split_once(r#"name="token" value=""#).expect("a form");
    let token = format!("token={}", token.split('"').next().expect("a token"));
    story.post("Ada", "/sign-out", &token).await;
    let token = held(&mut story, "Program", "refresh_token");
    let end = brings(Method::POST, "/api/tokens/end", &token);
    assert_eq!(story.send("Program", end).await.status, StatusCode::NO_CONTENT);
    assert_eq!(story.rows(), [], "no session is left");

    let answer = story.get("Mallory", "/member").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "the cookie is out");
    let access = held(&mut story, "Mallory", "access_token");
    assert_eq!(orders(&mut story, "Mallory", &access).await, StatusCode::OK);
    let answer = refresh(&mut story, "Mallory").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "there is no next token");
    story.pass(Duration::minutes(5)).await;
    let answer = orders(&mut story, "Mallory", &access).await;
    assert_eq!(answer, StatusCode::UNAUTHORIZED);
    record!(story, "token_lives_on");
}

/// Each refresh token is good once here, and no longer than that.
#[tokio::test]
async fn two_tabs_that_refresh_at_once_are_taken_for_a_theft_without_a_window() {
    let store =
        Told::new().giving(|usual| Tokens { grace: Duration::ZERO, ..usual });
    let title = "Two tabs refresh at once, and there is no window";
    let story = Conversation::new(title, store.server(), store);
    let mut story = with_ada(story.naive("no window")).await;
    sign_in(&mut story, "Program").await;
    story.so_far("A program of Ada's has signed in.");
    story.share_tokens("Program", "Tab");
    story.pass(Duration::minutes(5)).await;
    let first = held(&mut story, "Tab", "refresh_token");
    story.begin("Tab", "load", asks(&first)).await;
    assert_eq!(refresh(&mut story, "Program").await.status, StatusCode::OK);
    assert_eq!(story.finish("Tab").await.status, StatusCode::UNAUTHORIZED);
    let answer = refresh(&mut story, "Program").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "signed out by herself");
    record!(story, "two_tabs_no_window");
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_get_the_same_token() {
    let store = Told::new();
    let other = store.server();
    let mut story = begin("Two tabs refresh at once", store).await;
    story.join(other);
    sign_in(&mut story, "Program").await;
    story.so_far("A program of Ada's has signed in.");
    story.share_tokens("Program", "Tab");
    story.pass(Duration::minutes(5)).await;
    let first = held(&mut story, "Tab", "refresh_token");
    story.begin("Tab", "load", asks(&first)).await;
    story.answers(2);
    assert_eq!(refresh(&mut story, "Program").await.status, StatusCode::OK);
    let next = held(&mut story, "Program", "refresh_token");
    assert_eq!(story.finish("Tab").await.status, StatusCode::OK);
    assert_eq!(held(&mut story, "Tab", "refresh_token"), next);
    record!(story, "two_tabs_refresh");
}

#[tokio::test]
async fn a_theft_ends_the_session_once_both_have_come() {
    let mut story = begin("A refresh token comes again", Told::new()).await;
    sign_in(&mut story, "Program").await;
    story.so_far("A program of Ada's has signed in.");
    story.steal_tokens("Program", "Mallory");
    story.pass(Duration::minutes(5)).await;
    assert_eq!(refresh(&mut story, "Mallory").await.status, StatusCode::OK);
    story.pass(Duration::minutes(5)).await;
    let answer = refresh(&mut story, "Program").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let answer = refresh(&mut story, "Mallory").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "the thief is out, too");
    record!(story, "theft");
}
