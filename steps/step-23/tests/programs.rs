//! What programs say to a server, as the book prints it.

use axum::http::{Method, StatusCode};
use conversation::{Answer, Conversation, Request, record};
use time::Duration;

mod told;
use told::Told;

const SIGN_IN: &str = r#"{"name":"Ada","password":"a cup before noon"}"#;

/// A server whose refresh tokens are good for so long once there is another. Ada is a member,
/// and her program has signed in.
async fn signed_in(title: &str, grace: Duration) -> Conversation {
    let store =
        Told::new().giving(|usual| step_23::site::Tokens { grace, ..usual });
    let mut story = Conversation::new(title, store.server(), store);
    if grace.is_zero() {
        story = story.naive("no window");
    }
    story.aside();
    story.post("Ada", "/register", "name=Ada&password=a+cup+before+noon").await;
    story.so_far("Ada has registered in a browser.");
    story.send("Program", sign_in()).await;
    story
}

fn sign_in() -> Request {
    Request::new(Method::POST, "/api/tokens")
        .header("user-agent", "tea-cli on Linux")
        .json(SIGN_IN)
}

/// The token of this name that somebody holds.
fn held(story: &mut Conversation, who: &str, name: &str) -> String {
    let tokens = story.tokens(who).into_iter();
    tokens.filter(|token| token.name == name).map(|token| token.text).collect()
}

fn with(method: Method, path: &str, token: &str) -> Request {
    Request::new(method, path).bearer(token)
}

async fn orders(story: &mut Conversation, who: &str) -> Answer {
    let access = held(story, who, "access_token");
    story.send(who, with(Method::GET, "/api/orders", &access)).await
}

fn to_refresh(token: &str) -> Request {
    with(Method::POST, "/api/tokens/refresh", token)
}

async fn refresh(story: &mut Conversation, who: &str) -> Answer {
    let token = held(story, who, "refresh_token");
    story.send(who, to_refresh(&token)).await
}

#[tokio::test]
async fn an_access_token_goes_on_for_five_minutes_after_the_program_has_signed_out()
{
    let mut story = signed_in("A program", Duration::seconds(10)).await;
    assert_eq!(orders(&mut story, "Program").await.status, StatusCode::OK);
    let token = held(&mut story, "Program", "refresh_token");
    let ended =
        story.send("Program", with(Method::POST, "/api/tokens/end", &token)).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    let answer = refresh(&mut story, "Program").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(orders(&mut story, "Program").await.status, StatusCode::OK);
    story.pass(Duration::minutes(5)).await;
    assert_eq!(
        orders(&mut story, "Program").await.status,
        StatusCode::UNAUTHORIZED
    );
    record!(story, "a_program");
}

/// Two tabs of a page find at the same moment that their access token has ended. What the
/// first one gets, and what the second.
async fn two_tabs(story: &mut Conversation) -> [Answer; 2] {
    story.share_tokens("Program", "Tab");
    story.pass(Duration::minutes(5)).await;
    let token = held(story, "Program", "refresh_token");
    story.begin("Tab", "load", to_refresh(&token)).await;
    let first = story.send("Program", to_refresh(&token)).await;
    [first, story.finish("Tab").await]
}

#[tokio::test]
async fn two_tabs_at_once_sign_ada_out_where_each_token_is_good_once() {
    let mut story = signed_in("Two tabs, no window", Duration::ZERO).await;
    let [first, second] = two_tabs(&mut story).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(second.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        refresh(&mut story, "Program").await.status,
        StatusCode::UNAUTHORIZED
    );
    record!(story, "two_tabs_refresh");
}

#[tokio::test]
async fn two_tabs_at_once_get_the_same_token_within_ten_seconds() {
    let mut story = signed_in("Two tabs", Duration::seconds(10)).await;
    let [first, second] = two_tabs(&mut story).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(second.status, StatusCode::OK);
    assert_eq!(refresh(&mut story, "Tab").await.status, StatusCode::OK);
    record!(story, "two_tabs_within_the_window");
}

#[tokio::test]
async fn mallory_and_ada_are_out_when_both_have_come_with_one_token() {
    let mut story = signed_in("A theft", Duration::seconds(10)).await;
    story.steal_tokens("Program", "Mallory");
    story.pass(Duration::minutes(5)).await;
    assert_eq!(refresh(&mut story, "Mallory").await.status, StatusCode::OK);
    story.pass(Duration::minutes(1)).await;
    assert_eq!(
        refresh(&mut story, "Program").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        refresh(&mut story, "Mallory").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(orders(&mut story, "Mallory").await.status, StatusCode::OK);
    record!(story, "a_theft_of_a_refresh_token");
}
