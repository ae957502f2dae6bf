//! The way back to the page that was asked for, and a return from elsewhere.

use axum::http::{Method, StatusCode};
use conversation::{Conversation, Initiator, Request};
use express::{Express, transcript};

use crate::recordings::keep;

/// Ada asks for a page of members, is sent to sign in, and does so here. It gives where she is sent.
async fn sent_after(page: &str, sign_in: &str) -> (Conversation, String) {
    let mut story = Express::start("members: true").conversation();
    let answer = story.get("Ada", page).await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    let answer = story.post("Ada", sign_in, "").await;
    assert_eq!(answer.status, StatusCode::FOUND);
    let location = answer.header("location").expect("she is sent on").to_owned();
    (story, location)
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn passport_forgets_the_page_that_was_asked_for_at_the_sign_in() {
    let (story, location) = sent_after("/read", "/sign-in").await;
    assert_eq!(location, "/");
    keep("return_to_is_lost", &transcript(&story));
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn who_takes_return_to_out_before_the_sign_in_can_go_back() {
    let (mut story, location) = sent_after("/read?page=2", "/sign-in-and-go-back").await;
    assert_eq!(location, "/read?page=2");
    assert_eq!(story.get("Ada", "/read").await.status, StatusCode::OK);
    assert!(!story.rows()[0].data.contains("returnTo"));
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn keep_session_info_keeps_all_that_the_session_before_held() {
    let (story, location) = sent_after("/read", "/sign-in-and-keep-all").await;
    assert_eq!(location, "/read");
    assert!(story.rows()[0].data.contains("returnTo"), "it stays there");
}

/// `req.originalUrl` is what the client has written, and a browser takes two slashes for a host.
#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn return_to_of_an_address_with_two_slashes_leads_to_another_host() {
    let (_, location) = sent_after("//coffee.example/", "/sign-in-and-go-back").await;
    assert_eq!(location, "//coffee.example/");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_next_that_nobody_looks_at_leads_to_any_host() {
    for next in ["https://coffee.example/", "//coffee.example/"] {
        let mut story = Express::start("members: true").conversation();
        let answer = story.post("Ada", &format!("/sign-in-and-go-on?next={next}"), "").await;
        assert_eq!(answer.header("location"), Some(next));
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_return_by_post_finds_no_session_and_its_answer_takes_the_cookie_away() {
    let mut story = Express::start("cookie: { sameSite: 'lax' }").conversation();
    story.get("Ada", "/write").await;
    let before = story.cookies("Ada")[0].value.clone();
    let back = Request::new(Method::POST, "/write").form("paid=yes");
    let answer = story.send("Ada", back.from(Initiator::CrossSiteForm)).await;
    assert_eq!(answer.text, "visits: 1", "as if she had never been here");
    assert_ne!(story.cookies("Ada")[0].value, before);
    assert_eq!(story.get("Ada", "/read").await.text, "visits: 1", "and so it stays");
    keep("a_return_by_post", &transcript(&story));
}
