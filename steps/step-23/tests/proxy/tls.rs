//! What is between the browser and nginx.

use crate::{
    behind::Echo,
    client::Wire,
    front::{CONF, Front},
    shop::{ORIGIN, PROXIES, Shop},
};

const GRACE: &str = "127.0.0.50";
const HSTS: &str = "strict-transport-security";

#[test]
fn who_comes_over_http_is_sent_to_our_own_name_over_https() {
    let echoes = [Echo::start(), Echo::start()];
    let front = Front::start(CONF, echoes.each_ref().map(Echo::port));
    let (http, https) = (front.nginx.port(8000), front.nginx.port(8443));
    for (path, host) in [
        ("/member?said=1", "localhost"),
        ("/", "coffee.example"),
        ("//coffee.example/", "localhost"),
        ("/%0d%0aSet-Cookie:%20id=1", "localhost"),
    ] {
        let mut wire = Wire::to(http);
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        );
        wire.send(&head);
        let answer = wire.rest();
        let location = format!("\r\nLocation: https://localhost:{https}{path}\r\n");
        assert!(
            answer.starts_with("HTTP/1.1 301 ") && answer.contains(&location),
            "{answer}"
        );
        // A browser takes no notice of it there, and must not.
        assert!(!answer.to_lowercase().contains(HSTS), "{answer}");
    }
    assert_eq!(echoes.each_ref().map(Echo::connections), [0, 0]);
}

#[test]
fn http_2_is_spoken_where_both_sides_can_and_tls_below_1_2_is_not() {
    let echoes = [Echo::start(), Echo::start()];
    let front = Front::start(CONF, echoes.each_ref().map(Echo::port));
    let grace = front.client(GRACE);
    for (wish, version) in [("--http2", "HTTP/2"), ("--http1.1", "HTTP/1.1")] {
        assert_eq!(grace.ask("/", &[], &[wish]).version, version);
    }
    // Only on request does curl itself speak 1.1.
    let any = ["--ciphers", "DEFAULT@SECLEVEL=0"];
    for (least, most, is_spoken) in [
        ("--tlsv1.3", "1.3", true),
        ("--tlsv1.2", "1.2", true),
        ("--tlsv1.0", "1.1", false),
    ] {
        let versions = [&[least, "--tls-max", most], &any[..]].concat();
        let answer = grace.try_to_ask("/", &[], &versions);
        assert_eq!(answer.is_some(), is_spoken, "{versions:?}");
    }
}

/// An `add_header` of nginx's would stand beside it, or in its place.
#[test]
fn each_page_of_the_shop_says_once_that_it_is_to_be_had_over_https_alone() {
    let shop = Shop::open(&[ORIGIN, PROXIES]);
    let front = Front::start(CONF, shop.ports());
    for path in ["/", "/about", "/nowhere", "/member"] {
        let said = front.client(GRACE).ask(path, &[], &[]);
        assert_eq!(said.values(HSTS).len(), 1, "{said:?}");
        assert!(said.values(HSTS)[0].starts_with("max-age="), "{said:?}");
    }
}
