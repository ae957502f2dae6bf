//! When Chromium sends a cookie.

use browser::Browser;
use serde_json::json;

use super::{
    cases::{By, From, SAME_SITE, SET_BY_A_PICTURE, WAYS, Way},
    site::{Site, load, stored, without_third_party_cookies},
    table::{self, sent_or_not},
};

const PATH: &str = "/seen";

const WRITE: &str = "document.body.innerHTML = arguments[0]";

const FETCH: &str = "
    const how = {mode: 'no-cors', credentials: 'include'};
    return fetch(arguments[0], how).then(() => true);
";

/// A site, a page of another one, and a browser that holds the cookies of the first.
struct Visit<'a> {
    site: Site,
    other: Site,
    browser: &'a Browser,
}

impl<'a> Visit<'a> {
    fn begin(browser: &'a Browser) -> Self {
        let (site, other) = (Site::start(), Site::start());
        site.set(browser, "localhost", &SAME_SITE);
        Self { site, other, browser }
    }

    /// The cookies that a request carries which comes about in this way.
    fn carries(&self, way: &Way) -> String {
        let target = self.site.url("localhost", PATH);
        match way.from {
            From::Nowhere => {}
            From::SameSite => self.browser.go(&self.site.url("localhost", "/page")),
            From::OtherSite => self.browser.go(&self.other.url("mallory.example", "/page")),
        }
        self.send(way.by, &target);
        self.site.was_sent(PATH)
    }

    fn send(&self, by: By, target: &str) {
        let write = |html: String| self.browser.run(WRITE, &[json!(html)]);
        match by {
            By::Address => self.browser.go(target),
            By::Link => {
                write(format!("<a href='{target}'>Go</a>"));
                self.browser.follow("Go");
            }
            By::Form => {
                write(format!(
                    "<form method=post action='{target}'><button>Go</button></form>"
                ));
                self.browser.click("button");
            }
            By::Picture => load(self.browser, "img", target),
            By::Frame => load(self.browser, "iframe", target),
            By::Fetch => {
                self.browser.run(FETCH, &[json!(target)]);
            }
        }
    }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn same_site_decides_which_cross_site_requests_carry_the_cookie() {
    let browser = Browser::borrow();
    let visit = Visit::begin(&browser);
    let rows = WAYS.map(|way| {
        let sent = visit.carries(&way);
        assert_eq!(sent, way.carries, "{}", way.told);
        let cell = |name: &str| sent_or_not(sent.split("; ").any(|pair| pair == name));
        [way.told.to_owned(), cell("strict=1"), cell("lax=1"), cell("none=1"), cell("unset=1")]
    });
    let headings = ["A request by", "Strict", "Lax", "None", "unset"];
    table::record("when_a_cookie_is_sent", headings, rows);
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn without_third_party_cookies_none_is_sent_inside_another_site() {
    let browser = without_third_party_cookies();
    let visit = Visit::begin(&browser);
    for way in WAYS {
        let inside = way.from == From::OtherSite && !matches!(way.by, By::Link | By::Form);
        let expected = if inside { "" } else { way.carries };
        assert_eq!(visit.carries(&way), expected, "{}", way.told);
    }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_picture_on_another_site_sets_only_cookies_with_same_site_none() {
    let (site, other, browser) = (Site::start(), Site::start(), Browser::borrow());
    browser.go(&other.url("mallory.example", "/page"));
    site.will_set(&SAME_SITE);
    load(&browser, "img", &site.url("localhost", PATH));
    assert_eq!(stored(&browser), [SET_BY_A_PICTURE]);
}
