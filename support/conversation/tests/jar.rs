//! The cookie jar, case by case, after RFC 6265bis.

use conversation::{
    Initiator::{
        self, CrossSiteForm, CrossSiteLink, CrossSiteSubresource, SameSite as Same, Script,
    },
    Jar, Refused, Url,
};
use time::{Duration, OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);
const HTTPS: &str = "https://tea.example";
const HTTP: &str = "http://tea.example";

/// A jar that took this cookie from the root of an origin.
fn jar(origin: &str, cookie: &str) -> Jar {
    let mut jar = Jar::default();
    take(&mut jar, origin, "/", cookie).expect("the jar takes it");
    jar
}

fn take(jar: &mut Jar, origin: &str, path: &str, cookie: &str) -> Result<(), Refused> {
    jar.store(&Url::new(origin, path), cookie, Same, NOW)
}

fn refusal(origin: &str, cookie: &str) -> Option<Refused> {
    take(&mut Jar::default(), origin, "/", cookie).err()
}

fn sent(jar: &mut Jar, origin: &str, path: &str) -> Option<String> {
    jar.header(&Url::new(origin, path), Same, NOW)
}

fn sent_by(jar: &mut Jar, from: Initiator, later: Duration) -> bool {
    jar.header(&Url::new(HTTPS, "/"), from, NOW + later).is_some()
}

#[test]
fn a_cookie_goes_back_to_its_host_and_no_other() {
    let mut jar = jar(HTTPS, "id=1");
    assert_eq!(sent(&mut jar, HTTPS, "/").as_deref(), Some("id=1"));
    assert_eq!(sent(&mut jar, "https://www.tea.example", "/"), None);
    assert_eq!(sent(&mut jar, "https://example", "/"), None);
}

#[test]
fn cookies_ignore_ports() {
    let mut jar = jar("http://localhost:8080", "id=1");
    assert_eq!(sent(&mut jar, "http://localhost:3000", "/").as_deref(), Some("id=1"));
}

#[test]
fn the_host_is_compared_without_regard_to_case() {
    let mut jar = jar("https://TEA.example", "id=1; Domain=Tea.Example");
    assert!(sent(&mut jar, HTTPS, "/").is_some());
}

#[test]
fn localhost_and_127_0_0_1_are_two_hosts() {
    let mut jar = jar("http://localhost:8080", "id=1");
    assert_eq!(sent(&mut jar, "http://127.0.0.1:8080", "/"), None);
}

#[test]
fn a_domain_opens_the_cookie_to_subdomains() {
    for cookie in ["id=1; Domain=tea.example", "id=1; Domain=.tea.example"] {
        let mut jar = jar(HTTPS, cookie);
        assert!(sent(&mut jar, HTTPS, "/").is_some());
        assert!(sent(&mut jar, "https://www.tea.example", "/").is_some());
        assert!(sent(&mut jar, "https://greentea.example", "/").is_none());
    }
}

#[test]
fn a_domain_must_be_the_host_or_its_parent() {
    let foreign = Some(Refused::ForeignDomain);
    assert_eq!(refusal(HTTPS, "id=1; Domain=coffee.example"), foreign);
    assert_eq!(refusal(HTTPS, "id=1; Domain=www.tea.example"), foreign);
    assert_eq!(refusal(HTTPS, "id=1; Domain=example"), foreign, "a whole top-level domain");
    assert_eq!(refusal("https://www.tea.example", "id=1; Domain=tea.example"), None);
}

#[test]
fn an_address_has_no_subdomains() {
    assert_eq!(refusal("http://127.0.0.1", "id=1; Domain=0.0.1"), Some(Refused::ForeignDomain));
}

#[test]
fn a_path_matches_whole_segments() {
    let mut jar = jar(HTTPS, "id=1; Path=/shop");
    assert!(sent(&mut jar, HTTPS, "/shop").is_some());
    assert!(sent(&mut jar, HTTPS, "/shop/tea").is_some());
    assert!(sent(&mut jar, HTTPS, "/shop?page=2").is_some());
    assert!(sent(&mut jar, HTTPS, "/shopping").is_none());
    assert!(sent(&mut jar, HTTPS, "/").is_none());
}

#[test]
fn without_a_path_the_cookie_is_for_the_folder_it_came_from() {
    let mut jar = Jar::default();
    take(&mut jar, HTTPS, "/shop/tea", "id=1").expect("the jar takes it");
    assert!(sent(&mut jar, HTTPS, "/shop/coffee").is_some());
    assert!(sent(&mut jar, HTTPS, "/about").is_none());
    take(&mut jar, HTTPS, "/shop/tea", "all=1; Path=no-slash").expect("the jar takes it");
    assert!(sent(&mut jar, HTTPS, "/about").is_none(), "a path without a slash is no path");
}

#[test]
fn longer_paths_come_first_and_older_cookies_before_younger() {
    let mut jar = Jar::default();
    for (cookie, age) in [("a=1; Path=/", 0), ("b=2; Path=/shop", 1), ("c=3; Path=/", 2)] {
        let later = NOW + Duration::seconds(age);
        jar.store(&Url::new(HTTPS, "/"), cookie, Same, later).expect("the jar takes it");
    }
    assert_eq!(sent(&mut jar, HTTPS, "/shop").as_deref(), Some("b=2; a=1; c=3"));
}

#[test]
fn the_same_name_domain_and_path_replace_and_keep_the_age() {
    let mut jar = jar(HTTPS, "id=old");
    take(&mut jar, HTTPS, "/", "other=1").expect("the jar takes it");
    take(&mut jar, HTTPS, "/", "id=new").expect("the jar takes it");
    assert_eq!(sent(&mut jar, HTTPS, "/").as_deref(), Some("id=new; other=1"));
    take(&mut jar, HTTPS, "/", "id=more; Path=/shop").expect("the jar takes it");
    assert_eq!(sent(&mut jar, HTTPS, "/shop").as_deref(), Some("id=more; id=new; other=1"));
}

#[test]
fn a_secure_cookie_needs_a_secure_connection_both_ways() {
    assert_eq!(refusal(HTTP, "id=1; Secure"), Some(Refused::SecureOverPlainHttp));
    let mut jar = jar(HTTPS, "id=1; Secure");
    assert!(sent(&mut jar, HTTPS, "/").is_some());
    assert!(sent(&mut jar, HTTP, "/").is_none());
}

#[test]
fn localhost_counts_as_secure() {
    assert_eq!(refusal("http://localhost:8080", "id=1; Secure"), None);
}

#[test]
fn plain_http_neither_overwrites_nor_hides_a_secure_cookie() {
    let mut jar = jar(HTTPS, "id=1; Secure; Path=/");
    let over_http = take(&mut jar, HTTP, "/", "id=2; Path=/shop");
    assert_eq!(over_http, Err(Refused::HidesSecureCookie));
    assert_eq!(take(&mut jar, HTTP, "/", "other=2"), Ok(()));
    assert_eq!(sent(&mut jar, HTTPS, "/").as_deref(), Some("id=1; other=2"));
}

#[test]
fn http_only_keeps_scripts_out_both_ways() {
    let mut jar = jar(HTTPS, "id=1; HttpOnly");
    let url = Url::new(HTTPS, "/");
    assert_eq!(jar.header(&url, Script, NOW), None);
    assert_eq!(jar.store(&url, "id=2", Script, NOW), Err(Refused::HttpOnlyFromScript));
    assert_eq!(jar.store(&url, "x=2; HttpOnly", Script, NOW), Err(Refused::HttpOnlyFromScript));
    assert_eq!(sent(&mut jar, HTTPS, "/").as_deref(), Some("id=1"));
}

#[test]
fn max_age_counts_in_seconds_and_wins_over_expires() {
    let mut jar = jar(HTTPS, "id=1; Max-Age=60; Expires=Wed, 01 Jan 2020 00:00:00 GMT");
    assert!(sent_by(&mut jar, Same, Duration::seconds(59)));
    assert!(!sent_by(&mut jar, Same, Duration::seconds(60)));
}

#[test]
fn expires_is_a_date() {
    let mut jar = jar(HTTPS, "id=1; Expires=Thu, 01 Jan 2026 12:01:00 GMT");
    assert!(sent_by(&mut jar, Same, Duration::seconds(59)));
    assert!(!sent_by(&mut jar, Same, Duration::seconds(60)));
}

#[test]
fn an_expired_cookie_removes_the_one_before_it() {
    for removal in
        ["id=; Max-Age=0", "id=; Max-Age=-1", "id=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"]
    {
        let mut jar = jar(HTTPS, "id=1");
        take(&mut jar, HTTPS, "/", removal).expect("a removal is a cookie like any other");
        assert_eq!(sent(&mut jar, HTTPS, "/"), None, "{removal}");
    }
}

#[test]
fn a_removal_must_match_path_and_domain() {
    let mut jar = jar(HTTPS, "id=1; Path=/shop");
    take(&mut jar, HTTPS, "/", "id=; Path=/; Max-Age=0").expect("the jar takes it");
    assert!(sent(&mut jar, HTTPS, "/shop").is_some());
}

#[test]
fn without_an_expiry_the_cookie_lives_until_the_browser_closes() {
    let mut jar = jar(HTTPS, "id=1");
    assert_eq!(jar.cookies(NOW + Duration::days(10_000))[0].expires, None);
    jar.clear();
    assert!(jar.cookies(NOW).is_empty());
}

#[test]
fn no_cookie_lives_longer_than_400_days() {
    let mut jar = jar(HTTPS, "id=1; Max-Age=99999999999");
    assert_eq!(jar.cookies(NOW)[0].expires, Some(NOW + Duration::days(400)));
    assert!(!sent_by(&mut jar, Same, Duration::days(400)));
}

#[test]
fn same_site_decides_which_cross_site_requests_carry_the_cookie() {
    let table = [
        ("SameSite=Strict", [false, false, false]),
        ("SameSite=Lax", [true, false, false]),
        ("SameSite=None; Secure", [true, true, true]),
        // Without the attribute a form carries it, as long as the cookie is new.
        ("Secure", [true, true, false]),
        ("SameSite=Nonsense", [true, true, false]),
    ];
    for (attributes, expected) in table {
        let mut jar = jar(HTTPS, &format!("id=1; {attributes}"));
        let crossings = [CrossSiteLink, CrossSiteForm, CrossSiteSubresource];
        let seen = crossings.map(|from| sent_by(&mut jar, from, Duration::ZERO));
        assert_eq!(seen, expected, "{attributes}");
        assert!(sent_by(&mut jar, Same, Duration::ZERO), "{attributes}");
    }
}

#[test]
fn the_default_lets_a_cross_site_form_through_for_two_minutes() {
    let mut jar = jar(HTTPS, "id=1");
    assert!(sent_by(&mut jar, CrossSiteForm, Duration::minutes(2)));
    assert!(!sent_by(&mut jar, CrossSiteForm, Duration::seconds(121)));
    assert!(sent_by(&mut jar, CrossSiteLink, Duration::seconds(121)));
}

#[test]
fn same_site_none_asks_for_secure() {
    let refused = Some(Refused::SameSiteNoneWithoutSecure);
    assert_eq!(refusal(HTTPS, "id=1; SameSite=None"), refused);
}

#[test]
fn a_cross_site_picture_sets_no_same_site_cookie() {
    let url = Url::new(HTTPS, "/");
    let mut jar = Jar::default();
    for cookie in ["id=1", "id=1; SameSite=Lax", "id=1; SameSite=Strict"] {
        let taken = jar.store(&url, cookie, CrossSiteSubresource, NOW);
        assert_eq!(taken, Err(Refused::CrossSite), "{cookie}");
    }
    let open = "id=1; SameSite=None; Secure";
    assert_eq!(jar.store(&url, open, CrossSiteSubresource, NOW), Ok(()));
}

#[test]
fn the_secure_prefix_asks_for_secure() {
    assert_eq!(refusal(HTTPS, "__Secure-id=1"), Some(Refused::SecurePrefix));
    assert_eq!(refusal(HTTPS, "__SECURE-id=1"), Some(Refused::SecurePrefix), "in any case");
    assert_eq!(refusal(HTTPS, "__Secure-id=1; Secure; Domain=tea.example"), None);
}

#[test]
fn the_host_prefix_asks_for_secure_the_root_path_and_no_domain() {
    assert_eq!(refusal(HTTPS, "__Host-id=1; Secure; Path=/"), None);
    for cookie in [
        "__Host-id=1; Path=/",
        "__Host-id=1; Secure",
        "__Host-id=1; Secure; Path=/shop",
        "__Host-id=1; Secure; Path=/; Domain=tea.example",
        "__host-id=1; Secure",
    ] {
        assert_eq!(refusal(HTTPS, cookie), Some(Refused::HostPrefix), "{cookie}");
    }
}

#[test]
fn a_removal_without_secure_leaves_a_host_cookie_where_it_is() {
    let mut jar = jar(HTTPS, "__Host-id=1; Secure; Path=/");
    let removal = take(&mut jar, HTTPS, "/", "__Host-id=; Path=/; Max-Age=0");
    assert_eq!(removal, Err(Refused::HostPrefix));
    assert!(sent(&mut jar, HTTPS, "/").is_some());
}

#[test]
fn a_cookie_may_have_4096_bytes_and_no_more() {
    let fits = format!("id={}; Path=/; HttpOnly", "x".repeat(4094));
    assert_eq!(refusal(HTTPS, &fits), None);
    let larger = format!("id={}", "x".repeat(4095));
    assert_eq!(refusal(HTTPS, &larger), Some(Refused::TooLarge));
}

#[test]
fn what_is_no_cookie_is_refused() {
    for cookie in ["", "id", "=1", "id=a\0b", "id=a\nb", "i\x7fd=1"] {
        assert_eq!(refusal(HTTPS, cookie), Some(Refused::Malformed), "{cookie:?}");
    }
}

#[test]
fn quotes_and_equals_signs_belong_to_the_value() {
    let mut jar = jar(HTTPS, "id=\"a=b\"");
    assert_eq!(sent(&mut jar, HTTPS, "/").as_deref(), Some("id=\"a=b\""));
}

#[test]
fn attributes_are_read_in_any_case_and_unknown_ones_ignored() {
    let mut jar = jar(HTTPS, "id=1; SECURE; httponly; samesite=STRICT; Priority=High; x");
    assert_eq!(jar.cookies(NOW)[0].attributes(), ["HttpOnly", "Secure", "SameSite=Strict"]);
}
