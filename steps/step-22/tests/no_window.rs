//! Two tabs that refresh at once, where each refresh token is good once and no more.

use axum::http::{Method, StatusCode};
use conversation::{Conversation, Request, record};
use step_22::site::Tokens;
use time::Duration;

mod told;
use told::Told;

const MEMBER: &str = "name=Ada&password=a+cup+before+noon";

const JSON: &str = r#"{"name":"Ada","password":"a cup before noon"}"#;

fn asks(token: &str) -> Request {
    Request::new(Method::POST, "/api/tokens/refresh").bearer(token)
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_are_taken_for_a_theft_without_a_window() {
    let store =
        Told::new().giving(|usual| Tokens { grace: Duration::ZERO, ..usual });
    let title = "Two tabs refresh at once, and there is no window";
    let mut story =
        Conversation::new(title, store.server(), store).naive("no window");
    story.aside();
    story.post("Ada", "/register", MEMBER).await;
    let request = Request::new(Method::POST, "/api/tokens").json(JSON);
    story.send("Program", request).await;
    story.so_far("A program of Ada's has signed in.");
    story.share_tokens("Program", "Tab");
    story.pass(Duration::minutes(5)).await;
    let held = story.tokens("Tab").into_iter();
    let first: String = held
        .filter(|token| token.name == "refresh_token")
        .map(|token| token.text)
        .collect();
    story.begin("Tab", "load", asks(&first)).await;
    let answer = story.send("Program", asks(&first)).await;
    assert_eq!(answer.status, StatusCode::OK);
    let answer = story.finish("Tab").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    record!(story, "two_tabs_no_window");
}
