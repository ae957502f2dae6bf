//! The `cookie` option, attribute by attribute.

use axum::http::{Method, StatusCode};
use conversation::{Initiator, Request, SameSite};
use express::Express;
use time::Duration;

use crate::{over_https, visited};

/// The attributes of the cookie that these cookie options give.
async fn attributes(cookie: &str) -> String {
    let options = format!("proxy: true, cookie: {{ {cookie} }}");
    let mut story = Express::start(&options).conversation().at("https://www.tea.example");
    let answer = story.send("Ada", over_https("/")).await;
    let set_cookie = answer.header("set-cookie").expect("a cookie is set");
    set_cookie.split_once("; ").expect("it has attributes").1.to_owned()
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_cookie_is_http_only_for_the_whole_site_and_nothing_else() {
    assert_eq!(attributes("").await, "Path=/; HttpOnly");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn domain_gives_the_cookie_to_every_subdomain() {
    let options = "cookie: { domain: 'tea.example' }";
    let mut story = Express::start(options).conversation().at("http://www.tea.example");
    story.get("Ada", "/").await;
    let cookie = &story.cookies("Ada")[0];
    assert!(cookie.domain == "tea.example" && !cookie.host_only, "{cookie:?}");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn outside_the_path_there_is_no_session_at_all() {
    let mut story = visited("cookie: { path: '/write' }").await;
    assert_eq!(story.get("Ada", "/read").await.text, "req.session is undefined");
    assert_eq!(story.get("Ada", "/write").await.text, "visits: 1");
    assert_eq!(story.get("Ada", "/write").await.text, "visits: 2");
    assert_eq!(story.cookies("Ada")[0].path, "/write");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_path_that_only_begins_alike_makes_a_session_each_time() {
    let mut story = Express::start("cookie: { path: '/write' }").conversation();
    for rows in 1..=3 {
        // The browser holds no cookie for /write-404, and Express compares letter by letter.
        story.get("Ada", "/write-404").await;
        assert_eq!(story.rows().len(), rows);
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn http_only_false_shows_the_cookie_to_scripts() {
    assert_eq!(attributes("httpOnly: false").await, "Path=/");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn same_site_strict_stays_at_home_when_another_site_links() {
    for (same_site, calls) in
        [("'strict'", vec![]), ("true", vec![]), ("'lax'", vec!["get", "touch"])]
    {
        let mut story = visited(&format!("cookie: {{ sameSite: {same_site} }}")).await;
        let link = Request::new(Method::GET, "/read").from(Initiator::CrossSiteLink);
        story.send("Ada", link).await;
        assert_eq!(story.last_calls(), calls, "{same_site}");
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn same_site_is_not_set_unless_you_say_so() {
    assert_eq!(visited("").await.cookies("Ada")[0].same_site, SameSite::Default);
    assert_eq!(attributes("sameSite: false").await, "Path=/; HttpOnly");
    assert_eq!(attributes("sameSite: 'none'").await, "Path=/; HttpOnly; SameSite=None");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn secure_true_withholds_the_cookie_on_http() {
    let mut story = Express::start("cookie: { secure: true }").conversation();
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(story.last_calls(), ["set"], "the row is kept all the same");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn secure_true_marks_the_cookie_on_https() {
    assert_eq!(attributes("secure: true").await, "Path=/; HttpOnly; Secure");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn secure_auto_follows_the_connection() {
    assert_eq!(attributes("secure: 'auto'").await, "Path=/; HttpOnly; Secure");
    assert!(!visited("cookie: { secure: 'auto' }").await.cookies("Ada")[0].secure);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn same_site_auto_is_none_on_https_and_lax_on_http() {
    assert_eq!(attributes("sameSite: 'auto'").await, "Path=/; HttpOnly; SameSite=None");
    let cookie = &visited("cookie: { sameSite: 'auto' }").await.cookies("Ada")[0];
    assert_eq!(cookie.same_site, SameSite::Lax);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn max_age_in_milliseconds_becomes_expires() {
    let mut story = Express::start("cookie: { maxAge: 30 * 60_000 }").conversation();
    let answer = story.get("Ada", "/").await;
    let set_cookie = answer.header("set-cookie").expect("a cookie is set");
    assert!(set_cookie.contains("; Expires=") && !set_cookie.contains("Max-Age"));
    let now = story.now();
    assert_eq!(story.cookies("Ada")[0].lives(now), "for 30 minutes");
    assert_eq!(story.rows()[0].lives, Some(Duration::minutes(30)));
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn without_max_age_neither_cookie_nor_row_has_an_end() {
    let mut story = visited("").await;
    assert_eq!(story.cookies("Ada")[0].expires, None);
    assert_eq!(story.rows()[0].lives, None);
    story.pass(Duration::days(3_650)).await;
    assert_eq!(story.get("Ada", "/read").await.text, "visits: 1");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn expires_is_a_date_that_each_session_starts_with() {
    let mut story = visited("cookie: { expires: new Date(Date.now() + 3_600_000) }").await;
    let now = story.now();
    assert_eq!(story.cookies("Ada")[0].lives(now), "for 1 hour");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn partitioned_marks_the_cookie_as_partitioned() {
    assert_eq!(
        attributes("secure: true, partitioned: true").await,
        "Path=/; HttpOnly; Secure; Partitioned"
    );
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn priority_tells_chromium_which_cookies_to_keep() {
    assert_eq!(attributes("priority: 'high'").await, "Path=/; HttpOnly; Priority=High");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn cookie_as_a_function_sees_the_request() {
    let options = "cookie: (req) => ({ maxAge: req.path === '/' ? 3_600_000 : null })";
    let mut story = visited(options).await;
    assert_eq!(story.rows()[0].lives, Some(Duration::hours(1)));
    story.get("Grace", "/write").await;
    assert_eq!(story.rows()[1].lives, None);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn auto_from_a_cookie_function_is_not_understood() {
    let options = "proxy: true, cookie: () => ({ sameSite: 'auto' })";
    let mut story = Express::start(options).conversation();
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_name_is_compared_undecoded_and_the_first_of_two_counts() {
    let mut story = visited("").await;
    story.get("Mallory", "/").await;
    story.get("Mallory", "/").await;
    let mut value = |who| story.cookies(who)[0].value.clone();
    let (ada, mallory) = (value("Ada"), value("Mallory"));
    for (line, sees) in [
        (format!("connect.sid={ada}"), "visits: 1"),
        (format!("connect%2Esid={ada}"), "visits: none"),
        (format!("connect.sid={ada}; connect%2Esid={mallory}"), "visits: 1"),
        (format!("connect.sid={ada}; connect.sid={mallory}"), "visits: 1"),
    ] {
        let request = Request::new(Method::GET, "/read").header("cookie", &line);
        assert_eq!(story.send("a client", request).await.text, sees, "{line}");
    }
}
