//! When Chromium sends a cookie.

use browser::{Browser, chromium};
use passes::once;
use serde_json::json;

use super::{
    cases::{By, DETOURS, Detour, From, Over, SAME_SITE, SET_BY_A_PICTURE, WAYS, Way},
    site::{Site, load, stored, without_third_party_cookies},
    table::{self, sent_or_not},
};

const PATH: &str = "/seen";

/// A path that is answered with a redirect to [`PATH`].
const DETOUR: &str = "/detour";

const WRITE: &str = "document.body.innerHTML = arguments[0]";

const FETCH: &str = "
    const how = {mode: 'no-cors', credentials: 'include'};
    return fetch(arguments[0], how).then(() => true);
";

/// A site, another one, and a browser that visits both.
struct Visit<'a> {
    site: Site,
    other: Site,
    browser: &'a Browser,
}

impl<'a> Visit<'a> {
    fn begin(browser: &'a Browser) -> Self {
        Self { site: Site::start(), other: Site::start(), browser }
    }

    /// The cookies that a request carries which comes about in this way.
    fn carries(&self, way: &Way) -> String {
        self.begin_from(way.from);
        self.send(way.by, &self.site.url("localhost", PATH));
        self.site.was_sent(PATH)
    }

    /// The cookies that our own server is sent on this detour, first for the redirect if that is
    /// its own, and then for the page.
    fn carries_over(&self, detour: &Detour) -> [String; 2] {
        let (over, host) = match detour.over {
            Over::Us => (&self.site, "localhost"),
            Over::OtherSite => (&self.other, "mallory.example"),
        };
        over.redirects(DETOUR, self.site.url("localhost", PATH));
        self.begin_from(detour.from);
        self.send(detour.by, &over.url(host, DETOUR));
        [over.was_sent(DETOUR), self.site.was_sent(PATH)]
    }

    /// Opens the page on which the request begins, in a browser with fresh cookies of ours.
    fn begin_from(&self, from: From) {
        // The one without SameSite counts as young for two minutes.
        self.browser.forget_cookies();
        self.site.set(self.browser, "localhost", &SAME_SITE);
        match from {
            From::Nowhere => {}
            From::SameSite => self.browser.go(&self.site.url("localhost", "/page")),
            From::OtherSite => self.browser.go(&self.other.url("mallory.example", "/page")),
        }
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

/// Whether this `Cookie` header has the cookie, as a cell of a table.
fn has(header: &str, cookie: &str) -> String {
    sent_or_not(header.split("; ").any(|it| it == cookie))
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn same_site_decides_which_cross_site_requests_carry_the_cookie() {
    once(chromium(), || {
        let browser = Browser::borrow();
        let visit = Visit::begin(&browser);
        let seen = WAYS.map(|way| {
            let sent = visit.carries(&way);
            assert_eq!(sent, way.carries, "{}", way.told);
            (way.told, sent)
        });
        // Four columns are too wide for a telephone.
        for (name, columns) in [
            ("when_strict_and_lax_are_sent", ["Strict", "Lax"]),
            ("when_none_and_unset_are_sent", ["None", "unset"]),
        ] {
            let [left, right] = columns.map(|column| format!("{}=1", column.to_lowercase()));
            let rows = seen
                .iter()
                .map(|(told, sent)| [(*told).to_owned(), has(sent, &left), has(sent, &right)]);
            table::record(name, ["A request by", columns[0], columns[1]], rows);
        }
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn after_a_redirect_the_page_on_which_the_request_began_counts() {
    once(chromium(), || {
        let browser = Browser::borrow();
        let visit = Visit::begin(&browser);
        let rows = DETOURS.map(|detour| {
            let seen = visit.carries_over(&detour);
            assert_eq!(seen, [detour.first, detour.then], "{}", detour.told);
            let cell = |cookie| match detour.over {
                Over::Us => seen.each_ref().map(|sent| has(sent, cookie)).join(", then "),
                Over::OtherSite => has(&seen[1], cookie),
            };
            [detour.told.to_owned(), cell("strict=1"), cell("lax=1")]
        });
        let headings = ["A redirect", "Strict", "Lax"];
        table::record("when_a_cookie_is_sent_after_a_redirect", headings, rows);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn without_third_party_cookies_none_is_sent_inside_another_site() {
    once(chromium(), || {
        let browser = without_third_party_cookies();
        let visit = Visit::begin(&browser);
        for way in WAYS.iter().filter(|way| way.from == From::OtherSite) {
            let leaves_the_page = matches!(way.by, By::Link | By::Form);
            let expected = if leaves_the_page { way.carries } else { "" };
            assert_eq!(visit.carries(way), expected, "{}", way.told);
        }
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_picture_on_another_site_sets_only_cookies_with_same_site_none() {
    once(chromium(), || {
        let (site, other, browser) = (Site::start(), Site::start(), Browser::borrow());
        browser.go(&other.url("mallory.example", "/page"));
        site.will_set(&SAME_SITE);
        load(&browser, "img", &site.url("localhost", PATH));
        assert_eq!(stored(&browser), [SET_BY_A_PICTURE]);
    });
}
