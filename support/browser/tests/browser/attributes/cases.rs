//! What Chromium does with a cookie, case by case: the browser's tests see it, and the simulated
//! jar is held to it.

use conversation::Initiator;

/// A `Set-Cookie` line from a page of this host, over plain http, and what Chromium does with it.
pub(super) struct Case {
    pub(super) host: &'static str,
    pub(super) line: &'static str,
    pub(super) verdict: &'static str,
}

const fn case(host: &'static str, line: &'static str, verdict: &'static str) -> Case {
    Case { host, line, verdict }
}

/// Each line once over plain http, once over what counts as secure.
pub(super) const SECURE: [Case; 10] = [
    case("shop.example", "id=1", "kept"),
    case("localhost", "id=1", "kept"),
    case("shop.example", "id=1; Secure", "refused: not https"),
    case("localhost", "id=1; Secure", "kept"),
    case("shop.example", "id=1; SameSite=None", "refused: no Secure"),
    case("localhost", "id=1; SameSite=None", "refused: no Secure"),
    case("shop.example", "id=1; SameSite=None; Secure", "refused: not https"),
    case("localhost", "id=1; SameSite=None; Secure", "kept"),
    // The developer tools name no reason.
    case("shop.example", "id=1; Partitioned", "refused"),
    case("localhost", "id=1; Partitioned", "refused"),
];

pub(super) const PREFIXES: [Case; 7] = [
    case("localhost", "__Host-id=1; Secure; Path=/", "kept"),
    case("localhost", "__Host-id=1; Path=/", "refused: prefix"),
    case("localhost", "__Host-id=1; Secure", "refused: prefix"),
    case("localhost", "__Host-id=1; Secure; Path=/tea", "refused: prefix"),
    case("localhost", "__Host-id=1; Secure; Path=/; Domain=localhost", "refused: prefix"),
    case("localhost", "__Secure-id=1; Secure", "kept"),
    case("localhost", "__Secure-id=1", "refused: prefix"),
];

pub(super) const DOMAINS: [Case; 6] = [
    case("tea.shop.example", "id=1; Domain=tea.shop.example", "kept"),
    case("tea.shop.example", "id=1; Domain=shop.example", "kept"),
    case("tea.shop.example", "id=1; Domain=example", "refused: domain"),
    case("tea.shop.example", "id=1; Domain=green.tea.shop.example", "refused: domain"),
    case("tea.shop.example", "id=1; Domain=coffee.shop.example", "refused: domain"),
    case("tea.shop.example", "id=1; Domain=mallory.example", "refused: domain"),
];

/// The largest cookie that is kept: the bytes of name and value together.
pub(super) const LARGEST: usize = 4096;

/// A cookie whose name and value have so many bytes together.
pub(super) fn of_size(bytes: usize) -> String {
    format!("id={}", "x".repeat(bytes - "id".len()))
}

/// A `Set-Cookie` line, and how long Chromium keeps the cookie.
pub(super) const LIVES: [(&str, &str); 7] = [
    ("id=1", "browser session"),
    ("id=1; Max-Age=3600", "1 hour"),
    ("id=1; Max-Age=315360000", "400 days"),
    ("id=1; Expires=Fri, 31 Dec 2100 00:00:00 GMT", "400 days"),
    ("id=1; Max-Age=3600; Expires=Fri, 31 Dec 2100 00:00:00 GMT", "1 hour"),
    ("id=1; Max-Age=0", "removed"),
    ("id=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "removed"),
];

/// How long a cookie lives that ends after so many seconds.
pub(super) fn life(seconds: u64) -> String {
    // It was set less than an hour ago.
    match seconds.div_ceil(3600) {
        1 => "1 hour".to_owned(),
        hours => format!("{} days", hours / 24),
    }
}

/// The cookies of one host, one for each value of SameSite.
pub(super) const SAME_SITE: [&str; 4] = [
    "strict=1; SameSite=Strict",
    "lax=1; SameSite=Lax",
    "none=1; SameSite=None; Secure",
    "unset=1",
];

/// What is kept of [`SAME_SITE`] when a picture on another site sets them.
pub(super) const SET_BY_A_PICTURE: &str = "none=1";

/// How a request comes about, and which cookies of [`SAME_SITE`] it carries.
pub(super) struct Way {
    pub(super) told: &'static str,
    pub(super) from: From,
    pub(super) by: By,
    pub(super) carries: &'static str,
    /// The same, as the simulated jar calls it.
    pub(super) initiator: Initiator,
}

/// Where the page is that makes the browser send a request.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum From {
    Nowhere,
    SameSite,
    OtherSite,
}

/// What makes the browser send a request.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum By {
    Address,
    Link,
    Form,
    Picture,
    Fetch,
    Frame,
}

const ALL: &str = "strict=1; lax=1; none=1; unset=1";

pub(super) const WAYS: [Way; 11] = [
    way("address typed", From::Nowhere, By::Address, ALL, Initiator::SameSite),
    way("link, same site", From::SameSite, By::Link, ALL, Initiator::SameSite),
    way("form POST, same site", From::SameSite, By::Form, ALL, Initiator::SameSite),
    way("picture, same site", From::SameSite, By::Picture, ALL, Initiator::SameSite),
    way("fetch, same site", From::SameSite, By::Fetch, ALL, Initiator::SameSite),
    way("iframe, same site", From::SameSite, By::Frame, ALL, Initiator::SameSite),
    way(
        "link, other site",
        From::OtherSite,
        By::Link,
        "lax=1; none=1; unset=1",
        Initiator::CrossSiteLink,
    ),
    // The cookie without SameSite is younger than two minutes.
    way(
        "form POST, other site",
        From::OtherSite,
        By::Form,
        "none=1; unset=1",
        Initiator::CrossSiteForm,
    ),
    way(
        "picture, other site",
        From::OtherSite,
        By::Picture,
        "none=1",
        Initiator::CrossSiteSubresource,
    ),
    way(
        "fetch, other site",
        From::OtherSite,
        By::Fetch,
        "none=1",
        Initiator::CrossSiteSubresource,
    ),
    way(
        "iframe, other site",
        From::OtherSite,
        By::Frame,
        "none=1",
        Initiator::CrossSiteSubresource,
    ),
];

const fn way(
    told: &'static str,
    from: From,
    by: By,
    carries: &'static str,
    initiator: Initiator,
) -> Way {
    Way { told, from, by, carries, initiator }
}

/// A request that comes to us by a redirect, and the cookies of [`SAME_SITE`] that are sent.
pub(super) struct Detour {
    pub(super) told: &'static str,
    pub(super) from: From,
    pub(super) by: By,
    /// Whose server answers with the redirect.
    pub(super) over: Over,
    /// What that server is sent, if it is ours.
    pub(super) first: &'static str,
    /// What the page is sent to which the redirect leads.
    pub(super) then: &'static str,
    /// Who sends the request for that page, as the simulated jar calls it.
    pub(super) initiator: Initiator,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Over {
    Us,
    OtherSite,
}

const NOT_STRICT: &str = "lax=1; none=1; unset=1";

pub(super) const DETOURS: [Detour; 6] = [
    Detour {
        told: "link on your page → other site → your page",
        from: From::SameSite,
        by: By::Link,
        over: Over::OtherSite,
        first: "",
        then: ALL,
        initiator: Initiator::SameSite,
    },
    Detour {
        told: "form on your page → other site → your page",
        from: From::SameSite,
        by: By::Form,
        over: Over::OtherSite,
        first: "",
        then: ALL,
        initiator: Initiator::SameSite,
    },
    Detour {
        told: "address typed → other site → your page",
        from: From::Nowhere,
        by: By::Address,
        over: Over::OtherSite,
        first: "",
        then: ALL,
        initiator: Initiator::SameSite,
    },
    Detour {
        told: "link on another site → your server → your page",
        from: From::OtherSite,
        by: By::Link,
        over: Over::Us,
        first: NOT_STRICT,
        then: NOT_STRICT,
        initiator: Initiator::CrossSiteLink,
    },
    Detour {
        told: "form on another site → your server → your page",
        from: From::OtherSite,
        by: By::Form,
        over: Over::Us,
        first: "none=1; unset=1",
        then: NOT_STRICT,
        initiator: Initiator::CrossSiteLink,
    },
    Detour {
        told: "form on another site → that site → your page",
        from: From::OtherSite,
        by: By::Form,
        over: Over::OtherSite,
        first: "",
        then: NOT_STRICT,
        initiator: Initiator::CrossSiteLink,
    },
];
