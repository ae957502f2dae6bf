//! The methods and fields of `req.session`, and what happens without calling one.

use axum::http::StatusCode;
use express::Express;
use serde_json::Value;
use time::Duration;

use crate::visited;

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn the_store_is_asked_before_a_handler_that_wants_nothing() {
    let mut story = visited("").await;
    story.get("Ada", "/untouched").await;
    assert_eq!(story.last_calls(), ["get", "touch"]);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn an_equal_value_is_only_touched() {
    let mut story = visited("").await;
    story.get("Ada", "/same").await;
    assert_eq!(story.last_calls(), ["get", "touch"]);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_failing_handler_saves_all_the_same() {
    for path in ["/write-404", "/write-500", "/write-throw"] {
        let mut story = visited("").await;
        let status = story.get("Ada", path).await.status;
        assert!(status.is_client_error() || status.is_server_error(), "{path}: {status}");
        assert_eq!(story.last_calls(), ["get", "set"], "{path}");
        assert_eq!(story.get("Ada", "/read").await.text, "visits: 2");
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_first_value_after_the_head_is_a_row_without_a_cookie() {
    let mut story = Express::start("").conversation();
    let answer = story.get("Ada", "/write-stream").await;
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(story.last_calls(), ["set"]);
    assert_eq!(story.rows().len(), 1);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn what_is_written_after_the_answer_is_lost() {
    let mut story = visited("").await;
    story.get("Ada", "/write-later").await;
    assert_eq!(story.last_calls(), ["get", "touch"]);
    assert_eq!(story.get("Ada", "/read").await.text, "visits: 1");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn save_keeps_what_is_written_after_the_answer() {
    let mut story = visited("").await;
    story.get("Ada", "/save-later").await;
    assert_eq!(story.last_calls(), ["get", "touch", "set"]);
    assert_eq!(story.get("Ada", "/read").await.text, "visits: 2");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn save_before_the_answer_is_the_only_save() {
    let mut story = visited("").await;
    story.get("Ada", "/save-then-redirect").await;
    assert_eq!(story.last_calls(), ["get", "set", "touch"]);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_write_after_save_is_saved_again() {
    let mut story = visited("").await;
    story.get("Ada", "/save-then-write").await;
    assert_eq!(story.last_calls(), ["get", "set", "set"]);
    assert_eq!(story.get("Ada", "/read").await.text, "visits: 3");
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
fn a_redirect_without_save_overtakes_its_own_session() {
    let server = Express::start("");
    let browser = express::agent();
    server.hold();
    let redirect = browser.get(server.url("/write-redirect")).call().expect("it answers");
    assert_eq!(redirect.headers()["location"], "/read");
    let cookie = redirect.headers()["set-cookie"].to_str().expect("text");
    let cookie = cookie.split(';').next().expect("name and value");
    let page = browser.get(server.url("/read")).header("cookie", cookie).call();
    let page = page.expect("it answers").body_mut().read_to_string().expect("text");
    assert_eq!(page, "visits: none");
    server.release();
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn destroy_with_unset_destroy_asks_the_store_twice() {
    let mut story = visited("unset: 'destroy'").await;
    story.get("Ada", "/destroy").await;
    assert_eq!(story.last_calls(), ["get", "destroy", "destroy"]);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn reload_forgets_what_was_not_saved() {
    let mut story = visited("").await;
    assert_eq!(story.get("Ada", "/reload").await.text, "visits: 1");
    assert_eq!(story.last_calls(), ["get", "get", "touch"]);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn reload_of_a_session_without_a_row_is_an_error() {
    let mut story = Express::start("").conversation();
    let answer = story.get("Ada", "/reload").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("failed to load session"), "{}", answer.body);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_visit_prolongs_the_row_but_not_the_cookie() {
    let mut story = visited("cookie: { maxAge: 3_600_000 }").await;
    story.pass(Duration::minutes(30)).await;
    assert_eq!(story.get("Ada", "/read").await.header("set-cookie"), None);
    assert_eq!(story.rows()[0].lives, Some(Duration::hours(1)));
    story.pass(Duration::minutes(31)).await;
    assert!(story.cookies("Ada").is_empty(), "an hour after the first answer");
    assert_eq!(story.rows()[0].lives, Some(Duration::minutes(29)));
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_change_sends_a_cookie_that_has_an_end_again() {
    let mut story = visited("cookie: { maxAge: 3_600_000 }").await;
    story.pass(Duration::minutes(30)).await;
    assert!(story.get("Ada", "/write").await.header("set-cookie").is_some());
    let now = story.now();
    assert_eq!(story.cookies("Ada")[0].lives(now), "for 1 hour");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn an_expired_row_is_a_new_session() {
    let mut story = visited("cookie: { maxAge: 3_600_000 }").await;
    let cookie = story.cookies("Ada")[0].clone();
    story.pass(Duration::minutes(61)).await;
    story.forge("Mallory", &cookie.name, &cookie.value);
    assert_eq!(story.get("Mallory", "/read").await.text, "visits: none");
    assert_eq!(story.last_calls(), ["get"]);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn touch_by_hand_is_what_every_answer_does_anyway() {
    let mut story = visited("cookie: { maxAge: 3_600_000 }").await;
    for path in ["/touch", "/read"] {
        story.pass(Duration::minutes(10)).await;
        story.get("Ada", path).await;
        assert_eq!(story.last_calls(), ["get", "touch"], "{path}");
        assert_eq!(story.rows()[0].lives, Some(Duration::hours(1)), "{path}");
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn session_id_is_known_before_the_first_save() {
    let mut story = Express::start("").conversation();
    let who = whoami(&story.get("Ada", "/whoami").await.body);
    assert_eq!(who["id"], who["sessionID"]);
    assert_eq!(who["id"].as_str().map(str::len), Some(32));
    assert!(story.last_calls().is_empty());
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn session_id_is_the_name_of_the_row() {
    let mut story = visited("").await;
    let who = whoami(&story.get("Ada", "/whoami").await.body);
    assert_eq!(who["id"], story.rows()[0].id.as_str());
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn original_max_age_is_what_the_session_began_with() {
    let mut story = visited("cookie: { maxAge: 3_600_000 }").await;
    story.pass(Duration::minutes(30)).await;
    let who = whoami(&story.get("Ada", "/whoami").await.body);
    assert_eq!(who["originalMaxAge"], 3_600_000);
    assert_eq!(who["maxAge"], 1_800_000);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn max_age_of_one_session_is_kept_in_its_row() {
    let mut story = visited("").await;
    story.get("Ada", "/write-and-remember").await;
    story.get("Grace", "/").await;
    for _ in 0..3 {
        story.pass(Duration::days(20)).await;
        let who = whoami(&story.get("Ada", "/whoami").await.body);
        assert_eq!(who["originalMaxAge"], 30 * 24 * 3_600_000_u64);
        assert_eq!(story.rows()[0].lives, Some(Duration::days(30)), "Ada's");
        assert_eq!(story.rows()[1].lives, None, "Grace's");
        story.get("Ada", "/write").await;
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn max_age_alone_does_not_reach_the_browser() {
    let mut story = visited("").await;
    assert_eq!(story.get("Ada", "/remember").await.header("set-cookie"), None);
    assert_eq!(story.last_calls(), ["get", "touch"]);
    assert_eq!(story.rows()[0].lives, Some(Duration::days(30)), "the row has it");
    assert_eq!(story.cookies("Ada")[0].expires, None, "the browser has not");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn max_age_beside_a_change_reaches_the_browser() {
    let mut story = visited("").await;
    story.get("Ada", "/write-and-remember").await;
    let now = story.now();
    assert_eq!(story.cookies("Ada")[0].lives(now), "for 30 days");
}

fn whoami(body: &str) -> Value {
    serde_json::from_str(body).expect("JSON")
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_slow_request_brings_a_destroyed_session_back() {
    let mut story = visited("").await;
    let before = story.rows()[0].id.clone();
    story.get("Ada", "/outlived").await;
    assert_eq!(story.last_calls(), ["get", "get", "destroy", "set"]);
    assert_eq!(story.rows()[0].id, before);
    assert_eq!(story.get("Ada", "/read").await.text, "visits: 2");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_slow_request_that_changes_nothing_brings_no_session_back() {
    let mut story = visited("").await;
    story.get("Ada", "/outlived-untouched").await;
    assert_eq!(story.last_calls(), ["get", "get", "destroy", "touch"]);
    assert!(story.rows().is_empty());
}
