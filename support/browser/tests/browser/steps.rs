//! The steps, used as a person uses them.

use std::collections::HashMap;

use browser::{Borrowed, Browser, Server, chromium};
use passes::once;
use serde_json::json;
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    MemoryStore, SessionStore,
    session::{Id, Record},
};

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_01_counts_all_browsers_as_one() {
    once(chromium(), || {
        let server = Server::start(step_01::app(step_01::Visits::default()));
        let (ada, grace) = (Browser::borrow(), Browser::borrow());
        visit_three_times(&ada, &server);
        grace.go(&server.url("/"));
        assert_eq!(count(&grace), "You have been here 4 times.");
        ada.reload();
        assert_eq!(count(&ada), "You have been here 5 times.");
        assert_no_errors([ada, grace]);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_02_counts_each_browser() {
    once(chromium(), || {
        counts_each_browser(&Server::start(step_02::app(step_02::Sessions::default())));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_03_counts_each_browser() {
    once(chromium(), || {
        counts_each_browser(&Server::start(step_03::app(MemoryStore::default())));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_04_counts_each_browser() {
    once(chromium(), || {
        counts_each_browser(&Server::start(step_04::app(MemoryStore::default())));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_04_lets_a_visitor_start_over() {
    once(chromium(), || {
        let store = MemoryStore::default();
        let server = Server::start(step_04::app(store.clone()));
        // What step 03 kept: a number, not a struct.
        let mut row = row(json!({"visits": 3}));
        server.wait_for(store.create(&mut row)).expect("the store takes the row");
        let ada = Browser::borrow();
        // A browser takes a cookie only for the site that it is on.
        ada.go(&server.url("/about"));
        ada.set_cookie(&json!({"name": "id", "value": row.id.to_string(), "httpOnly": true}));
        ada.follow("Visit");
        assert_eq!(ada.text("h1"), "Something is wrong");
        let errors = ada.console_errors();
        assert!(errors.len() == 1 && errors[0].contains("status of 500"), "{errors:?}");

        ada.click("button");
        assert_eq!(count(&ada), "You have been here 1 time.");
        assert_eq!(ada.run("return location.pathname", &[]), "/");
        let kept = server.wait_for(store.load(&row.id)).expect("the store answers");
        assert!(kept.is_none(), "the row is still there: {kept:?}");
        assert_no_errors([ada]);
    });
}

/// What steps 02 and later have in common, seen from outside.
fn counts_each_browser(server: &Server) {
    let (ada, grace) = (Browser::borrow(), Browser::borrow());
    visit_three_times(&ada, server);
    grace.go(&server.url("/"));
    assert_eq!(count(&grace), "You have been here 1 time.");
    assert_eq!(sent(&grace), "nothing");
    ada.reload();
    assert_eq!(count(&ada), "You have been here 4 times.");
    assert!(sent(&ada).starts_with("id="), "the page shows: {}", sent(&ada));
    assert_no_errors([ada, grace]);
}

/// By the address, by a reload, and by the links of the page.
fn visit_three_times(browser: &Browser, server: &Server) {
    browser.go(&server.url("/"));
    assert_eq!(count(browser), "You have been here 1 time.");
    browser.reload();
    assert_eq!(count(browser), "You have been here 2 times.");
    browser.follow("About");
    assert_eq!(browser.text("h1"), "About");
    browser.follow("Visit");
    assert_eq!(count(browser), "You have been here 3 times.");
}

fn count(browser: &Browser) -> String {
    browser.text("main p")
}

/// What the page says under "Your browser sent".
fn sent(browser: &Browser) -> String {
    browser.text("h2 + ul")
}

fn assert_no_errors(browsers: impl IntoIterator<Item = Borrowed>) {
    let errors: Vec<String> =
        browsers.into_iter().flat_map(|browser| browser.console_errors()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn row(data: serde_json::Value) -> Record {
    let data: HashMap<_, _> = serde_json::from_value(data).expect("the data is an object");
    let expiry_date = OffsetDateTime::now_utc() + Duration::days(14);
    Record { id: Id::default(), data, expiry_date }
}
