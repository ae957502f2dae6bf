//! Two servers on one database, each with connections of its own.

#![cfg(postgres)]

mod database;
mod told;

use axum::http::{Method, StatusCode};
use conversation::{Answer, Conversation, Request, record_outside_the_lab};
use database::{ENGINE, open};
use step_15::app;
use told::Told;
use tower_sessions::cookie::Key;

const KEY: [u8; 64] = [7; 64];
const CREDENTIALS: &str = "name=Ada&password=a+cup+before+noon";

fn two_servers(title: &str) -> Conversation {
    let url = ENGINE.empty();
    let first = Told::new(open(&url));
    let second = Told(first.0.beside(open(&url)));
    let [one, other] = [&first, &second]
        .map(|store| app(store.clone(), Key::from(&KEY), store.clone()));
    let mut story = Conversation::new(title, one, first.0.clone());
    story.join(other);
    story
}

/// The token of the forms on this page.
fn token(page: &Answer) -> String {
    let rest =
        page.body.split_once(r#"name="token" value=""#).map(|(_, rest)| rest);
    rest.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn who_signs_in_at_one_server_is_known_at_the_other_and_out_at_both() {
    let mut story = two_servers("Two servers on one database");
    story.aside();
    story.post("Ada", "/register", CREDENTIALS).await;
    let page = story.get("Ada", "/member").await;
    story.post("Ada", "/sign-out", &format!("token={}", token(&page))).await;
    story.so_far("Ada has registered at server 1, and signed out again.");
    let answer = story.post("Ada", "/sign-in", CREDENTIALS).await;
    assert_eq!(answer.header("location"), Some("/member?said=1"));
    story.answers(2);
    let page = story.get("Ada", "/member").await;
    assert!(page.text.contains("You are Ada"), "{}", page.text);
    let cookie = story.cookies("Ada")[0].value.clone();
    story.post("Ada", "/sign-out", &format!("token={}", token(&page))).await;
    story.answers(1);
    story.give("Ada", "__Host-id", &cookie);
    let answer = story.get("Ada", "/member").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    assert!(story.rows().is_empty());
    record_outside_the_lab!(story, "two_servers");
}

/// What a lock in the memory of one server could not keep.
#[tokio::test]
async fn a_slow_request_at_one_server_brings_nothing_back_that_the_other_has_ended()
{
    let mut story = two_servers("A slow request at the other server");
    story.post("Ada", "/register", CREDENTIALS).await;
    let page = story.get("Ada", "/").await;
    let form = format!("token={}", token(&page));
    let order =
        Request::new(Method::POST, "/basket").form(&format!("{form}&tea=assam"));
    story.begin("Ada", "load", order).await;
    story.answers(2);
    let cookie = story.cookies("Ada")[0].value.clone();
    story.give("Phone", "__Host-id", &cookie);
    story.post("Phone", "/sign-out", &form).await;
    let late = story.finish("Ada").await;
    assert_eq!(late.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(late.text.contains("you may have signed out meanwhile"));
    assert!(story.rows().is_empty());
}

/// The password is changed at one server while its thief is at the other.
#[tokio::test]
async fn a_password_that_is_changed_at_one_server_ends_what_the_other_has_begun() {
    let mut story = two_servers("A thief at the other server");
    story.post("Ada", "/register", CREDENTIALS).await;
    let page = story.get("Ada", "/password").await;
    story.answers(2);
    story.post("Mallory", "/sign-in", CREDENTIALS).await;
    assert!(story.get("Mallory", "/member").await.text.contains("You are Ada"));
    story.answers(1);
    let fields = "password=a+cup+before+noon&new=two+cups+at+four";
    let fields = format!("token={}&{fields}", token(&page));
    let answer = story.post("Ada", "/password", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    story.answers(2);
    let answer = story.get("Mallory", "/member").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    assert!(story.get("Ada", "/member").await.text.contains("You are Ada"));
}
