//! Forms, with the check that chapter 11 writes for Express.

use axum::http::{Method, StatusCode};
use conversation::Request;
use express::Express;

/// What a form of these headers is answered, when Ada has been here, and what the store is
/// asked.
async fn a_form(headers: &[(&str, &str)]) -> (StatusCode, Vec<&'static str>) {
    let mut story = Express::start("ownForms: true").conversation();
    story.get("Ada", "/").await;
    let form = Request::new(Method::POST, "/write").form("tea=assam");
    let form = headers.iter().fold(form, |form, (name, value)| form.header(name, value));
    let status = story.send("Ada", form).await.status;
    (status, story.last_calls())
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_form_of_another_origin_is_refused_before_the_store_is_asked() {
    let foreign: [&[(&str, &str)]; 6] = [
        &[("sec-fetch-site", "same-site"), ("origin", "http://localhost:4000")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")],
        &[("origin", "http://localhost:4000")],
        &[("origin", "https://coffee.example")],
        &[("origin", "null")],
        &[("origin", "foo://localhost:8080")],
    ];
    for headers in foreign {
        let (status, calls) = a_form(headers).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(calls.is_empty(), "{headers:?}: {calls:?}");
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_form_of_the_own_origin_passes_and_so_does_a_program() {
    let own: [&[(&str, &str)]; 4] = [
        &[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8080")],
        &[("sec-fetch-site", "none")],
        &[("origin", "http://localhost:8080")],
        &[],
    ];
    for headers in own {
        let (status, calls) = a_form(headers).await;
        assert_eq!(status, StatusCode::OK, "{headers:?}");
        assert_eq!(calls, ["get", "set"], "{headers:?}");
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_link_of_another_origin_passes() {
    let mut story = Express::start("ownForms: true").conversation();
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        let link = Request::new(method, "/").header("sec-fetch-site", "cross-site");
        assert_eq!(story.send("Ada", link).await.status, StatusCode::OK);
    }
}
