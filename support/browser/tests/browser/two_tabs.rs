//! Two tabs of one browser, and two servers on one SQLite file.

// Its lines are shorter than those here.
#[rustfmt::skip]
#[path = "../../../../steps/step-19/tests/shops/held.rs"]
mod held;

use std::path::Path;

use browser::{Browser, Server, Tab, chromium};
use passes::once;
use serde_json::{Value, json};
use step_19::sqlite::Sqlite;
use tempfile::TempDir;
use tower_sessions::cookie::Key;

use crate::shop::{add, fill_in, give_password, packets};
use held::Held;

/// A server of the shop on this file, and the store of it.
fn open(file: &Path) -> (Server, Held<Sqlite>) {
    let accounts = Sqlite::open(file).expect("the file opens");
    let store = Held::new(accounts.clone());
    let app = step_19::app(store.clone(), Key::from(&[7; 64]), accounts);
    (Server::start(app), store)
}

/// Two tabs of Ada's browser, the first one at a server that can be held, the second at another one.
struct Shop {
    servers: [Server; 2],
    stores: [Held<Sqlite>; 2],
    ada: Browser,
    tabs: [Tab; 2],
    _folder: TempDir,
}

impl Shop {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("shop.db");
        let ((one, store), (two, other)) = (open(&file), open(&file));
        let ada = Browser::open();
        let tabs = ada.open_tab();
        Self { servers: [one, two], stores: [store, other], ada, tabs, _folder: folder }
    }

    /// Ada, at this path in one of the tabs.
    fn at(&self, tab: usize, path: &str) -> &Browser {
        self.turn_to(tab).go(&self.servers[tab].url(path));
        &self.ada
    }

    /// Ada, in one of the tabs as she has left it.
    fn turn_to(&self, tab: usize) -> &Browser {
        self.ada.turn_to(&self.tabs[tab]);
        &self.ada
    }

    /// Ada clicks in one of the tabs, its server comes as far as the next save, and she turns to
    /// the other tab.
    fn click_and_hold(&self, tab: usize, selector: &str) {
        self.stores[tab].hold_the_next_save();
        self.turn_to(tab).click_when_left(selector);
        self.turn_to(1 - tab);
        self.servers[tab].wait_for(self.stores[tab].has_come());
    }

    fn let_go(&self, tab: usize) {
        self.stores[tab].let_go();
        self.turn_to(tab);
    }

    fn orders(&self) -> Value {
        let orders =
            "return [...document.querySelectorAll('main ol li')].map(it => it.innerText)";
        self.at(1, "/member").run(orders, &[])
    }
}

fn button(tea: &str) -> String {
    format!("form[action='/basket'] button[value={tea}]")
}

/// The status of the answer that the open page came in.
fn status(browser: &Browser) -> Value {
    browser.run("return performance.getEntriesByType('navigation')[0].responseStatus", &[])
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn what_two_tabs_add_at_once_is_all_there() {
    once(chromium(), || {
        let shop = Shop::open();
        add(shop.at(0, "/"), "assam");
        shop.at(1, "/");
        shop.click_and_hold(0, &button("oolong"));
        add(&shop.ada, "sencha");
        assert_eq!(packets(&shop.ada), json!(["1 × Assam", "1 × Sencha"]));
        shop.let_go(0);
        shop.ada.wait_for_text("[role=status]", "Oolong is in your basket.");
        assert_eq!(packets(&shop.ada), json!(["1 × Assam", "1 × Oolong", "1 × Sencha"]));
        for round in 2..=6 {
            shop.turn_to(0).click_when_left(&button("oolong"));
            add(shop.turn_to(1), "sencha");
            shop.turn_to(0).wait_until("document.readyState === 'complete'");
            let all = [
                "1 × Assam".to_owned(),
                format!("{round} × Oolong"),
                format!("{round} × Sencha"),
            ];
            assert_eq!(packets(shop.at(0, "/")), json!(all));
            shop.at(1, "/");
        }
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_double_click_on_order_is_one_order() {
    once(chromium(), || {
        let shop = Shop::open();
        give_password(shop.at(0, "/register"));
        add(shop.at(0, "/"), "assam");
        shop.ada.double_click("form[action='/checkout'] button");
        shop.ada.wait_for_text("[role=status]", "Thank you for your order.");
        assert_eq!(packets(&shop.ada), json!([]));
        assert_eq!(shop.orders(), json!(["1 × Assam"]));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn an_order_in_each_of_two_tabs_is_one_order() {
    once(chromium(), || {
        let shop = Shop::open();
        give_password(shop.at(0, "/register"));
        add(shop.at(0, "/"), "assam");
        shop.at(1, "/");
        shop.click_and_hold(0, "form[action='/checkout'] button");
        shop.ada.click("form[action='/checkout'] button");
        assert_eq!(shop.ada.text("[role=status]"), "Thank you for your order.");
        shop.let_go(0);
        shop.ada.wait_for_text("[role=status]", "Thank you for your order.");
        assert_eq!(shop.orders(), json!(["1 × Assam"]));
    });
}

/// Ada has registered before, has a packet of Assam, and adds one of Sencha in the first tab, which is
/// held, while she is about to sign in in the second one.
fn about_to_sign_in() -> Shop {
    let shop = Shop::open();
    give_password(shop.at(0, "/register"));
    shop.ada.click("form[action='/sign-out'] button");
    add(shop.at(0, "/"), "assam");
    shop.at(1, "/sign-in");
    shop.click_and_hold(0, &button("sencha"));
    shop
}

/// The sign-in is there, and the form of the first tab has changed nothing.
fn has_signed_in(shop: &Shop) {
    assert_eq!(packets(shop.at(0, "/")), json!(["1 × Assam"]));
    assert_eq!(shop.at(1, "/member").text("h1"), "For members");
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_form_beside_a_sign_in_is_told_to_load_again_and_the_sign_in_stays() {
    once(chromium(), || {
        let shop = about_to_sign_in();
        fill_in(&shop.ada);
        // The session has its new identifier, and the browser does not know it yet.
        shop.click_and_hold(1, "form:has([name=password]) button");
        shop.let_go(0);
        shop.ada.wait_for_text("h1", "Once more");
        assert_eq!(status(&shop.ada), 409);
        shop.let_go(1);
        shop.ada.wait_for_text("h1", "For members");
        has_signed_in(&shop);
    });
}

/// The browser has come with the new identifier, so the one of before is forgotten.
#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_form_that_outlasts_a_sign_in_is_told_that_nothing_was_kept_and_the_sign_in_stays() {
    once(chromium(), || {
        let shop = about_to_sign_in();
        give_password(&shop.ada);
        assert_eq!(shop.ada.text("h1"), "For members");
        shop.let_go(0);
        shop.ada.wait_for_text("h1", "Not kept");
        assert_eq!(status(&shop.ada), 500);
        has_signed_in(&shop);
    });
}
