//! Where a request comes from, as the list of a member's devices tells it.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Extension,
    extract::ConnectInfo,
    http::{Method, StatusCode},
};
use conversation::{Answer, Conversation, Request};
use step_21::site::Site;

mod told;
use told::Told;

/// nginx on the same machine, and the network of the load balancers.
const PROXIES: &str = "127.0.0.1, 10.0.0.0/8, fd00::/8";
const PROXY: &str = "10.0.0.1";
const MALLORY: &str = "203.0.113.9";

fn site(settings: &[(&str, &str)]) -> Site {
    let value =
        |name: &str| settings.iter().find(|it| it.0 == name).map(|it| it.1.into());
    Site::parse(value).expect("well written")
}

/// Somebody at `peer` registers, with these headers.
async fn register(
    site: &Site,
    peer: &str,
    headers: &[(&str, &str)],
) -> (Conversation, Answer) {
    let store = Told::new();
    let peer: IpAddr = peer.parse().expect("an address");
    let from = Extension(ConnectInfo(SocketAddr::from((peer, 4711))));
    let app = store.server_at(site.clone()).layer(from);
    let mut story = Conversation::new("From somewhere", app, store);
    let form = Request::new(Method::POST, "/register")
        .form("name=Ada&password=a+cup+before+noon");
    let form =
        headers.iter().fold(form, |form, (name, value)| form.header(name, value));
    let answer = story.send("Ada", form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    (story, answer)
}

/// Where the server believes them to be.
async fn place(site: &Site, peer: &str, headers: &[(&str, &str)]) -> String {
    let (mut story, _) = register(site, peer, headers).await;
    let page = story.get("Ada", "/devices").await.text;
    let place = page.split_once("Some program, ").map(|(_, rest)| rest);
    let place = place.and_then(|rest| rest.split_once(", used"));
    place.expect("a device").0.to_owned()
}

const X: &str = "x-forwarded-for";

#[tokio::test]
async fn nobody_is_believed_unless_the_server_is_told_to() {
    let headers = [
        (X, "198.51.100.1"),
        ("forwarded", "for=198.51.100.1"),
        ("x-real-ip", "198.51.100.1"),
        ("client-ip", "198.51.100.1"),
    ];
    for settings in [&[][..], &[("PROXIES", "")], &[("PROXIES", PROXIES)]] {
        let place = place(&site(settings), MALLORY, &headers).await;
        assert_eq!(place, MALLORY, "{settings:?}");
    }
}

#[tokio::test]
async fn a_proxy_says_for_whom_it_asks_and_the_client_does_not() {
    let site = site(&[("PROXIES", PROXIES)]);
    for (headers, expected) in [
        (&[(X, "203.0.113.9")][..], MALLORY),
        // What Mallory has written comes first.
        (&[(X, "198.51.100.1, 203.0.113.9")], MALLORY),
        (&[(X, "127.0.0.1, 203.0.113.9")], MALLORY),
        (&[(X, "198.51.100.1, 10.0.0.7, 203.0.113.9")], MALLORY),
        (&[(X, "198.51.100.1"), (X, "203.0.113.9")], MALLORY),
        (&[(X, "\u{e9}"), (X, "203.0.113.9")], MALLORY),
        // Over two proxies, or three.
        (&[(X, "198.51.100.1, 203.0.113.9, 10.0.0.2")], MALLORY),
        (&[(X, "198.51.100.1, 203.0.113.9"), (X, "10.0.0.3,10.0.0.2")], MALLORY),
        (&[(X, "203.0.113.9\t,  fd00::1")], MALLORY),
        // With a port, as some write it.
        (&[(X, "203.0.113.9:4711")], MALLORY),
        (&[(X, "2001:db8::1")], "2001:db8::1"),
        (&[(X, "[2001:db8::1]")], "2001:db8::1"),
        (&[(X, "[2001:db8::1]:4711")], "2001:db8::1"),
        // An IPv4 address is one however it is written.
        (&[(X, "::ffff:203.0.113.9, ::ffff:10.0.0.2")], MALLORY),
        // A proxy that asks for itself.
        (&[(X, "10.0.0.9")], "10.0.0.9"),
        (&[(X, "10.0.0.9, 10.0.0.2")], "10.0.0.9"),
        // What is not understood is not skipped: it would lead to what Mallory wrote.
        (&[(X, "198.51.100.1, ")], PROXY),
        (&[(X, "198.51.100.1, unknown")], PROXY),
        (&[(X, "198.51.100.1, 203.0.113.999")], PROXY),
        (&[(X, "198.51.100.1, 203.0.113.9 x")], PROXY),
        (&[(X, "198.51.100.1"), (X, "\u{e9}")], PROXY),
        (&[(X, "198.51.100.1, unknown, 10.0.0.2")], "10.0.0.2"),
        (&[], PROXY),
        // The other header is whoever's.
        (&[("forwarded", "for=198.51.100.1")], PROXY),
        (&[("x-real-ip", "198.51.100.1")], PROXY),
    ] {
        let place = place(&site, PROXY, headers).await;
        assert_eq!(place, expected, "{headers:?}");
    }
    let place = place(&site, "::ffff:10.0.0.1", &[(X, MALLORY)]).await;
    assert_eq!(place, MALLORY, "a socket for both kinds");
}

#[tokio::test]
async fn forwarded_is_read_as_rfc_7239_has_it_and_no_quote_hides_a_proxy() {
    let site = site(&[("PROXIES", PROXIES), ("PROXY_HEADER", "Forwarded")]);
    for (forwarded, expected) in [
        ("for=203.0.113.9", MALLORY),
        ("For=203.0.113.9;proto=https;by=10.0.0.1;host=tea.example", MALLORY),
        ("for=198.51.100.1, for=203.0.113.9", MALLORY),
        ("for=198.51.100.1,proto=http ; FOR=203.0.113.9,for=10.0.0.2", MALLORY),
        (r#"for="203.0.113.9:4711""#, MALLORY),
        (r#"for="[2001:db8::1]""#, "2001:db8::1"),
        (r#"for="[2001:db8::1]:4711""#, "2001:db8::1"),
        (r#"for="\[2001:db8::1\]";by="a\", for=198.51.100.1""#, "2001:db8::1"),
        (r#"for=203.0.113.9;by="x;for=198.51.100.1""#, MALLORY),
        // Mallory opens a quote, and the proxy closes it.
        (r#"for=198.51.100.1;x=", for="[2001:db8::1]""#, PROXY),
        (r#"for=198.51.100.1;x=", for="[2001:db8::1]:4711""#, PROXY),
        (r#"for=198.51.100.1;x=", for=203.0.113.9"#, PROXY),
        (r#"for="198.51.100.1, for=203.0.113.9"#, PROXY),
        (r#"for="198.51.100.1\", for="[2001:db8::1]""#, PROXY),
        (r#"for=198.51.100.1;x="\"#, PROXY),
        (r#"for=198.51.100.1;for=203.0.113.9"#, PROXY),
        (r#"for=198.51.100.1;"x=", for="[2001:db8::1]""#, "2001:db8::1"),
        // Nobody knows.
        ("for=198.51.100.1, for=unknown", PROXY),
        (r#"for=198.51.100.1, for="_hidden""#, PROXY),
        ("for=198.51.100.1, for=_hidden, for=10.0.0.2", "10.0.0.2"),
        ("for=198.51.100.1, for=_hidden;by=10.0.0.2", PROXY),
        // It is not written as it should be.
        ("for=2001:db8::1", PROXY),
        (r#"for="2001:db8::1""#, PROXY),
        ("for=203.0.113.9:4711", PROXY),
        ("for = 203.0.113.9", PROXY),
        ("b y=x;for=198.51.100.1", PROXY),
        ("=x;for=198.51.100.1", PROXY),
        ("for=203.0.113.9;", PROXY),
        ("by=203.0.113.9", PROXY),
        ("203.0.113.9", PROXY),
        ("", PROXY),
    ] {
        // The other one comes from the client.
        let headers = [("forwarded", forwarded), (X, "198.51.100.1")];
        let place = place(&site, PROXY, &headers).await;
        assert_eq!(place, expected, "{forwarded}");
    }
    let headers =
        [("forwarded", r#"for="198.51.100.1"#), ("forwarded", "for=203.0.113.9")];
    assert_eq!(place(&site, PROXY, &headers).await, MALLORY, "two lines");
}
