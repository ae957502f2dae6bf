//! A member with three devices: two browsers, side by side, and a program that speaks HTTP.

use browser::{Browser, Server, chromium};
use conversation::{Backend, Watched};
use passes::once;
use serde_json::{Value, json};
use step_12::{
    accounts::{Account, Accounts, InMemory},
    sweep::Swept,
};
use time::Duration;
use tokio::runtime::Runtime;
use tower_sessions::{MemoryStore, cookie::Key};

use crate::shop::{COOKIE, add, packets};

const PASSWORD: &str = "a cup before noon";
const ANOTHER: &str = "two cups after noon";

/// The shop, and its memory, for which time can pass.
struct Shop {
    server: Server,
    store: Watched<MemoryStore>,
}

impl Shop {
    fn open() -> Self {
        let store = Watched::new(MemoryStore::default());
        let accounts = InMemory::default();
        let kept = Swept::new(store.clone());
        Runtime::new().expect("a runtime").block_on(async {
            let administrator = Account::administrator(PASSWORD.to_owned()).await;
            accounts.add(administrator.expect("a good password")).await;
        });
        let server = Server::start(step_12::app(kept, Key::from(&[7; 64]), accounts));
        Self { server, store }
    }

    fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    fn let_pass(&self, time: Duration) {
        self.server.wait_for(self.store.age(time));
    }

    /// A browser in which somebody is a member from now on.
    fn enter(&self, path: &str, name: &str, password: &str) -> Browser {
        let browser = Browser::open();
        self.enter_with(&browser, path, name, password);
        assert_eq!(browser.text("h1"), "For members");
        browser
    }

    fn enter_with(&self, browser: &Browser, path: &str, name: &str, password: &str) {
        browser.go(&self.url(path));
        fill(browser, "name", name);
        fill(browser, "password", password);
        browser.click("main form:has([name=password]) button");
    }

    /// Whether the page for members opens in this browser.
    fn lets_in(&self, browser: &Browser) -> bool {
        browser.go(&self.url("/member"));
        browser.text("h1") == "For members"
    }

    /// A program signs in, and says whether it comes to the page for members.
    fn sign_in(&self, program: &trial::Browser) -> bool {
        let fields = [("name", "Ada"), ("password", PASSWORD)];
        let page = program.send_form(&self.url("/sign-in"), &fields);
        page.body.contains("<h1>For members</h1>")
    }

    fn knows(&self, program: &trial::Browser) -> bool {
        program.get(&self.url("/member")).body.contains("<h1>For members</h1>")
    }

    /// What the list shows in this browser.
    fn devices(&self, browser: &Browser) -> Value {
        browser.go(&self.url("/devices"));
        let lines = "return [...document.querySelectorAll('main li p')].map(p => p.innerText)";
        browser.run(lines, &[])
    }
}

fn fill(browser: &Browser, field: &str, text: &str) {
    let fill = "document.querySelector(`[name=${arguments[0]}]`).value = arguments[1]";
    browser.run(fill, &[json!(field), json!(text)]);
}

/// Gives the password once more, as the shop has asked for.
fn confirm(browser: &Browser, password: &str) {
    assert_eq!(browser.text("h1"), "Once more");
    browser.follow("Give your password");
    fill(browser, "password", password);
    browser.click("form[action='/confirm'] button");
    assert_eq!(browser.text("[role=status]"), "Thank you. Now go on.");
}

const WRONG: &str = "There is no member with this name and this password.";
const THIS: &str = "Chrome on Linux, 127.0.0.1, used now (this one)";
const LIKE_THIS: &str = "Chrome on Linux, 127.0.0.1, used now";
const PROGRAM: &str = "Some program, 127.0.0.1, used now";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn two_browsers_and_a_program_do_the_story_of_chapter_12() {
    once(chromium(), || {
        let shop = Shop::open();
        let laptop = shop.enter("/register", "Ada", PASSWORD);
        let library = shop.enter("/sign-in", "Ada", PASSWORD);
        let phone = trial::Browser::default();
        assert!(shop.sign_in(&phone));

        sees_and_ends_them(&shop, &laptop, &library, &phone);
        changes_the_password(&shop, &laptop, &library);
        has_three_devices_at_most(&shop, &laptop, &library);
        orders_with_a_fresh_password(&shop, &library);
        gives_it_once_a_week(&shop, &library);
        is_shut_out_by_an_administrator(&shop, &laptop, &library);
        // Chromium counts each refusal as an error.
        let errors = laptop.console_errors();
        let refusal = "the server responded with a status of 403 (Forbidden)";
        assert!(errors.iter().all(|error| error.ends_with(refusal)), "{errors:#?}");
    });
}

fn sees_and_ends_them(
    shop: &Shop,
    laptop: &Browser,
    library: &Browser,
    phone: &trial::Browser,
) {
    assert_eq!(shop.devices(laptop), json!([THIS, LIKE_THIS, PROGRAM]));
    let page = laptop.run("return document.documentElement.outerHTML", &[]).to_string();
    for browser in [laptop, library] {
        let cookie = browser.cookie(COOKIE)["value"].to_string();
        let identifier = &cookie[cookie.len() - 23..cookie.len() - 1];
        assert!(!page.contains(identifier), "the list tells an identifier");
    }
    let end_program = "button[aria-label^='Sign out Some program']";
    shop.let_pass(Duration::minutes(6));
    laptop.reload();
    laptop.click(end_program);
    assert!(shop.knows(phone), "nothing has changed");
    confirm(laptop, PASSWORD);
    laptop.click(end_program);
    assert_eq!(laptop.text("[role=status]"), "One session is ended.");
    assert!(!shop.knows(phone));
    assert!(shop.lets_in(library));
    shop.devices(laptop);
    laptop.click("form[action='/devices/end-others'] button");
    assert!(!shop.lets_in(library), "{}", library.text("main"));
    assert_eq!(shop.devices(laptop), json!([THIS]));
}

fn changes_the_password(shop: &Shop, laptop: &Browser, library: &Browser) {
    shop.enter_with(library, "/sign-in", "Ada", PASSWORD);
    assert!(shop.lets_in(library));
    laptop.go(&shop.url("/password"));
    fill(laptop, "password", PASSWORD);
    fill(laptop, "new", ANOTHER);
    laptop.click("form[action='/password'] button");
    assert_eq!(laptop.text("h1"), "For members");
    assert!(!shop.lets_in(library));
    shop.enter_with(library, "/sign-in", "Ada", PASSWORD);
    assert_eq!(library.text("[role=alert]"), WRONG);
}

/// The library's computer is the fourth; the laptop signed in first.
fn has_three_devices_at_most(shop: &Shop, laptop: &Browser, library: &Browser) {
    for _ in 0..2 {
        let fields = [("name", "Ada"), ("password", ANOTHER)];
        trial::Browser::default().send_form(&shop.url("/sign-in"), &fields);
    }
    assert!(shop.lets_in(laptop));
    shop.enter_with(library, "/sign-in", "Ada", ANOTHER);
    assert!(shop.lets_in(library));
    assert!(!shop.lets_in(laptop));
    assert_eq!(shop.devices(library), json!([THIS, PROGRAM, PROGRAM]));
}

fn orders_with_a_fresh_password(shop: &Shop, library: &Browser) {
    let order = |tea| {
        library.go(&shop.url("/"));
        add(library, tea);
        library.click("form[action='/checkout'] button");
    };
    order("assam");
    assert_eq!(library.text("[role=status]"), "Thank you for your order.");
    order("sencha");
    confirm(library, ANOTHER);
    assert_eq!(packets(library), json!(["1 × Sencha"]), "nothing is lost");
    library.click("form[action='/checkout'] button");
    assert_eq!(library.text("[role=status]"), "Thank you for your order.");
}

fn gives_it_once_a_week(shop: &Shop, library: &Browser) {
    library.go(&shop.url("/"));
    add(library, "assam");
    library.click("form[action='/remember'] button");
    confirm(library, ANOTHER);
    library.click("form[action='/remember'] button");
    shop.let_pass(Duration::days(8));
    assert!(!shop.lets_in(library));
    assert_eq!(library.text("h1"), "Your password");
    fill(library, "password", ANOTHER);
    library.click("form[action='/confirm'] button");
    assert!(shop.lets_in(library));
}

fn is_shut_out_by_an_administrator(shop: &Shop, laptop: &Browser, library: &Browser) {
    shop.enter_with(laptop, "/sign-in", "administrator", PASSWORD);
    laptop.go(&shop.url("/administrator"));
    laptop.click("form[action='/administrator/end'] button[value=Ada]");
    assert!(!shop.lets_in(library));
    shop.enter_with(library, "/sign-in", "Ada", ANOTHER);
    assert!(shop.lets_in(library), "the account is as it was");
    laptop.go(&shop.url("/administrator"));
    laptop.click("form[action='/administrator/disable'] button[value=Ada]");
    assert!(!shop.lets_in(library));
    shop.enter_with(library, "/sign-in", "Ada", ANOTHER);
    assert_eq!(library.text("[role=alert]"), WRONG);
}
