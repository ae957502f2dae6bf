//! What `Partitioned` does: one jar for each site that the address bar names.

use browser::{Browser, chromium};
use passes::once;

use super::{
    site::{Site, load, stored, without_third_party_cookies},
    table,
};

const SET_INSIDE: &str = "inside=1; Partitioned; Secure; SameSite=None";
const SET_ON_TOP: &str = "top=1; Partitioned; Secure; SameSite=None";
const NOT_PARTITIONED: &str = "third-party=1; Secure; SameSite=None";

/// A page of `localhost`, looked at by itself and inside pages of other sites.
struct Visit<'a> {
    site: Site,
    other: Site,
    browser: &'a Browser,
}

impl<'a> Visit<'a> {
    fn begin(browser: &'a Browser) -> Self {
        Self { site: Site::start(), other: Site::start(), browser }
    }

    /// The `Cookie` header of the page as a frame in a page of this host.
    fn inside(&self, host: &str) -> String {
        self.set_inside(host, &[]);
        self.site.was_sent("/framed")
    }

    fn on_top(&self) -> String {
        self.site.is_sent(self.browser, "localhost")
    }

    /// Opens the page as a frame in a page of this host, and sets cookies with the answer.
    fn set_inside(&self, host: &str, lines: &[&str]) {
        self.browser.go(&self.other.url(host, "/page"));
        self.site.will_set(lines);
        load(self.browser, "iframe", &self.site.url("localhost", "/framed"));
    }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_partitioned_cookie_is_sent_only_below_the_site_it_was_set_below() {
    once(chromium(), || {
        let browser = Browser::borrow();
        let visit = Visit::begin(&browser);
        visit.set_inside("127.0.0.1", &[SET_INSIDE]);
        visit.site.set(&browser, "localhost", &[SET_ON_TOP]);
        assert_eq!(stored(&browser).len(), 2);

        let seen = [
            ("in 127.0.0.1", visit.inside("127.0.0.1"), "inside=1"),
            ("at top", visit.on_top(), "top=1"),
            ("in mallory.example", visit.inside("mallory.example"), ""),
        ];
        let rows = seen.map(|(place, sent, expected)| {
            assert_eq!(sent, expected, "localhost {place}");
            let cell = |pair| table::sent_or_not(sent == pair);
            [place.to_owned(), cell("inside=1"), cell("top=1")]
        });
        let headings = ["localhost opened", "set in 127.0.0.1", "set at top"];
        table::record("where_a_partitioned_cookie_is_sent", headings, rows);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn without_third_party_cookies_a_frame_can_set_only_a_partitioned_one() {
    once(chromium(), || {
        let browser = without_third_party_cookies();
        let visit = Visit::begin(&browser);
        visit.set_inside("127.0.0.1", &[SET_INSIDE, NOT_PARTITIONED]);
        assert_eq!(stored(&browser), ["inside=1"]);
        assert_eq!(visit.inside("127.0.0.1"), "inside=1");
    });
}
