//! The simulated jar, which the steps' tests and the lab play with, held to what Chromium does.

use conversation::{
    Initiator::{self, CrossSiteSubresource, SameSite},
    Jar, Refused, Url,
};
use time::OffsetDateTime;

use super::cases::{
    Case, DETOURS, DOMAINS, LARGEST, LIVES, PREFIXES, SAME_SITE, SECURE, SET_BY_A_PICTURE,
    WAYS, life, of_size,
};

/// Where the jar decides in another way than Chromium, and why.
const DIFFERENCES: [(&str, &str, &str); 2] = [
    ("shop.example", "id=1; Partitioned", "the jar does not know Partitioned"),
    ("localhost", "id=1; Partitioned", "the jar does not know Partitioned"),
];

#[test]
fn the_simulated_jar_keeps_and_refuses_what_chromium_does() {
    let cases = SECURE.iter().chain(&PREFIXES).chain(&DOMAINS);
    let differ = cases.filter(|case| verdict(case.host, case.line) != case.verdict);
    let differ: Vec<_> = differ.map(|Case { host, line, .. }| (*host, *line)).collect();
    assert_eq!(differ, DIFFERENCES.map(|(host, line, _)| (host, line)));
}

#[test]
fn the_simulated_jar_knows_the_largest_cookie_too() {
    assert_eq!(verdict("localhost", &of_size(LARGEST)), "kept");
    assert_eq!(verdict("localhost", &of_size(LARGEST + 1)), "refused: size");
}

#[test]
fn the_simulated_jar_keeps_a_cookie_as_long_as_chromium() {
    for (line, expected) in LIVES {
        let (now, mut jar) = (OffsetDateTime::now_utc(), Jar::default());
        take(&mut jar, "localhost", line, SameSite).expect("the jar takes it");
        let lives = match jar.cookies(now).first().map(|held| held.expires) {
            None => "removed".to_owned(),
            Some(None) => "browser session".to_owned(),
            Some(Some(end)) => life((end - now).whole_seconds().unsigned_abs()),
        };
        assert_eq!(lives, expected, "{line}");
    }
}

#[test]
fn the_simulated_jar_sends_what_chromium_sends() {
    let (now, mut jar) = (OffsetDateTime::now_utc(), Jar::default());
    for line in SAME_SITE {
        take(&mut jar, "localhost", line, SameSite).expect("the jar takes it");
    }
    for way in WAYS {
        let sent = jar.header(&url("localhost"), way.initiator, now).unwrap_or_default();
        assert_eq!(sent, way.carries, "{}", way.told);
    }
    for detour in DETOURS {
        let sent = jar.header(&url("localhost"), detour.initiator, now).unwrap_or_default();
        assert_eq!(sent, detour.then, "{}", detour.told);
    }
}

#[test]
fn the_simulated_jar_takes_from_a_picture_what_chromium_takes() {
    let (now, mut jar) = (OffsetDateTime::now_utc(), Jar::default());
    let refused =
        SAME_SITE.map(|line| take(&mut jar, "localhost", line, CrossSiteSubresource).err());
    assert_eq!(refused.iter().flatten().count(), SAME_SITE.len() - 1);
    let held = jar.header(&url("localhost"), SameSite, now);
    assert_eq!(held.as_deref(), Some(SET_BY_A_PICTURE));
}

fn verdict(host: &str, line: &str) -> &'static str {
    match take(&mut Jar::default(), host, line, SameSite) {
        Ok(()) => "kept",
        Err(Refused::SecureOverPlainHttp) => "refused: not https",
        Err(Refused::SameSiteNoneWithoutSecure) => "refused: no Secure",
        Err(Refused::SecurePrefix | Refused::HostPrefix) => "refused: prefix",
        Err(Refused::ForeignDomain) => "refused: domain",
        Err(Refused::TooLarge) => "refused: size",
        Err(why) => panic!("{line} from {host}: {why}"),
    }
}

fn take(jar: &mut Jar, host: &str, line: &str, from: Initiator) -> Result<(), Refused> {
    jar.store(&url(host), line, from, OffsetDateTime::now_utc())
}

fn url(host: &str) -> Url {
    Url::new(&format!("http://{host}"), "/")
}
