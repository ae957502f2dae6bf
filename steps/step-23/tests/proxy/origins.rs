//! Whose forms the shop takes, through nginx.

use crate::{
    client::Visitor,
    front::{CONF, Front, UNSET},
    shop::{ORIGIN, PROXIES, Shop},
};

const GRACE: &str = "127.0.0.50";

/// What a browser of today says that sends a form of the shop's own, and one of some years ago.
const OURS: [&[&str]; 2] = [
    &["Sec-Fetch-Site: same-origin", "Origin: https://localhost:8443"],
    &["Origin: https://localhost:8443"],
];

/// What they say of a form on a page of somebody else's.
const FOREIGN: [&[&str]; 10] = [
    &["Sec-Fetch-Site: cross-site"],
    &["Sec-Fetch-Site: same-site"],
    &["Sec-Fetch-Site: cross-site", "Origin: https://coffee.example"],
    &["Sec-Fetch-Site: cross-site", "Origin: null"],
    // Another port of the same host, and the same over http.
    &["Sec-Fetch-Site: same-site", "Origin: https://localhost:9443"],
    &["Origin: https://coffee.example"],
    &["Origin: null"],
    &["Origin: https://localhost"],
    &["Origin: https://localhost:9443"],
    &["Origin: http://localhost:8080"],
];

/// With what somebody would pass the page of another origin for the shop's own.
const FORGED: [&[&str]; 4] = [
    &["X-Forwarded-Host: coffee.example"],
    &["Forwarded: host=coffee.example;proto=https"],
    &["X-Forwarded-Proto: http", "X-Forwarded-Port: 80"],
    &["X-Forwarded-Server: coffee.example", "X-Original-Host: coffee.example"],
];

/// Whether a form with these headers is taken.
fn takes(front: &Front, headers: &[&str]) -> bool {
    let reply =
        Visitor::new(front.client(GRACE)).post("/basket", headers, "tea=assam");
    assert!(matches!(reply.status, 303 | 403), "{headers:?}: {reply:?}");
    reply.status == 303
}

#[test]
fn a_form_of_another_origin_is_refused_whatever_is_said_besides() {
    for site in [&[ORIGIN, PROXIES][..], &[]] {
        let shop = Shop::open(site);
        let front = Front::start(CONF, shop.ports());
        for headers in OURS {
            assert!(takes(&front, headers), "{site:?}: {headers:?}");
        }
        for headers in FOREIGN {
            assert!(!takes(&front, headers), "{site:?}: {headers:?}");
            for forged in FORGED {
                let all = [headers, forged].concat();
                assert!(!takes(&front, &all), "{site:?}: {all:?}");
            }
        }
    }
}

/// A name of somebody else's may lead to this shop: then a browser's `Host` is that name.
#[test]
fn with_an_origin_nobody_believes_host_and_without_one_everybody_does() {
    let with_name = ["Host: coffee.example", "Origin: https://coffee.example"];
    for (site, is_believed) in [(&[ORIGIN, PROXIES][..], false), (&[], true)] {
        let shop = Shop::open(site);
        let front = Front::start(CONF, shop.ports());
        assert_eq!(takes(&front, &with_name), is_believed, "{site:?}");
    }
}

/// What nginx says as `Host` decides where no origin is set, for browsers of some years ago.
#[test]
fn an_old_browsers_form_is_refused_where_host_is_another_one_and_no_origin_is_set()
{
    let conf = |host: &str| CONF.replace("Host $http_host", host);
    for (conf, without, with) in [
        (CONF.to_owned(), true, true),
        // Without the port.
        (conf("Host $host"), false, true),
        // The name behind `proxy_pass`.
        (conf("Host $proxy_host"), false, true),
        (UNSET.to_owned(), false, true),
    ] {
        for (site, is_taken) in [(&[][..], without), (&[ORIGIN, PROXIES], with)] {
            let shop = Shop::open(site);
            let front = Front::start(&conf, shop.ports());
            let [new, old] = OURS;
            assert!(takes(&front, new), "{conf}");
            assert_eq!(takes(&front, old), is_taken, "{conf}");
        }
    }
}

/// The longest that the shop makes a link of.
#[test]
fn a_way_back_of_3072_bytes_gets_through_the_proxy() {
    let shop = Shop::open(&[ORIGIN, PROXIES]);
    let front = Front::start(CONF, shop.ports());
    let client = front.client(GRACE);
    let form = format!("state=x&code={}", "a".repeat(3072 - "code=&state=x".len()));
    let reply = client.ask("/signed-in", &[], &["--data", &form]);
    assert_eq!(reply.status, 303);
    let link = reply.values("location")[0].to_owned();
    // As if the browser had come there: a shop without a provider knows no way back.
    assert_eq!(client.ask(&link, &[], &[]).status, 404);
}
