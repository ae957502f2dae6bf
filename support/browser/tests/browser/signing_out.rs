//! What a browser keeps of a member who has signed out.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderValue, header},
    middleware,
    response::{Html, Response},
    routing::get,
};
use browser::{Browser, Server, chromium};
use passes::once;
use serde_json::json;
use tower_sessions::{MemoryStore, cookie::Key};

use crate::shop::{COOKIE, give_password};

fn shop() -> Router {
    let accounts = step_10::accounts::InMemory::default();
    step_10::app(MemoryStore::default(), Key::from(&[7; 64]), accounts)
}

/// The same pages without their script.
async fn without_script(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let page = to_bytes(body, 1 << 20).await.expect("a page");
    let page = String::from_utf8_lossy(&page).replace("pageshow", "nothing");
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(page))
}

/// The same pages for a browser that may keep them.
async fn to_keep(mut response: Response) -> Response {
    let value = HeaderValue::from_static("private, max-age=600");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}

/// How a member comes to the page that she looks at last.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// The sign-in led her there.
    Straight,
    /// She followed a link.
    Link,
}

/// A member looks at her page, signs out, and goes back to a page of this title. Whether it is
/// the very page that she left, with what its scripts had made of it.
fn back_after_signing_out(app: Router, way: Way, title: &str) -> bool {
    let server = Server::start(app);
    let ada = Browser::borrow();
    ada.go(&server.url("/register"));
    give_password(&ada);
    if way == Way::Link {
        ada.follow("Shop");
        ada.follow("Ada");
    }
    assert_eq!(ada.text("h1"), "For members");
    ada.run("window.left = true", &[]);
    ada.click("form[action='/sign-out'] button");
    assert!(ada.cookies().is_empty());
    ada.back();
    ada.wait_for_text("h1", title);
    ada.run("return window.left === true", &[]) == true
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn the_back_button_shows_no_page_of_a_member_who_has_signed_out() {
    once(chromium(), || {
        assert!(!back_after_signing_out(shop(), Way::Straight, "Sign in"));
        assert!(!back_after_signing_out(shop(), Way::Link, "Sign in"));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn without_no_store_the_back_button_shows_it() {
    once(chromium(), || {
        let app = shop()
            .layer(middleware::map_response(without_script))
            .layer(middleware::map_response(to_keep));
        assert!(back_after_signing_out(app, Way::Link, "For members"), "no cache of answers");
    });
}

/// A sign-out that asks the browser to forget its cache too.
async fn and_the_cache(mut response: Response) -> Response {
    if let Some(value) = response.headers_mut().get_mut("clear-site-data") {
        *value = HeaderValue::from_static(r#""cache", "storage""#);
    }
    response
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn clear_site_data_for_the_cache_does_not_keep_the_page_from_coming_back() {
    once(chromium(), || {
        let app = shop()
            .layer(middleware::map_response(without_script))
            .layer(middleware::map_response(to_keep))
            .layer(middleware::map_response(and_the_cache));
        assert!(back_after_signing_out(app, Way::Link, "For members"), "the cache is empty");
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn without_no_store_the_script_is_enough_in_chromium() {
    once(chromium(), || {
        let app = shop().layer(middleware::map_response(to_keep));
        assert!(!back_after_signing_out(app, Way::Link, "Sign in"));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn with_no_store_alone_chromium_brings_back_the_page_that_the_sign_in_led_to() {
    once(chromium(), || {
        let app = || shop().layer(middleware::map_response(without_script));
        assert!(!back_after_signing_out(app(), Way::Link, "Sign in"));
        assert!(back_after_signing_out(app(), Way::Straight, "For members"));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn clear_site_data_empties_the_storage_and_leaves_other_cookies() {
    once(chromium(), || {
        let server = Server::start(shop());
        let ada = Browser::borrow();
        ada.go(&server.url("/register"));
        give_password(&ada);
        ada.run("localStorage.note = 'half price'; document.cookie = 'colour=green'", &[]);
        ada.click("form[action='/sign-out'] button");
        assert_eq!(ada.run("return localStorage.note ?? 'nothing'", &[]), "nothing");
        assert_eq!(ada.run("return document.cookie", &[]), "colour=green");
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn clear_site_data_for_cookies_takes_those_of_the_neighbours_too() {
    once(chromium(), || {
        let clear = async || ([("clear-site-data", r#""cookies""#)], Html("gone"));
        let app =
            Router::new().route("/", get(async || Html("here"))).route("/clear", get(clear));
        let server = Server::start(app);
        let ada = Browser::borrow();
        ada.go(&server.url_at("coffee.tea.localhost", "/"));
        ada.set_cookie(&json!({"name": "colour", "value": "brown"}));
        ada.go(&server.url_at("shop.tea.localhost", "/"));
        ada.set_cookie(&json!({"name": "id", "value": "1"}));
        ada.go(&server.url_at("shop.tea.localhost", "/clear"));
        let left: Vec<_> = ada.cookies().iter().map(|it| it["domain"].clone()).collect();
        assert_eq!(left, Vec::<serde_json::Value>::new());
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn the_cookie_goes_with_the_member() {
    once(chromium(), || {
        let server = Server::start(shop());
        let ada = Browser::borrow();
        ada.go(&server.url("/register"));
        give_password(&ada);
        assert_eq!(ada.cookie(COOKIE)["httpOnly"], true);
        ada.click("form[action='/sign-out'] button");
        assert!(ada.cookies().is_empty());
        ada.go(&server.url("/member"));
        assert_eq!(ada.text("h1"), "Sign in");
    });
}
