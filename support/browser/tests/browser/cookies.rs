//! The steps' cookies, as the browser's own store describes them.

use axum::{Router, http::header, response::Html, routing::get};
use browser::{Browser, Server, chromium};
use passes::once;
use serde_json::{Value, json};
use tower_sessions::MemoryStore;

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn every_script_can_read_the_cookie_of_step_02() {
    once(chromium(), || {
        let server = Server::start(step_02::app(step_02::Sessions::default()));
        let (seen, id, script_sees) = first_visit(&server);
        // No `expiry`: it goes with the browser. The server says nothing of SameSite; Lax is what
        // Chromium makes of that.
        assert_eq!(
            seen,
            json!({
                "name": "id", "domain": "localhost", "path": "/",
                "httpOnly": false, "secure": false, "sameSite": "Lax",
            })
        );
        assert_eq!(script_sees, format!("id={id}"));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn no_script_can_read_the_cookie_of_step_03() {
    once(chromium(), || {
        let server = Server::start(step_03::app(MemoryStore::default()));
        let (seen, _, script_sees) = first_visit(&server);
        assert_eq!(
            seen,
            json!({
                "name": "id", "domain": "localhost", "path": "/",
                "httpOnly": true, "secure": false, "sameSite": "Strict",
            })
        );
        assert_eq!(script_sees, "");
    });
}

/// Whoever gets a script into a page, by a package or an advertisement, reads what its scripts keep.
#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_script_reads_a_token_that_the_page_keeps_and_no_http_only_cookie() {
    once(chromium(), || {
        let page = async || ([(header::SET_COOKIE, "id=1; HttpOnly")], Html("tea"));
        let server = Server::start(Router::new().route("/", get(page)));
        let browser = Browser::borrow();
        browser.go(&server.url("/"));
        assert_eq!(browser.cookie("id")["value"], "1");
        browser.run("localStorage.token = 'of Ada'", &[]);
        let seen = browser.run("return [document.cookie, localStorage.token]", &[]);
        assert_eq!(seen, json!(["", "of Ada"]));
    });
}

/// The cookie without its value, the value, and what a script of the page sees.
fn first_visit(server: &Server) -> (Value, String, Value) {
    let browser = Browser::borrow();
    browser.go(&server.url("/"));
    let mut cookie = browser.cookie("id");
    let fields = cookie.as_object_mut().expect("a cookie is an object");
    let id = fields.remove("value").expect("a cookie has a value");
    let script_sees = browser.run("return document.cookie", &[]);
    (cookie, id.as_str().expect("a value is text").to_owned(), script_sees)
}
