//! The identifier of a session.

use std::collections::HashSet;

use axum::http::StatusCode;
use tower_sessions::{
    cookie::{Cookie, CookieJar, Key},
    session::Id,
};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    people::RIGHT,
    shop::{COOKIE, Shop, id_in},
    stores::{Kind, on_each_store},
};

on_each_store! {
    a_cookie_of_which_one_character_is_another_opens_nothing,
    an_identifier_is_new_at_each_beginning_and_has_sixteen_random_bytes,
    an_identifier_of_mallorys_making_is_never_adopted_signed_or_not,
    two_hundred_odd_cookies_are_no_error_and_leave_nothing,
    the_identifier_stands_in_no_page_no_address_and_nothing_but_the_cookie,
    an_identifier_in_the_address_or_in_a_form_opens_nothing,
    neither_the_cookie_nor_a_header_names_what_runs_here,
}

/// A cookie with this value, signed with the shop's own key.
pub(crate) fn signed(key: &str, value: &str) -> String {
    // Before it stands when it was made.
    let key = key.rsplit(' ').next().unwrap_or_default();
    let key = Key::from(&BASE64_STANDARD.decode(key).expect("base64"));
    let mut jar = CookieJar::new();
    jar.signed_mut(&key).add(Cookie::new(COOKIE, value.to_owned()));
    jar.get(COOKIE).map_or_else(String::new, |cookie| cookie.value().to_owned())
}

async fn a_cookie_of_which_one_character_is_another_opens_nothing(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let cookie = shop.cookie("Ada");
    assert!(shop.opens(&cookie).await, "the cookie as it is");
    for at in 0..cookie.len() {
        let other = if cookie.as_bytes()[at] == b'A' { "B" } else { "A" };
        let forged = format!("{}{other}{}", &cookie[..at], &cookie[at + 1..]);
        assert!(!shop.opens(&forged).await, "{at}");
    }
    assert!(!shop.opens(&cookie[44..]).await, "without a signature");
    assert!(shop.is_in("Ada").await);
}

async fn an_identifier_is_new_at_each_beginning_and_has_sixteen_random_bytes(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    let mut seen = HashSet::new();
    let mut set = [0_u32; 128];
    for _ in 0..90 {
        shop.buy("Ada", "assam").await;
        let id = shop.id("Ada").expect("a session");
        assert!(seen.insert(id), "no two are the same");
        for (bit, count) in set.iter_mut().enumerate() {
            *count += u32::from(id.0 as u128 >> bit & 1 == 1);
        }
        shop.submit("Ada", "/start-over", "").await;
        assert_eq!(shop.id("Ada"), None, "it is never used again");
    }
    // Each bit is one way and the other: 2^-90 that a good one is not.
    assert!(set.iter().all(|count| (1..90).contains(count)), "{set:?}");
}

async fn an_identifier_of_mallorys_making_is_never_adopted_signed_or_not(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    let made = Id(0x6d61_6c6c_6f72_7900_0000_0000_0000_0001);
    for cookie in [made.to_string(), signed(&shop.key, &made.to_string())] {
        shop.close("Ada");
        shop.forge("Ada", COOKIE, &cookie);
        shop.get("Ada", "/").await;
        shop.buy("Ada", "assam").await;
        let id = shop.id("Ada").expect("a session");
        assert_ne!(id, made);
        assert!(shop.store().load(&made).await.expect("it answers").is_none());
    }
}

async fn two_hundred_odd_cookies_are_no_error_and_leave_nothing(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let good = shop.cookie("Ada");
    let (signature, id) = good.split_at(44);
    let mut odd: Vec<String> = [
        "",
        "=",
        "a",
        "%00",
        "%",
        "\"",
        "\"\"",
        "{}",
        "null",
        "' OR 1=1 --",
        "../../shop.db",
        "tea:session:*",
        "*",
        "\\",
        "${jndi:ldap://x}",
        "<script>",
        "AAAA",
        "0",
        "-1",
    ]
    .map(str::to_owned)
    .to_vec();
    odd.extend((0..good.len()).step_by(4).map(|at| good[..at].to_owned()));
    odd.extend([1, 100, 1_000, 4_000].map(|many| "A".repeat(many)));
    odd.extend([
        format!("{signature}{id}{id}"),
        format!("{signature}{signature}"),
        format!("{id}{signature}"),
        format!("\"{good}\""),
        signed(&shop.key, ""),
        signed(&shop.key, "' OR 1=1 --"),
        signed(&shop.key, &"A".repeat(500)),
        signed(&shop.key, "tea:session:*"),
    ]);
    let port = shop.port();
    for value in &odd {
        for head in ["GET /", "GET /member", "POST /sign-out", "POST /basket"] {
            let request = format!(
                "{head} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                 content-length: 0\r\ncookie: {COOKIE}={value}\r\n\r\n"
            );
            let answer = crate::wire::ask(port, request.as_bytes()).await;
            let status = crate::wire::parsed(&answer).status();
            assert!(!status.is_server_error(), "{status}: {value:?} at {head}");
        }
    }
    assert!(odd.len() > 40);
    assert!(shop.is_in("Ada").await);
    assert_eq!(shop.count().await, 1);
}

async fn the_identifier_stands_in_no_page_no_address_and_nothing_but_the_cookie(
    kind: Kind,
) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for path in ["/", "/member", "/devices", "/password", "/confirm", "/start-over"]
    {
        let answer = shop.get("Ada", path).await;
        shop_tells_nothing(&mut shop, &answer, path);
    }
    for (path, fields) in
        [("/basket", "tea=sencha"), ("/confirm", RIGHT), ("/password", "")]
    {
        let answer = shop.submit("Ada", path, fields).await;
        shop_tells_nothing(&mut shop, &answer, path);
    }
}

fn shop_tells_nothing(shop: &mut Shop, answer: &conversation::Answer, path: &str) {
    let (cookie, id) =
        (shop.cookie("Ada"), shop.id("Ada").expect("a session").to_string());
    let headers = answer.headers.iter().filter(|(name, _)| name != "set-cookie");
    let all: String =
        headers.map(|(name, value)| format!("{name}: {value}\n")).collect();
    for place in [&all, &answer.body] {
        assert!(
            !place.contains(&id) && !place.contains(&cookie[..44]),
            "{path}: {place}"
        );
    }
}

async fn an_identifier_in_the_address_or_in_a_form_opens_nothing(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    let (cookie, id) =
        (shop.cookie("Ada"), shop.id("Ada").expect("a session").to_string());
    let encoded =
        cookie.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    for value in [encoded, id] {
        for name in [COOKIE, "id", "sid", "session", "connect.sid", "token"] {
            let answer =
                shop.get("Mallory", &format!("/member?{name}={value}")).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}");
            let answer =
                shop.get("Mallory", &format!("/member;{name}={value}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
        }
        shop.post("Mallory", "/sign-out", &format!("{COOKIE}={value}&id={value}"))
            .await;
        let answer =
            shop.look("Mallory", "/member", ("authorization", &value)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    assert!(shop.is_in("Ada").await);
}

async fn neither_the_cookie_nor_a_header_names_what_runs_here(kind: Kind) {
    let mut shop = Shop::open(kind).await;
    shop.shops("Ada").await;
    for path in ["/", "/nowhere", "/api/orders", "/member"] {
        let answer = shop.get("Ada", path).await;
        for name in ["server", "x-powered-by", "via"] {
            assert_eq!(answer.header(name), None, "{path}");
        }
    }
    let cookies = shop.cookies("Ada");
    assert_eq!(cookies.len(), 1);
    assert_eq!(cookies[0].name, "__Host-id");
    assert!(id_in(&cookies[0].value).is_some());
}
