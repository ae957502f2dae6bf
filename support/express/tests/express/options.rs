//! The options of `session({ … })`, but for `cookie` and `store`.

use axum::http::StatusCode;
use express::Express;

use crate::{over_https, visited};

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn name_is_what_the_cookie_is_called() {
    assert_eq!(visited("").await.cookies("Ada")[0].name, "connect.sid");
    assert_eq!(visited("name: 'tea'").await.cookies("Ada")[0].name, "tea");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn secret_signs_the_cookie_so_that_a_forged_one_is_ignored() {
    let mut story = visited("").await;
    let id = story.rows()[0].id.clone();
    let value = story.cookies("Ada")[0].value.clone();
    let signature = value.strip_prefix(&format!("s%3A{id}.")).expect("id, then signature");
    assert!(signature.len() >= 43, "256 bits in base64: {signature}");
    for forged in [id.clone(), format!("s%3A{id}"), format!("s%3A{id}.AAAA")] {
        story.forge("Mallory", "connect.sid", &forged);
        assert_eq!(story.get("Mallory", "/read").await.text, "visits: none");
        assert!(story.last_calls().is_empty(), "the store is not asked");
    }
    story.steal("Ada", "Mallory");
    assert_eq!(story.get("Mallory", "/read").await.text, "visits: 1");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn an_array_of_secrets_signs_with_the_first() {
    let cookie = &visited("secret: ['new', 'old']").await.cookies("Ada")[0];
    assert_eq!(asked("secret: 'new'", &cookie.value).await, ["get"]);
    assert!(asked("secret: 'old'", &cookie.value).await.is_empty());
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn an_array_of_secrets_verifies_with_each_of_them() {
    let cookie = &visited("secret: 'old'").await.cookies("Ada")[0];
    assert_eq!(asked("secret: ['new', 'old']", &cookie.value).await, ["get"]);
    assert!(asked("secret: 'new'", &cookie.value).await.is_empty());
}

/// What another server asks its store about a cookie: nothing, unless the signature is right.
async fn asked(options: &str, cookie: &str) -> Vec<&'static str> {
    let mut story = Express::start(options).conversation();
    story.give("Ada", "connect.sid", cookie);
    story.get("Ada", "/read").await;
    story.last_calls()
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn without_a_secret_every_request_is_a_500() {
    let mut story = Express::start("secret: undefined").conversation();
    let answer = story.get("Ada", "/untouched").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("secret option required for sessions"), "{}", answer.body);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn resave_true_saves_what_was_only_read() {
    let mut story = visited("resave: true").await;
    story.get("Ada", "/read").await;
    assert_eq!(story.last_calls(), ["get", "set"]);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn resave_false_only_touches_what_was_only_read() {
    let mut story = visited("resave: false").await;
    story.get("Ada", "/read").await;
    assert_eq!(story.last_calls(), ["get", "touch"]);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn resave_true_undoes_what_a_request_beside_it_wrote() {
    for (options, visits) in [("resave: true", 1), ("resave: false", 2)] {
        let mut story = visited(options).await;
        // It writes through another request after it has read the session, and changes nothing.
        story.get("Ada", "/overtaken").await;
        assert_eq!(story.get("Ada", "/read").await.text, format!("visits: {visits}"));
    }
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
fn resave_left_out_is_true_and_deprecated() {
    let said = Express::alone("development", "resave: undefined").end();
    assert!(said.contains("undefined resave option; provide resave option"), "{said}");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn save_uninitialized_true_keeps_a_row_for_every_visitor() {
    let mut story = Express::start("saveUninitialized: true").conversation();
    let answer = story.get("Ada", "/untouched").await;
    assert_eq!(story.last_calls(), ["set"]);
    assert!(answer.header("set-cookie").is_some());
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn save_uninitialized_false_waits_for_the_first_value() {
    let mut story = Express::start("saveUninitialized: false").conversation();
    let answer = story.get("Ada", "/untouched").await;
    assert!(story.last_calls().is_empty());
    assert_eq!(answer.header("set-cookie"), None);
    let answer = story.get("Ada", "/write").await;
    assert_eq!(story.last_calls(), ["set"]);
    assert!(answer.header("set-cookie").is_some());
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
fn save_uninitialized_left_out_is_true_and_deprecated() {
    let said = Express::alone("development", "saveUninitialized: undefined").end();
    assert!(said.contains("undefined saveUninitialized option"), "{said}");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn rolling_sends_the_cookie_again_on_every_answer() {
    let mut story = visited("rolling: true").await;
    for path in ["/read", "/untouched", "/write", "/write-404"] {
        assert!(story.get("Ada", path).await.header("set-cookie").is_some(), "{path}");
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn without_rolling_the_cookie_is_sent_once() {
    let mut story = visited("rolling: false").await;
    for path in ["/read", "/untouched", "/write", "/write-404"] {
        assert_eq!(story.get("Ada", path).await.header("set-cookie"), None, "{path}");
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn rolling_gives_a_new_visitor_without_data_no_cookie() {
    let mut story = Express::start("rolling: true").conversation();
    assert_eq!(story.get("Ada", "/read").await.header("set-cookie"), None);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn unset_keep_leaves_the_row_of_a_deleted_session() {
    for path in ["/unset", "/delete"] {
        let mut story = visited("unset: 'keep'").await;
        story.get("Ada", path).await;
        assert_eq!(story.last_calls(), ["get"]);
        assert_eq!(story.get("Ada", "/read").await.text, "visits: 1");
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn unset_destroy_deletes_the_row_of_a_deleted_session() {
    for path in ["/unset", "/delete"] {
        let mut story = visited("unset: 'destroy'").await;
        story.get("Ada", path).await;
        assert_eq!(story.last_calls(), ["get", "destroy"]);
        assert_eq!(story.get("Ada", "/read").await.text, "visits: none");
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn genid_makes_the_identifier_from_the_request() {
    let mut story = visited("genid: (req) => `${req.method}-${req.path.length}`").await;
    assert_eq!(story.rows()[0].id, "GET-1");
    assert!(story.cookies("Ada")[0].value.starts_with("s%3AGET-1."));
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn an_identifier_of_express_has_192_random_bits() {
    let story = visited("").await;
    let id = &story.rows()[0].id;
    assert_eq!(id.len(), 32, "24 bytes in base64url: {id}");
    assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{id}");
}

/// Whether a server that wants https believes that a request came over it.
async fn believes(options: &str) -> bool {
    let options = format!("cookie: {{ secure: true }}, {options}");
    let mut story = Express::start(&options).conversation().at("https://tea.example");
    story.send("Ada", over_https("/")).await.header("set-cookie").is_some()
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn proxy_true_believes_the_header_of_whoever_asks() {
    assert!(believes("proxy: true").await);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn proxy_false_believes_nobody_not_even_with_trust_proxy() {
    assert!(!believes("proxy: false, trustProxy: 'loopback'").await);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn proxy_left_out_leaves_it_to_express_whom_to_trust() {
    assert!(!believes("").await);
    assert!(believes("trustProxy: 'loopback'").await);
    assert!(!believes("trustProxy: '192.0.2.1'").await);
}
