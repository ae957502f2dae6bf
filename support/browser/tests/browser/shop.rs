//! The tea shop, used as a person uses it.

use axum::{Router, response::Html, routing::get};
use browser::{Browser, Server, chromium};
use passes::once;
use serde_json::{Value, json};
use tower_sessions::{MemoryStore, cookie::Key};

pub(crate) const COOKIE: &str = "__Host-id";

fn key() -> Key {
    Key::from(&[7; 64])
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_05_keeps_a_basket_until_it_is_emptied() {
    once(chromium(), || keeps_a_basket(&step_05::app(MemoryStore::default())));
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_06_keeps_a_basket_until_it_is_emptied() {
    once(chromium(), || keeps_a_basket(&step_06::app(MemoryStore::default(), key())));
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_07_keeps_a_basket_until_it_is_emptied() {
    once(chromium(), || keeps_a_basket(&step_07::app(MemoryStore::default(), key())));
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_08_keeps_a_basket_until_it_is_emptied() {
    once(chromium(), || keeps_a_basket(&step_08::app(MemoryStore::default(), key())));
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn the_cookie_of_step_05_is_as_narrow_as_it_can_be() {
    once(chromium(), || {
        let server = Server::start(step_05::app(MemoryStore::default()));
        let ada = Browser::borrow();
        ada.go(&server.url("/"));
        add(&ada, "assam");
        let mut cookie = ada.cookie(COOKIE);
        cookie.as_object_mut().expect("a cookie is an object").remove("value");
        assert_eq!(
            cookie,
            json!({
                "name": COOKIE, "domain": "localhost", "path": "/",
                "httpOnly": true, "secure": true, "sameSite": "Lax",
            })
        );
        assert_eq!(ada.run("return document.cookie", &[]), "");
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_form_on_another_site_takes_the_basket_of_step_05_away() {
    once(chromium(), || {
        let shop = Server::start(step_05::app(MemoryStore::default()));
        let mallory = Server::start(a_form_that_sends_itself(&shop.url("/basket")));
        let ada = Browser::borrow();
        ada.go(&shop.url("/"));
        add(&ada, "assam");
        let before = ada.cookie(COOKIE);
        // Another host is another site, while localhost with another port is not.
        ada.go(&mallory.url("/").replace("localhost", "127.0.0.1"));
        ada.wait_until("location.pathname == '/' && location.hostname == 'localhost'");
        assert_eq!(packets(&ada), json!(["1 × Sencha"]));
        assert_ne!(ada.cookie(COOKIE)["value"], before["value"]);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn the_last_packet_taken_out_of_step_07_takes_the_cookie_along() {
    once(chromium(), || {
        let server = Server::start(step_07::app(MemoryStore::default(), key()));
        let ada = Browser::borrow();
        ada.go(&server.url("/"));
        add(&ada, "assam");
        add(&ada, "assam");
        assert_eq!(packets(&ada), json!(["2 × Assam"]));
        ada.click("form[action='/basket/take'] button");
        assert_eq!(packets(&ada), json!(["1 × Assam"]));
        ada.click("form[action='/basket/take'] button");
        assert_eq!(packets(&ada), json!([]));
        assert_eq!(under(&ada, "Your browser sent"), "nothing");
        assert_no_errors(&ada);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn the_cookie_of_step_08_gets_a_lifetime_when_it_is_to_be_remembered() {
    once(chromium(), || {
        let server = Server::start(step_08::app(MemoryStore::default(), key()));
        let ada = Browser::borrow();
        ada.go(&server.url("/"));
        add(&ada, "assam");
        assert_eq!(ada.cookie(COOKIE)["expiry"], Value::Null);
        ada.click("form[action='/remember'] button");
        let now = ada.run("return Date.now() / 1000", &[]).as_f64().expect("a date");
        let expiry = ada.cookie(COOKIE)["expiry"].as_f64().expect("a date");
        let days = (expiry - now) / 86_400.0;
        assert!((29.9..30.1).contains(&days), "{days} days");
        ada.click("form[action='/remember'] button");
        assert_eq!(ada.cookie(COOKIE)["expiry"], Value::Null);
        assert_no_errors(&ada);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_member_of_step_09_signs_in_with_another_cookie_and_the_same_basket() {
    once(chromium(), || {
        let accounts = step_09::accounts::InMemory::default();
        let server = Server::start(step_09::app(MemoryStore::default(), key(), accounts));
        let ada = Browser::borrow();
        ada.go(&server.url("/register"));
        give_password(&ada);
        assert_eq!(ada.text("h1"), "For members");
        ada.click("form[action='/sign-out'] button");
        assert_eq!(under(&ada, "Your browser sent"), "nothing");
        add(&ada, "assam");
        let before = ada.cookie(COOKIE);
        ada.follow("Sign in");
        give_password(&ada);
        assert_ne!(ada.cookie(COOKIE)["value"], before["value"]);
        ada.follow("Shop");
        assert_eq!(packets(&ada), json!(["1 × Assam"]));
        assert_no_errors(&ada);
    });
}

pub(crate) fn give_password(browser: &Browser) {
    fill_in(browser);
    browser.click("main form button");
}

/// Fills in Ada's name and password.
pub(crate) fn fill_in(browser: &Browser) {
    let fill = "
        document.querySelector('[name=name]').value = 'Ada';
        document.querySelector('[name=password]').value = 'a cup before noon';
    ";
    browser.run(fill, &[]);
}

/// Buys, comes back, and empties the basket; another browser sees nothing of it.
fn keeps_a_basket(app: &Router) {
    let server = Server::start(app.clone());
    let (ada, grace) = (Browser::borrow(), Browser::borrow());
    ada.go(&server.url("/"));
    assert_eq!(under(&ada, "Your browser sent"), "nothing");
    add(&ada, "assam");
    add(&ada, "sencha");
    add(&ada, "assam");
    assert_eq!(packets(&ada), json!(["2 × Assam", "1 × Sencha"]));
    ada.follow("About");
    ada.follow("Shop");
    assert_eq!(packets(&ada), json!(["2 × Assam", "1 × Sencha"]));
    assert!(under(&ada, "Your browser sent").starts_with("__Host-id="));
    grace.go(&server.url("/"));
    assert_eq!(packets(&grace), json!([]));
    ada.click("form[action='/start-over'] button");
    assert_eq!(packets(&ada), json!([]));
    assert_eq!(under(&ada, "Your browser sent"), "nothing", "the cookie is gone");
    assert_no_errors(&ada);
    assert_no_errors(&grace);
}

pub(crate) fn add(browser: &Browser, tea: &str) {
    browser.click(&format!("form[action='/basket'] button[value={tea}]"));
}

/// What is in the basket, line by line.
pub(crate) fn packets(browser: &Browser) -> Value {
    let lines = "return [...document.querySelectorAll('main li')]
        .map(line => line.textContent.match(/^[0-9]+ × [A-Z][a-z]+/)?.[0])
        .filter(line => line)";
    browser.run(lines, &[])
}

/// The list below a heading.
fn under(browser: &Browser, heading: &str) -> String {
    let list = "return [...document.querySelectorAll('h2')]
        .find(heading => heading.textContent == arguments[0])
        .nextElementSibling.innerText";
    let text = browser.run(list, &[json!(heading)]);
    text.as_str().expect("there is a list").to_owned()
}

/// A page that orders in the name of whoever opens it.
fn a_form_that_sends_itself(target: &str) -> Router {
    let page = format!(
        "<!doctype html><title>Coffee</title>
        <form method=post action='{target}'><input name=tea value=sencha></form>
        <script>document.forms[0].submit()</script>"
    );
    Router::new().route("/", get(async || Html(page)))
}

pub(crate) fn assert_no_errors(browser: &Browser) {
    let errors = browser.console_errors();
    assert!(errors.is_empty(), "{errors:#?}");
}
