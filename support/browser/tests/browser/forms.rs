//! Forms that another page makes a browser send, and those of the shop itself.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse, Redirect},
    routing::{get, post},
};
use browser::{Borrowed, Browser, Server, chromium};
use passes::once;
use serde_json::json;
use step_11::{
    accounts::InMemory,
    app,
    naive::{self, Guard},
};
use tower_sessions::{MemoryStore, cookie::Key};

use crate::shop::{COOKIE, add, assert_no_errors, give_password, packets};

fn shop() -> Router {
    app(MemoryStore::default(), Key::from(&[7; 64]), InMemory::default())
}

fn naive_shop(guard: Guard) -> Router {
    let accounts = InMemory::default();
    naive::app(guard, MemoryStore::default(), Key::from(&[7; 64]), accounts)
}

/// A page of Mallory's, on another port: it plants a cookie and sends a form to the shop.
fn mallorys_page(target: &str, fields: &[(&str, &str)]) -> Server {
    let input = |(name, value): &(&str, &str)| format!("<input name={name} value='{value}'>");
    let fields: String = fields.iter().map(input).collect();
    let page = format!(
        "<!doctype html><title>Coffee</title><form method=post action='{target}'>{fields}</form>
        <script>document.forms[0].submit()</script>"
    );
    let plant = [(header::SET_COOKIE, "csrf=mallorys; Path=/")];
    let app = Router::new().route("/", get(async move || (plant, Html(page)).into_response()));
    Server::start(app)
}

/// Ada is a member with one packet of assam.
fn ada_at(shop: &Server) -> Borrowed {
    let ada = Browser::borrow();
    ada.go(&shop.url("/register"));
    give_password(&ada);
    ada
}

/// What is in Ada's basket after a visit to Mallory's page.
fn after_a_visit_to_mallory(app: Router) -> Vec<String> {
    let shop = Server::start(app);
    let ada = ada_at(&shop);
    let order = [("tea", "sencha"), ("token", "mallorys")];
    let mallory = mallorys_page(&shop.url("/basket"), &order);
    ada.go(&mallory.url("/"));
    let there = shop.url("");
    ada.wait_until(&format!("location.href.startsWith('{there}')"));
    ada.go(&shop.url("/"));
    assert!(ada.text("main").contains("You are Ada."));
    serde_json::from_value(packets(&ada)).expect("lines")
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_form_on_another_port_orders_where_same_site_is_the_only_guard() {
    once(chromium(), || {
        let basket = after_a_visit_to_mallory(naive_shop(Guard::SameSite));
        assert_eq!(basket, ["1 × Sencha"]);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_planted_cookie_passes_the_double_submit() {
    once(chromium(), || {
        let basket = after_a_visit_to_mallory(naive_shop(Guard::DoubleSubmit));
        assert_eq!(basket, ["1 × Sencha"]);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_form_on_another_port_is_refused_by_step_11() {
    once(chromium(), || {
        for app in [naive_shop(Guard::Origin), naive_shop(Guard::Token), shop()] {
            assert!(after_a_visit_to_mallory(app).is_empty());
        }
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_form_on_another_site_signs_nobody_in_at_step_11() {
    once(chromium(), || {
        for (app, title) in [
            (naive_shop(Guard::SameSite), "For members"),
            (naive_shop(Guard::Token), "For members"),
            (shop(), "Not possible"),
        ] {
            let shop = Server::start(app);
            // Mallory has chosen the same password as Ada in the other tests.
            let mallory = Browser::borrow();
            mallory.go(&shop.url("/register"));
            give_password(&mallory);
            let account = [("name", "Ada"), ("password", "a cup before noon")];
            let page = mallorys_page(&shop.url("/sign-in"), &account);
            let grace = Browser::borrow();
            // Another host is another site, while localhost with another port is not.
            grace.go(&page.url("/").replace("localhost", "127.0.0.1"));
            grace.wait_for_text("h1", title);
            let held = grace.cookies().iter().filter(|it| it["name"] == COOKIE).count();
            assert_eq!(held, usize::from(title == "For members"));
        }
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_reload_orders_nothing_again() {
    once(chromium(), || {
        let shop = Server::start(shop());
        let ada = Browser::borrow();
        ada.go(&shop.url("/"));
        add(&ada, "assam");
        assert_eq!(ada.text("[role=status]"), "Assam is in your basket.");
        for _ in 0..3 {
            ada.reload();
        }
        assert_eq!(packets(&ada), json!(["1 × Assam"]));
        let said = ada.run("return document.querySelector('[role=status]')", &[]);
        assert_eq!(said, json!(null), "the message was for one look");
        assert_no_errors(&ada);
    });
}

/// How many orders come in when somebody orders once and reloads twice.
fn orders_after_two_reloads(redirects: bool) -> usize {
    let orders = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&orders);
    let order = async move || {
        counted.fetch_add(1, Ordering::Relaxed);
        if redirects {
            Redirect::to("/").into_response()
        } else {
            Html("Thank you").into_response()
        }
    };
    let page =
        "<title>Tea</title><form method=post action=/order><button>Order</button></form>";
    let app =
        Router::new().route("/", get(async move || Html(page))).route("/order", post(order));
    let shop = Server::start(app);
    let ada = Browser::borrow();
    ada.go(&shop.url("/"));
    ada.click("button");
    ada.reload();
    ada.reload();
    orders.load(Ordering::Relaxed)
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_reload_orders_again_where_the_form_is_answered_with_a_page() {
    once(chromium(), || {
        assert_eq!(orders_after_two_reloads(false), 3);
        assert_eq!(orders_after_two_reloads(true), 1);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_11_is_used_with_its_own_forms() {
    once(chromium(), || {
        let shop = Server::start(shop());
        let ada = Browser::borrow();
        ada.go(&shop.url("/"));
        add(&ada, "assam");
        add(&ada, "assam");
        ada.click("form[action='/basket/take'] button");
        assert_eq!(packets(&ada), json!(["1 × Assam"]));
        assert_eq!(ada.text("[role=status]"), "One packet of Assam is out again.");
        ada.click("form[action='/remember'] button");
        ada.follow("register");
        give_password(&ada);
        assert_eq!(ada.text("[role=status]"), "You are signed in.");
        ada.follow("Shop");
        assert_eq!(packets(&ada), json!(["1 × Assam"]));
        ada.click("form[action='/start-over'] button");
        assert_eq!(packets(&ada), json!([]));
        ada.click("form[action='/sign-out'] button");
        assert!(ada.cookies().is_empty());
        assert_no_errors(&ada);
    });
}
