//! Two servers on one database, and two browsers that do not care which of them answers.

use browser::{Browser, Server, chromium};
use engines::{Ending, Postgres as Engine, Redis};
use passes::once;
use serde_json::json;
use step_15::postgres::Postgres;
use step_16::{account_file::AccountFile, apart::Apart};
use tokio::runtime::Runtime;
use tower_sessions::cookie::Key;

use crate::shop::{add, packets};

const PASSWORD: &str = "a cup before noon";

/// A server of the shop, on this database.
fn open(engine: &Engine) -> Server {
    let runtime = Runtime::new().expect("a runtime");
    let store = runtime.block_on(Postgres::open(&engine.url())).expect("the database is there");
    // Its connections are the server's, which has another runtime.
    drop(runtime);
    Server::start(step_15::app(store.clone(), Key::from(&[7; 64]), store))
}

fn fill_in(browser: &Browser, address: &str) {
    browser.go(address);
    let fill = "document.querySelector(`[name=${arguments[0]}]`).value = arguments[1]";
    browser.run(fill, &[json!("name"), json!("Ada")]);
    browser.run(fill, &[json!("password"), json!(PASSWORD)]);
    browser.click("main form:has([name=password]) button");
    assert_eq!(browser.text("h1"), "For members");
}

fn lets_in(server: &Server, browser: &Browser) -> bool {
    browser.go(&server.url("/member"));
    browser.text("h1") == "For members"
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
fn two_browsers_and_two_servers_do_the_story_of_chapter_15() {
    once(chromium(), || {
        let mut engine = Engine::start();
        let (one, two) = (open(&engine), open(&engine));
        let (laptop, phone) = (Browser::open(), Browser::open());
        fill_in(&laptop, &one.url("/register"));
        // A cookie knows no port: the browser takes the two for one.
        assert!(lets_in(&two, &laptop), "known at the other one");
        laptop.go(&two.url("/"));
        add(&laptop, "assam");
        laptop.go(&one.url("/"));
        assert_eq!(packets(&laptop), json!(["1 × Assam"]));

        fill_in(&phone, &two.url("/sign-in"));
        phone.go(&one.url("/devices"));
        phone.click("form[action='/devices/end-others'] button");
        assert_eq!(phone.text("[role=status]"), "One session is ended.");
        assert!(!lets_in(&two, &laptop), "ended at one, over at the other");

        engine.end(Ending::Kill);
        phone.go(&one.url("/about"));
        assert_eq!(phone.text("h1"), "About", "it needs no session");
        engine.start_again();
        assert!(lets_in(&one, &phone) && lets_in(&two, &phone), "nothing is lost");
        drop(one);
        assert!(lets_in(&two, &phone), "one of them is enough");
    });
}

/// A server of the shop, with its sessions in this Redis and its accounts in this file.
fn open_at(redis: &Redis, accounts: &std::path::Path) -> Server {
    let store = step_16::redis::Redis::at(&redis.url()).expect("a URL");
    let accounts = AccountFile::open(accounts).expect("the file opens");
    let accounts = Apart::new(accounts, store.clone());
    Server::start(step_16::app(store, Key::from(&[7; 64]), accounts))
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
#[cfg_attr(not(redis), ignore = "needs Redis: apt-get install redis-server")]
fn two_browsers_and_two_servers_do_the_story_of_chapter_16() {
    once(chromium(), || {
        let mut redis = Redis::start_with(&["appendonly yes", "appendfsync always"]);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let accounts = folder.path().join("accounts.db");
        let (one, two) = (open_at(&redis, &accounts), open_at(&redis, &accounts));
        let (laptop, phone) = (Browser::open(), Browser::open());
        fill_in(&laptop, &one.url("/register"));
        laptop.go(&one.url("/"));
        add(&laptop, "assam");
        fill_in(&phone, &two.url("/sign-in"));
        assert!(lets_in(&one, &phone), "signed in at one, known at the other");

        drop(one);
        assert!(lets_in(&two, &laptop) && lets_in(&two, &phone), "nobody is signed out");
        laptop.go(&two.url("/"));
        assert_eq!(packets(&laptop), json!(["1 × Assam"]));

        let three = open_at(&redis, &accounts);
        redis.kill();
        phone.go(&three.url("/about"));
        assert_eq!(phone.text("h1"), "About", "it needs no session");
        redis.start_again();
        assert!(lets_in(&three, &laptop) && lets_in(&three, &phone), "nothing is lost");
        phone.go(&three.url("/devices"));
        phone.click("form[action='/devices/end-others'] button");
        assert!(!lets_in(&two, &laptop), "ended at one, over at the other");
    });
}
