//! The package `cors`: which origin may read an answer, and what it does not prevent.

use axum::{
    Router,
    http::{Method, StatusCode},
    response::Html,
};
use browser::{Browser, Server};
use conversation::{Answer, Initiator, Request};
use express::{Express, transcript};
use serde_json::{Value, json};

use crate::recordings::keep;

/// What a frontend of another origin does with the answer, or with none.
const FETCH: &str = "return fetch(arguments[0], arguments[1])
    .then((answer) => answer.text(), (error) => error.name)";

const COFFEE: &str = "https://coffee.example";
const APP: &str = "https://app.tea.example";

/// What a page of this origin is answered where `cors` has these options.
async fn asked(cors: &str, method: Method, origin: &str) -> Answer {
    let mut story = Express::start(&format!("corsOptions: {cors}")).conversation();
    story.send("Ada", Request::new(method, "/write").header("origin", origin)).await
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn cors_with_origin_true_lets_every_origin_read_with_cookies() {
    for origin in [APP, COFFEE, "null"] {
        let answer = asked("{ origin: true, credentials: true }", Method::GET, origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn cors_without_options_is_a_star_without_cookies() {
    let answer = asked("{}", Method::GET, COFFEE).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn cors_with_a_list_names_the_origin_that_is_on_it_and_no_other() {
    let cors = "{ origin: ['https://app.tea.example'], credentials: true }";
    let answer = asked(cors, Method::GET, APP).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(APP));
    assert_eq!(answer.header("vary"), Some("Origin"));
    let near = ["https://app.tea.example.coffee.example", "http://app.tea.example", "null"];
    for origin in near.into_iter().chain([COFFEE]) {
        let answer = asked(cors, Method::GET, origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn cors_as_a_pattern_without_anchors_lets_a_stranger_in() {
    let cors = r"{ origin: /tea\.example/, credentials: true }";
    let near = "https://tea.example.coffee.example";
    let answer = asked(cors, Method::GET, near).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(near));
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn cors_stops_no_form_it_only_lets_nobody_read_the_answer() {
    let options = "corsOptions: { origin: ['https://app.tea.example'], credentials: true }";
    let mut story = Express::start(options).conversation();
    let form = Request::new(Method::POST, "/write").header("origin", COFFEE).form("tea=assam");
    let answer = story.send("Ada", form.from(Initiator::CrossSiteForm)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(story.last_calls(), ["set"], "it was done all the same");
    keep("cors_stops_no_form", &transcript(&story));
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn cors_answers_a_preflight_before_the_session_is_looked_up() {
    let options = "corsOptions: { origin: ['https://app.tea.example'], credentials: true }";
    let mut story = Express::start(options).conversation();
    story.get("Ada", "/write").await;
    let preflight = Request::new(Method::OPTIONS, "/write")
        .header("origin", APP)
        .header("access-control-request-method", "POST");
    let answer = story.send("Ada", preflight).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(story.last_calls().is_empty());
}

/// What Chromium's `fetch` gets twice, from a page on another port, where `cors` has these options.
fn fetched_twice(cors: &str, options: Value) -> [Value; 2] {
    let frontend = Server::start(Router::new().fallback(|| async { Html("A frontend.") }));
    let cors = cors.replace("OURS", &format!("'{}'", frontend.url("")));
    let express =
        Express::start(&format!("corsOptions: {cors}, cookie: {{ sameSite: 'lax' }}"));
    let express = Server::start(express.app());
    let browser = Browser::borrow();
    browser.go(&frontend.url("/"));
    let write = || browser.run(FETCH, &[json!(express.url("/write")), options.clone()]);
    [write(), write()]
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
fn fetch_without_credentials_is_a_stranger_each_time() {
    let cors = "{ origin: OURS, credentials: true }";
    assert_eq!(fetched_twice(cors, json!({})), ["visits: 1", "visits: 1"]);
    let include = json!({ "credentials": "include" });
    assert_eq!(fetched_twice(cors, include), ["visits: 1", "visits: 2"]);
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
fn fetch_with_credentials_needs_an_origin_by_name_and_the_word_credentials() {
    let include = || json!({ "credentials": "include" });
    for cors in ["{}", "{ credentials: true }", "{ origin: OURS }"] {
        assert_eq!(fetched_twice(cors, include()), ["TypeError", "TypeError"], "{cors}");
    }
    let stranger = "{ origin: true, credentials: true }";
    assert_eq!(fetched_twice(stranger, include()), ["visits: 1", "visits: 2"]);
}
