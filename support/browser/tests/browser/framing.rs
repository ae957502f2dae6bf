//! The shop in a frame of another page.

use axum::{
    Router,
    http::header,
    middleware,
    response::{Html, Response},
    routing::get,
};
use browser::{Browser, Server, chromium};
use passes::once;
use serde_json::{Value, json};
use step_11::{accounts::InMemory, app};
use tower_sessions::{MemoryStore, cookie::Key};

use crate::shop::{add, assert_no_errors, give_password, packets};

/// As wide as a frame of Mallory's, in CSS pixels.
const WIDTH: u32 = 600;

fn shop() -> Router {
    app(MemoryStore::default(), Key::from(&[7; 64]), InMemory::default())
}

/// The shop, and both its checks of a form, without what it tells the browser about frames.
fn shop_without_a_policy() -> Router {
    shop().layer(middleware::map_response(async |mut response: Response| {
        response.headers_mut().remove(header::CONTENT_SECURITY_POLICY);
        response
    }))
}

/// A page of Mallory's, on another port. It has the shop in a frame that nobody sees, with the
/// point `(x, y)` of it below a button of her own.
fn mallorys_page(shop: &str, (x, y): (f64, f64)) -> Server {
    let page = format!(
        "<!doctype html><title>Coffee</title><link rel=icon href=data:,>
        <style>
            div {{ position: relative; width: 20px; height: 20px; overflow: hidden }}
            iframe {{ position: absolute; left: {}px; top: {}px; opacity: 0 }}
        </style>
        <script>loads = 0</script>
        <div>Win<iframe src='{shop}' width={WIDTH} height=2000 onload='loads++'></iframe></div>",
        10.0 - x,
        10.0 - y
    );
    Server::start(Router::new().route("/", get(async move || Html(page))))
}

/// The middle of an element, from the left and from the top, in CSS pixels.
fn middle(browser: &Browser, selector: &str) -> (f64, f64) {
    let script = "
        const box = document.querySelector(arguments[0]).getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2]";
    let middle: Value = browser.run(script, &[json!(selector)]);
    (middle[0].as_f64().expect("a number"), middle[1].as_f64().expect("a number"))
}

/// What is in Ada's basket after a click on Mallory's button, and what her browser says of it.
fn after_a_click(shop: Router) -> (Value, Vec<String>) {
    let shop = Server::start(shop);
    let ada = Browser::borrow();
    ada.go(&shop.url("/register"));
    give_password(&ada);
    ada.go(&shop.url("/"));
    add(&ada, "assam");
    ada.set_width(WIDTH);
    ada.go(&shop.url("/"));
    let sencha = middle(&ada, "form[action='/basket'] button[value=sencha]");
    ada.set_width(1000);
    assert_no_errors(&ada);

    let mallory = mallorys_page(&shop.url("/"), sencha);
    ada.go(&mallory.url("/"));
    ada.wait_until("loads == 1");
    ada.tap("div");
    let errors = ada.console_errors();
    if errors.is_empty() {
        // The frame goes on to what answers the order.
        ada.wait_until("loads == 2");
    }
    ada.go(&shop.url("/"));
    (packets(&ada), errors)
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_click_into_a_hidden_frame_orders_where_both_checks_are_the_only_guard() {
    once(chromium(), || {
        let (basket, errors) = after_a_click(shop_without_a_policy());
        assert_eq!(errors, [""; 0]);
        assert_eq!(basket, json!(["1 × Assam", "1 × Sencha"]));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_11_is_shown_in_nobodys_frame() {
    once(chromium(), || {
        let (basket, errors) = after_a_click(shop());
        assert!(errors[0].contains("frame-ancestors"), "{errors:?}");
        assert_eq!(basket, json!(["1 × Assam"]));
    });
}

/// A script and a style of somebody who got markup into a page are not the ones that it has.
#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_page_of_step_11_runs_its_own_script_and_no_other() {
    once(chromium(), || {
        let shop = Server::start(shop());
        let ada = Browser::borrow();
        ada.go(&shop.url("/register"));
        give_password(&ada);
        let width = "return getComputedStyle(document.body).maxWidth";
        assert_ne!(ada.run(width, &[]), "none", "the own style holds");
        assert_no_errors(&ada);

        let inject = "
            const script = document.createElement('script');
            script.textContent = 'window.isRun = true';
            document.body.append(script);
            document.body.insertAdjacentHTML('beforeend', '<style>body { max-width: 1px }</style>'
                + '<img src=x onerror=\"window.isRun = true\"><base href=//mallory.example>');
            return window.isRun === true";
        assert_eq!(ada.run(inject, &[]), false);
        assert_ne!(ada.run(width, &[]), "1px");
        assert_ne!(
            ada.run("return new URL('x', document.baseURI).host", &[]),
            "mallory.example"
        );
        let errors = ada.console_errors();
        assert!(errors.iter().all(|it| it.contains("Content Security Policy")), "{errors:?}");
        assert!(errors.len() >= 3, "{errors:?}");
    });
}
