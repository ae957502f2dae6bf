//! Which cookies Chromium keeps, and how long.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use browser::{Borrowed, Browser, chromium};
use passes::once;
use serde_json::Value;

use super::{
    cases::{Case, DOMAINS, LARGEST, LIVES, PREFIXES, SECURE, life, of_size},
    site::{Site, stored},
    table::{self, code, sent_or_not},
};

/// A site, and a browser that visits it.
struct Visit {
    site: Site,
    browser: Borrowed,
}

impl Visit {
    fn begin() -> Self {
        Self { site: Site::start(), browser: Browser::borrow() }
    }

    /// What Chromium, its store empty, does with this `Set-Cookie` line.
    fn verdict(&self, host: &str, line: &str) -> String {
        self.browser.forget_cookies();
        self.site.set(&self.browser, host, &[line]);
        let refused = self.browser.refused_cookies();
        match (stored(&self.browser).as_slice(), refused.as_slice()) {
            ([_], []) => "kept".to_owned(),
            ([], []) => "refused".to_owned(),
            ([], [(_, reason)]) => format!("refused: {}", in_words(reason)),
            (stored, refused) => panic!("{line} gave {stored:?}, refused {refused:?}"),
        }
    }

    fn see(&self, case: &Case) -> String {
        let verdict = self.verdict(case.host, case.line);
        assert_eq!(verdict, case.verdict, "{} from {}", case.line, case.host);
        verdict
    }
}

/// The names are those of `Network.SetCookieBlockedReason` in the DevTools protocol.
fn in_words(reason: &str) -> &'static str {
    match reason {
        "SecureOnly" => "not https",
        "SameSiteNoneInsecure" => "no Secure",
        "InvalidPrefix" => "prefix",
        "InvalidDomain" => "domain",
        "NameValuePairExceedsMaxSize" => "size",
        _ => panic!("no test expects {reason}"),
    }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn localhost_counts_as_secure_and_plain_http_does_not() {
    once(chromium(), || {
        let visit = Visit::begin();
        for (name, host, place) in [
            ("cookies_on_plain_http", "shop.example", "plain http"),
            ("cookies_on_localhost", "localhost", "localhost"),
        ] {
            let cases = SECURE.iter().filter(|case| case.host == host);
            let rows = cases.map(|case| [code(case.line), visit.see(case)]);
            table::record(name, ["`Set-Cookie`", place], rows);
        }
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_prefix_is_a_promise_that_chromium_checks() {
    once(chromium(), || {
        let visit = Visit::begin();
        let rows = PREFIXES.iter().map(|case| [code(case.line), visit.see(case)]);
        table::record("cookie_prefixes", ["`Set-Cookie`", "Chromium"], rows);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_domain_is_the_host_or_above_it_but_no_public_suffix() {
    once(chromium(), || {
        let visit = Visit::begin();
        let rows = DOMAINS.iter().map(|case| [code(case.line), visit.see(case)]);
        table::record("cookie_domains", ["`Set-Cookie`", "Chromium"], rows);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_domain_sends_the_cookie_to_all_hosts_below_it() {
    once(chromium(), || {
        let visit = Visit::begin();
        let tea = "tea.shop.example";
        visit.site.set(&visit.browser, tea, &["host=1", "family=1; Domain=shop.example"]);
        let seen = [
            (tea, "host=1; family=1"),
            ("shop.example", "family=1"),
            ("coffee.shop.example", "family=1"),
            ("mallory.example", ""),
        ];
        let rows = seen.map(|(host, expected)| {
            let sent = visit.site.is_sent(&visit.browser, host);
            assert_eq!(sent, expected, "to {host}");
            [
                code(host),
                sent_or_not(sent.contains("host=")),
                sent_or_not(sent.contains("family=")),
            ]
        });
        table::record("where_a_domain_sends", ["To", "no Domain", "Domain"], rows);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_cookie_has_at_most_4096_bytes() {
    once(chromium(), || {
        let visit = Visit::begin();
        assert_eq!(visit.verdict("localhost", &of_size(LARGEST)), "kept");
        assert_eq!(visit.verdict("localhost", &of_size(LARGEST + 1)), "refused: size");
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn no_cookie_lives_longer_than_400_days() {
    once(chromium(), || {
        let (site, browser) = (Site::start(), Browser::borrow());
        let rows = LIVES.map(|(line, expected)| {
            // What removes a cookie needs one.
            site.set(&browser, "localhost", &["id=1", line]);
            let cookies = browser.cookies();
            let life = cookies.first().map_or_else(|| "removed".to_owned(), life_of);
            assert_eq!(life, expected, "{line}");
            [code(line), life]
        });
        table::record("how_long_a_cookie_lives", ["`Set-Cookie`", "Chromium keeps it"], rows);
    });
}

fn life_of(cookie: &Value) -> String {
    if cookie["session"] == true {
        return "browser session".to_owned();
    }
    let expires = Duration::from_secs_f64(cookie["expires"].as_f64().expect("a time"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    life((expires - now).as_secs())
}
