//! What a script in the page can do with a cookie.

use browser::{Browser, chromium};
use passes::once;
use serde_json::json;

use super::site::{Site, load, stored};

/// More than the 180 cookies that Chromium keeps for one site. One after another, so that the
/// older ones are known to be older.
const CROWD: &str = "
    const crowd = async () => {
        for (let n = 0; n < 200; n += 1) await cookieStore.set(`crowd-${n}`, '1');
        return true;
    };
    return crowd();
";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_script_neither_reads_nor_overwrites_an_http_only_cookie() {
    once(chromium(), || {
        let (site, browser) = (Site::start(), Browser::borrow());
        site.set(&browser, "localhost", &["id=ada; HttpOnly", "theme=dark"]);
        assert_eq!(browser.run("return document.cookie", &[]), "theme=dark");
        for attempt in ["id=evil", "id=evil; HttpOnly", "id=; Max-Age=0", "theme=light"] {
            browser.run("document.cookie = arguments[0]", &[json!(attempt)]);
        }
        assert_eq!(stored(&browser), ["id=ada", "theme=light"]);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_script_that_cannot_read_the_cookie_can_use_it() {
    once(chromium(), || {
        let (site, browser) = (Site::start(), Browser::borrow());
        site.set(&browser, "localhost", &["id=ada; HttpOnly; SameSite=Strict"]);
        assert_eq!(browser.run("return document.cookie", &[]), "");
        browser.run("return fetch('/pay', {method: 'POST'}).then(() => true)", &[]);
        assert_eq!(site.was_sent("/pay"), "id=ada");
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_script_can_crowd_out_an_http_only_cookie_and_take_its_place() {
    once(chromium(), || {
        let (site, browser) = (Site::start(), Browser::borrow());
        site.set(&browser, "localhost", &["__Host-id=ada; HttpOnly; Secure; Path=/"]);
        let overwrite = "document.cookie = '__Host-id=mallory; Secure; Path=/'";
        browser.run(overwrite, &[]);
        assert_eq!(site.is_sent(&browser, "localhost"), "__Host-id=ada");
        browser.run(CROWD, &[]);
        assert!(
            !stored(&browser).contains(&"__Host-id=ada".to_owned()),
            "the cookie is still there"
        );
        browser.run(overwrite, &[]);
        let sent = site.is_sent(&browser, "localhost");
        assert!(sent.split("; ").any(|pair| pair == "__Host-id=mallory"), "{sent}");
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_path_keeps_a_cookie_from_requests_but_not_from_pages() {
    once(chromium(), || {
        let (site, browser) = (Site::start(), Browser::borrow());
        site.set(&browser, "localhost", &["id=ada; Path=/tea"]);
        for (path, sent) in [
            ("/coffee", ""),
            ("/", ""),
            ("/teapot", ""),
            ("/tea", "id=ada"),
            ("/tea/green", "id=ada"),
        ] {
            browser.go(&site.url("localhost", path));
            assert_eq!(site.was_sent(path), sent, "to {path}");
        }
        browser.go(&site.url("localhost", "/coffee"));
        assert_eq!(browser.run("return document.cookie", &[]), "");
        load(&browser, "iframe", "/tea");
        let read = "return document.querySelector('iframe').contentDocument.cookie";
        assert_eq!(browser.run(read, &[]), "id=ada");
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_page_of_another_path_can_use_an_http_only_cookie() {
    once(chromium(), || {
        let (site, browser) = (Site::start(), Browser::borrow());
        site.set(&browser, "localhost", &["id=ada; Path=/tea; HttpOnly"]);
        browser.go(&site.url("localhost", "/coffee"));
        browser.run("return fetch('/tea').then(() => true)", &[]);
        assert_eq!(site.was_sent("/tea"), "id=ada");
    });
}
