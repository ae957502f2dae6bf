//! How often somebody may try, by where it comes from and by whom it is tried as.

use std::{net::IpAddr, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
};
use conversation::Backend;
use step_24::site::Site;
use tokio::time::advance;
use tower::ServiceExt;

mod told;
use told::Told;

#[allow(dead_code)]
#[path = "../src/edge/tries.rs"]
mod tries;
use tries::Tries;

const ADAS: &str = "192.0.2.1";
const MALLORYS: &str = "203.0.113.9";
const PROXY: &str = "10.0.0.1";
const PASSWORD: &str = "a cup before noon";

const MINUTE: Duration = Duration::from_secs(60);

/// A server, and what it keeps.
struct Shop {
    app: Router,
    store: Told,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    page: String,
}

impl Answer {
    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The cookie that it sets, as a browser sends it back.
    fn cookie(&self) -> String {
        let cookie = self.header(header::SET_COOKIE).unwrap_or_default();
        cookie.split(';').next().unwrap_or_default().to_owned()
    }
}

impl Shop {
    fn new() -> Self {
        Self::at(Site::default())
    }

    /// Behind a proxy at `PROXY`.
    fn behind_a_proxy() -> Self {
        let site = Site::parse(|name| (name == "PROXIES").then(|| PROXY.into()));
        Self::at(site.expect("well written"))
    }

    fn at(site: Site) -> Self {
        let store = Told::new();
        Self { app: store.server_at(site), store }
    }

    /// A form that comes from this address, with one more header.
    async fn post(
        &self,
        from: &str,
        (name, value): (&str, &str),
        path: &str,
        fields: &str,
    ) -> Answer {
        let from: IpAddr = from.parse().expect("an address");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value)
            .extension(ConnectInfo(SocketAddr::from((from, 4711))))
            .body(Body::from(fields.to_owned()))
            .expect("well formed");
        let Ok(answer) = self.app.clone().oneshot(request).await;
        let (parts, body) = answer.into_parts();
        let page = to_bytes(body, 1 << 20).await.expect("a page");
        let page = String::from_utf8(page.to_vec()).expect("text");
        Answer { status: parts.status, headers: parts.headers, page }
    }

    async fn give(
        &self,
        from: &str,
        path: &str,
        name: &str,
        password: &str,
    ) -> Answer {
        let fields = format!("name={name}&password={}", password.replace(' ', "+"));
        self.post(from, ("x-nothing", ""), path, &fields).await
    }

    async fn sign_in(&self, from: &str, name: &str, password: &str) -> StatusCode {
        self.give(from, "/sign-in", name, password).await.status
    }

    async fn register(&self, from: &str, name: &str) -> StatusCode {
        self.give(from, "/register", name, PASSWORD).await.status
    }

    /// The first packet of somebody who has no session.
    async fn buy(&self, from: &str) -> Answer {
        self.post(from, ("x-nothing", ""), "/basket", "tea=assam").await
    }
}

impl Shop {
    /// The token of the only session that there is.
    fn only_token(&self) -> String {
        let rows = self.store.rows();
        let [row] = rows.as_slice() else { panic!("{} sessions", rows.len()) };
        let (_, token) = row.data.split_once(r#""token":""#).expect("a token");
        token.split('"').next().expect("its end").to_owned()
    }
}

/// Whether all of them are this.
fn is(found: &[StatusCode], expected: StatusCode) -> bool {
    found.iter().all(|status| *status == expected)
}

const IN: StatusCode = StatusCode::SEE_OTHER;
const WRONG: StatusCode = StatusCode::FORBIDDEN;
const TOO_OFTEN: StatusCode = StatusCode::TOO_MANY_REQUESTS;

/// Up to step 20, five wrong passwords for her name did, wherever they came from.
#[tokio::test(start_paused = true)]
async fn mallory_does_not_keep_ada_out_from_another_address() {
    let shop = Shop::new();
    shop.register(ADAS, "Ada").await;
    // What is refused to her counts against nobody else.
    for from in [MALLORYS, "203.0.113.10", "203.0.113.11", "203.0.113.12"] {
        for number in 0..40 {
            let status = shop.sign_in(from, "Ada", "wrong").await;
            assert_eq!(status, if number < 5 { WRONG } else { TOO_OFTEN });
        }
    }
    let status = shop.sign_in(MALLORYS, "Ada", PASSWORD).await;
    assert_eq!(status, TOO_OFTEN, "not even with the right one");
    assert_eq!(shop.sign_in(ADAS, "Ada", PASSWORD).await, IN);
    advance(MINUTE).await;
    assert_eq!(shop.sign_in(MALLORYS, "Ada", "wrong").await, WRONG);
}

/// What Ada mistypes is given back by no sign-in; the right one costs her none.
#[tokio::test(start_paused = true)]
async fn whoever_gives_the_right_password_has_not_guessed() {
    let shop = Shop::new();
    shop.register(ADAS, "Ada").await;
    for _ in 0..6 {
        assert_eq!(shop.sign_in(ADAS, "Ada", PASSWORD).await, IN);
    }
    for password in ["a", "b", PASSWORD, "c", "d", PASSWORD, "e"] {
        let status = shop.sign_in(ADAS, "Ada", password).await;
        assert_eq!(status, if password == PASSWORD { IN } else { WRONG });
    }
    assert_eq!(shop.sign_in(ADAS, "Ada", PASSWORD).await, TOO_OFTEN);
}

/// Up to step 20, she had five tries for each.
#[tokio::test(start_paused = true)]
async fn one_password_is_tried_with_thirty_names_a_minute() {
    let shop = Shop::new();
    for number in 0..30 {
        let status =
            shop.sign_in(MALLORYS, &format!("Ada {number}"), PASSWORD).await;
        assert_eq!(status, WRONG, "{number}");
    }
    let answer = shop.give(MALLORYS, "/sign-in", "Grace", PASSWORD).await;
    assert_eq!(answer.status, TOO_OFTEN);
    assert_eq!(answer.header(header::RETRY_AFTER), Some("60"));
    assert_eq!(shop.sign_in(ADAS, "Grace", PASSWORD).await, WRONG, "elsewhere");
    advance(MINUTE).await;
    assert_eq!(shop.sign_in(MALLORYS, "Grace", PASSWORD).await, WRONG);
}

#[tokio::test(start_paused = true)]
async fn right_passwords_cost_a_hash_too_and_are_counted() {
    let shop = Shop::new();
    shop.register(ADAS, "Ada").await;
    for number in 0..31 {
        let status = shop.sign_in(ADAS, "Ada", PASSWORD).await;
        assert_eq!(status, if number < 30 { IN } else { TOO_OFTEN }, "{number}");
    }
}

/// Each address guesses five times: nineteen of them keep nobody out.
#[tokio::test(start_paused = true)]
async fn hole_twenty_addresses_keep_ada_out_for_a_minute() {
    let shop = Shop::new();
    shop.register(ADAS, "Ada").await;
    for mallory in 1..=20 {
        assert_eq!(shop.sign_in(ADAS, "Ada", PASSWORD).await, IN, "{mallory}");
        let from = format!("203.0.113.{mallory}");
        for _ in 0..5 {
            assert_eq!(shop.sign_in(&from, "Ada", "wrong").await, WRONG, "{from}");
        }
    }
    assert_eq!(shop.sign_in(ADAS, "Ada", PASSWORD).await, TOO_OFTEN);
    assert_eq!(shop.sign_in("203.0.113.21", "Ada", "wrong").await, TOO_OFTEN);
    advance(MINUTE).await;
    assert_eq!(shop.sign_in(ADAS, "Ada", PASSWORD).await, IN);
}

#[tokio::test(start_paused = true)]
async fn no_header_of_hers_makes_mallory_somebody_else() {
    for shop in [Shop::new(), Shop::behind_a_proxy()] {
        let mut found = Vec::new();
        for number in 0..3 {
            let somebody = format!("198.51.100.{number}");
            for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
                let header = (header, somebody.as_str());
                let fields = "name=Ada&password=wrong";
                let answer = shop.post(MALLORYS, header, "/sign-in", fields).await;
                found.push(answer.status);
            }
        }
        assert!(is(&found[..5], WRONG) && is(&found[5..], TOO_OFTEN), "{found:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn behind_a_proxy_each_visitor_is_counted_apart() {
    let shop = Shop::behind_a_proxy();
    shop.register(ADAS, "Ada").await;
    let sign_in = async |shop: &Shop, whom: &str, password: &str| {
        // What the proxy adds stands at the end.
        let header = format!("198.51.100.7, {whom}");
        let fields = format!("name=Ada&password={}", password.replace(' ', "+"));
        let header = ("x-forwarded-for", header.as_str());
        shop.post(PROXY, header, "/sign-in", &fields).await.status
    };
    for number in 0..7 {
        let status = sign_in(&shop, MALLORYS, "wrong").await;
        assert_eq!(status, if number < 5 { WRONG } else { TOO_OFTEN });
    }
    assert_eq!(sign_in(&shop, ADAS, PASSWORD).await, IN);
    // A server that is not told of its proxy takes all for one.
    let shop = Shop::new();
    shop.register(ADAS, "Ada").await;
    for _ in 0..5 {
        assert_eq!(sign_in(&shop, MALLORYS, "wrong").await, WRONG);
    }
    assert_eq!(sign_in(&shop, ADAS, PASSWORD).await, TOO_OFTEN);
}

#[tokio::test(start_paused = true)]
async fn the_addresses_of_one_ipv6_connection_are_one() {
    let shop = Shop::new();
    shop.register(ADAS, "Ada").await;
    let mut found = Vec::new();
    for number in 0..5 {
        let from = format!("2001:db8:0:1:{number:x}00::{number}");
        found.push(shop.sign_in(&from, "Ada", "wrong").await);
    }
    assert!(is(&found, WRONG), "{found:?}");
    let neighbours = [
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", TOO_OFTEN),
        ("2001:db8:0:2::", WRONG),
        ("2001:db8:0:0:ffff:ffff:ffff:ffff", WRONG),
    ];
    for (from, expected) in neighbours {
        assert_eq!(shop.sign_in(from, "Ada", "wrong").await, expected, "{from}");
    }
    // And one that is an IPv4 address in truth is that.
    for _ in 0..5 {
        shop.sign_in("::ffff:203.0.113.9", "Ada", "wrong").await;
    }
    assert_eq!(shop.sign_in(MALLORYS, "Ada", "wrong").await, TOO_OFTEN);
    assert_eq!(shop.sign_in("203.0.113.10", "Ada", "wrong").await, WRONG);
}

/// Many providers give a household a `/56`, which begins as 256 of what is counted.
#[tokio::test(start_paused = true)]
async fn hole_one_household_is_as_many_as_it_has_ipv6_networks() {
    let shop = Shop::new();
    shop.register(ADAS, "Ada").await;
    for network in 0..20 {
        let from = format!("2001:db8:0:ab{network:02x}::1");
        for _ in 0..5 {
            assert_eq!(shop.sign_in(&from, "Ada", "wrong").await, WRONG, "{from}");
        }
    }
    assert_eq!(shop.sign_in(ADAS, "Ada", PASSWORD).await, TOO_OFTEN);
}

#[tokio::test(start_paused = true)]
async fn ten_members_a_minute_register_from_one_address_and_a_hundred_in_all() {
    let shop = Shop::new();
    for address in 0..10 {
        let from = format!("203.0.113.{address}");
        for number in 0..10 {
            let name = format!("Mallory {address} {number}");
            assert_eq!(shop.register(&from, &name).await, IN, "{name}");
        }
        let answer = shop.give(&from, "/register", "Mallory", PASSWORD).await;
        assert_eq!(answer.status, TOO_OFTEN, "{from}");
        assert_eq!(answer.header(header::RETRY_AFTER), Some("60"));
    }
    assert_eq!(shop.register(ADAS, "Ada").await, TOO_OFTEN, "ten addresses do it");
    advance(MINUTE).await;
    assert_eq!(shop.register(ADAS, "Ada").await, IN);
}

/// Up to step 20 there was no end to it.
#[tokio::test(start_paused = true)]
async fn strangers_begin_a_hundred_sessions_an_hour_from_one_address() {
    let shop = Shop::new();
    let known = shop.buy(MALLORYS).await.cookie();
    let token = shop.only_token();
    for _ in 1..100 {
        assert_eq!(shop.buy(MALLORYS).await.status, IN);
    }
    let rows = shop.store.rows();
    assert_eq!(rows.len(), 100);
    for _ in 0..3 {
        let answer = shop.buy(MALLORYS).await;
        assert_eq!(answer.status, TOO_OFTEN);
        assert_eq!(answer.header(header::RETRY_AFTER), Some("3600"));
        assert_eq!(answer.header(header::SET_COOKIE), None);
        assert!(answer.page.contains("Try again later."), "{}", answer.page);
    }
    // A cookie that opens nothing makes nobody known.
    let forged = ("cookie", "__Host-id=forged");
    let answer = shop.post(MALLORYS, forged, "/basket", "tea=assam").await;
    assert_eq!(answer.status, TOO_OFTEN);
    assert_eq!(shop.store.rows(), rows, "nothing is kept of it");

    assert_eq!(shop.buy(ADAS).await.status, IN, "elsewhere");
    let fields = format!("tea=assam&token={token}");
    let answer = shop.post(MALLORYS, ("cookie", &known), "/basket", &fields).await;
    assert_eq!(answer.status, IN, "whoever has a session keeps it");
    advance(MINUTE * 60).await;
    assert_eq!(shop.buy(MALLORYS).await.status, IN);
}

/// To sign in is counted by its passwords, and a new identifier is no new session.
#[tokio::test(start_paused = true)]
async fn where_strangers_begin_too_many_sessions_members_sign_in() {
    let shop = Shop::new();
    let ada = shop.give(MALLORYS, "/register", "Ada", PASSWORD).await.cookie();
    let token = shop.only_token();
    for _ in 0..100 {
        assert_eq!(shop.buy(MALLORYS).await.status, IN);
    }
    assert_eq!(shop.buy(MALLORYS).await.status, TOO_OFTEN);
    let answer = shop.give(MALLORYS, "/sign-in", "Ada", PASSWORD).await;
    assert_eq!(answer.status, IN);
    assert!(answer.cookie().starts_with("__Host-id="));
    assert_eq!(shop.register(MALLORYS, "Grace").await, IN);
    let fields = format!("token={token}&password=a+cup+before+noon");
    let answer = shop.post(MALLORYS, ("cookie", &ada), "/confirm", &fields).await;
    assert_eq!(answer.status, IN, "with another identifier");
    assert_ne!(answer.cookie(), ada);
}

/// Mallory has a password like any member, and an office has one address.
#[tokio::test(start_paused = true)]
async fn hole_mallory_keeps_out_who_comes_from_the_same_network() {
    let shop = Shop::new();
    shop.register(MALLORYS, "Ada").await;
    shop.register(MALLORYS, "Mallory").await;
    for _ in 0..30 {
        assert_eq!(shop.sign_in(MALLORYS, "Mallory", PASSWORD).await, IN);
    }
    assert_eq!(shop.sign_in(MALLORYS, "Ada", PASSWORD).await, TOO_OFTEN);
    advance(MINUTE).await;
    assert_eq!(shop.sign_in(MALLORYS, "Ada", PASSWORD).await, IN);
}

/// Else she alone would fill the place where the members' hashes are computed.
#[tokio::test(start_paused = true)]
async fn what_members_give_once_more_costs_a_hash_too_and_is_counted() {
    let shop = Shop::new();
    let mut mallory = shop.give(MALLORYS, "/register", "Mallory", PASSWORD).await;
    for number in 0..31 {
        let (cookie, token) = (mallory.cookie(), shop.only_token());
        let fields = format!("token={token}&password=a+cup+before+noon");
        let cookie = ("cookie", cookie.as_str());
        let answer = shop.post(MALLORYS, cookie, "/confirm", &fields).await;
        if number == 30 {
            assert_eq!(answer.status, TOO_OFTEN);
            assert_eq!(answer.header(header::RETRY_AFTER), Some("60"));
            return;
        }
        assert_eq!(answer.status, IN, "{number}");
        mallory = answer;
    }
}

/// Whoever has many addresses has as many hundreds.
#[tokio::test(start_paused = true)]
async fn hole_strangers_from_many_addresses_fill_the_tables() {
    let shop = Shop::new();
    for address in 0..5 {
        for _ in 0..100 {
            let from = format!("2001:db8:0:{address}::1");
            assert_eq!(shop.buy(&from).await.status, IN);
        }
    }
    assert_eq!(shop.store.rows().len(), 500);
}

#[tokio::test(start_paused = true)]
async fn the_log_tells_where_guesses_come_from() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let shop = Shop::new();
    shop.sign_in(MALLORYS, "Ada", "wrong").await;
    for _ in 0..101 {
        shop.buy(ADAS).await;
    }
    let log = log.text();
    let line = |what| log.lines().find(|line: &&str| line.contains(what));
    let refused = line("a password is refused").expect("a line");
    assert!(refused.contains("from=203.0.113.9"), "{refused}");
    let begun = line("too many sessions begin").expect("a line");
    assert!(begun.contains("from=192.0.2.1"), "{begun}");
}

/// So many of IPv6 has anybody.
#[tokio::test(start_paused = true)]
async fn what_is_counted_takes_the_room_of_10_000_at_most() {
    let tries = Tries::new(2, MINUTE, Default::default());
    let known =
        |number: u32| format!("{tries:?}").matches(&format!("<{number}>")).count();
    let name = |number: u32| format!("<{number}>");
    for number in 0..10_000 {
        tries.allow(&name(number)).expect("the first try");
    }
    assert_eq!((known(0), known(9_999)), (2, 2), "in the map, and in the queue");
    for number in 10_000..15_000 {
        tries.allow(&name(number)).expect("the first try");
    }
    assert_eq!((known(4_999), known(5_000), known(14_999)), (0, 2, 2));
    assert_eq!(format!("{tries:?}").matches("\"<").count(), 20_000);
}

#[tokio::test(start_paused = true)]
async fn a_count_ends_with_its_minute_and_no_sooner() {
    let tries = Tries::new(2, MINUTE, Default::default());
    assert_eq!(tries.allow(&"Ada"), Ok(()));
    advance(Duration::from_millis(45_500)).await;
    assert_eq!(tries.allow(&"Grace"), Ok(()));
    assert_eq!(tries.allow(&"Ada"), Ok(()));
    assert_eq!(tries.allow(&"Ada"), Err(Duration::from_millis(14_500)));
    advance(Duration::from_millis(14_400)).await;
    assert!(tries.allow(&"Ada").is_err());
    advance(Duration::from_millis(100)).await;
    assert_eq!(tries.allow(&"Ada"), Ok(()), "it begins again");
    assert_eq!(format!("{tries:?}").matches("Ada").count(), 2);
    for _ in 0..1_000 {
        tries.give_back(&"Ada");
        assert_eq!(tries.allow(&"Ada"), Ok(()));
    }
    assert_eq!(format!("{tries:?}").matches("Ada").count(), 2, "it grows nowhere");
    tries.give_back(&"Nobody");
    assert_eq!(format!("{tries:?}").matches("Nobody").count(), 0);
    // What is over is forgotten, whoever tries.
    advance(MINUTE).await;
    tries.give_back(&"Ada");
    assert_eq!(tries.allow(&"Mallory"), Ok(()));
    assert_eq!(format!("{tries:?}").matches("Grace").count(), 0);
}
