//! What the shop believes of what a client says of itself: through nginx, past it, and through two.

use crate::{
    client::{Reply, Visitor},
    front::{CONF, Front, UNSET},
    shop::{ORIGIN, PROXIES, Shop},
};

const GRACE: &str = "127.0.0.50";
const MALLORY: &str = "127.0.0.66";

const NAME_AND_PASSWORD: &str = "name=Mallory&password=a+long+night+of+tea";

/// What Mallory says of herself, so that her device is somebody else's, or her limits are.
const FORGED: [&[&str]; 14] = [
    &[],
    &["X-Forwarded-For: 192.0.2.1"],
    &["X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 192.0.2.2"],
    &["X-Forwarded-For: 192.0.2.1, 127.0.0.1"],
    &["X-Forwarded-For: 127.0.0.1"],
    &["X-Forwarded-For: 2001:db8::1"],
    &["X-Forwarded-For: [2001:db8::1]:4711, ::ffff:127.0.0.1"],
    &["X-Forwarded-For: , unknown, _hidden, 127.0.0.1:, 1e3, \"192.0.2.1\""],
    &["X-Forwarded-For;"],
    &["Forwarded: for=192.0.2.1;proto=http;host=coffee.example;by=127.0.0.1"],
    &[
        "Forwarded: for=\"[2001:db8::1]:4711\"",
        "Forwarded: for=127.0.0.1, for=192.0.2.1",
    ],
    &[HALF_A_QUOTE],
    &[
        "X-Real-IP: 192.0.2.1",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Host: coffee.example",
    ],
    &[
        "X-Forwarded-For: 192.0.2.1",
        "Forwarded: for=192.0.2.1",
        "X-Real-IP: 192.0.2.1",
        "X-Client-IP: 192.0.2.1",
        "True-Client-IP: 192.0.2.1",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Port: 80",
        "X-Forwarded-Host: coffee.example",
    ],
];

/// It has no end, so that what a proxy adds would be in the quote.
const HALF_A_QUOTE: &str = "Forwarded: for=\"192.0.2.1";

/// Where the shop says that this visitor has signed in, with these headers.
fn place(visitor: &Visitor, headers: &[&str]) -> String {
    let reply = visitor.post("/sign-in", headers, NAME_AND_PASSWORD);
    assert_eq!(reply.status, 303, "{headers:?}: {reply:?}");
    is_right_for_a_browser(&reply);
    let page = visitor.get("/devices", headers).body;
    let row = page.split("<li>").find(|row| row.contains("(this one)"));
    let row = row.unwrap_or_else(|| panic!("{headers:?}: {page}"));
    let (_, place) = row.split_once("Some program, ").expect("what it is");
    place.split_once(", used ").expect("and when").0.to_owned()
}

fn register(visitor: &Visitor) {
    assert_eq!(visitor.post("/register", &[], NAME_AND_PASSWORD).status, 303);
}

/// Whatever was said, the cookie is one that only https and only this name gets.
fn is_right_for_a_browser(reply: &Reply) {
    let [cookie] = reply.values("set-cookie")[..] else {
        panic!("one cookie: {reply:?}")
    };
    assert!(cookie.starts_with("__Host-id="), "{cookie}");
    for attribute in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(reply.values("location")[0].starts_with("/member"), "{reply:?}");
}

#[test]
fn a_place_is_right_whatever_a_client_says_through_nginx_and_past_it() {
    let shop = Shop::open(&[ORIGIN, PROXIES]);
    let front = Front::start(CONF, shop.ports());
    register(&front.visitor(GRACE));
    for headers in FORGED {
        for visitor in [front.visitor(MALLORY), shop.past(MALLORY)] {
            assert_eq!(place(&visitor, headers), MALLORY, "{headers:?}");
        }
    }
}

/// And so one limit for all visitors together.
#[test]
fn without_proxies_everybody_is_at_the_place_of_nginx() {
    let shop = Shop::open(&[ORIGIN]);
    let front = Front::start(CONF, shop.ports());
    register(&front.visitor(GRACE));
    assert_eq!(place(&front.visitor(GRACE), &[]), "127.0.0.1");
    assert_eq!(
        place(&front.visitor(MALLORY), &["X-Forwarded-For: 192.0.2.1"]),
        "127.0.0.1"
    );
}

/// A proxy is known by its address, which everything has that runs beside it. Where that is
/// not to be, the server listens where only nginx gets, such as on a socket in the file system.
#[test]
fn hole_whoever_asks_from_the_address_of_a_proxy_says_for_whom() {
    let shop = Shop::open(&[ORIGIN, PROXIES]);
    register(&shop.past(GRACE));
    assert_eq!(
        place(&shop.past("127.0.0.1"), &["X-Forwarded-For: 192.0.2.1"]),
        "192.0.2.1"
    );
    assert_eq!(
        place(&shop.past("127.0.0.1"), &["Forwarded: for=192.0.2.1"]),
        "127.0.0.1"
    );
}

/// What nothing is set in hands a client's own word on, and the shop has it from its proxy.
#[test]
fn hole_a_proxy_that_hands_on_what_a_client_says_is_believed() {
    let shop = Shop::open(&[ORIGIN, PROXIES]);
    let front = Front::start(UNSET, shop.ports());
    register(&front.visitor(GRACE));
    let forged = ["X-Forwarded-For: 192.0.2.1"];
    assert_eq!(place(&front.visitor(MALLORY), &forged), "192.0.2.1");
}

/// A proxy between the one of the chapter and the servers, that asks from another address.
const INNER: &str = "
    pid nginx.pid;
    events {}
    http {
        client_body_temp_path temp;
        proxy_temp_path temp;
        fastcgi_temp_path temp;
        uwsgi_temp_path temp;
        scgi_temp_path temp;
        access_log off;
        server {
            listen 127.0.0.1:8090;
            location / {
                proxy_pass http://127.0.0.1:8080;
                proxy_bind 127.0.0.3;
                proxy_set_header Host $http_host;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header Forwarded \"$http_forwarded, for=$remote_addr\";
            }
        }
    }
";

/// The proxies of a shop behind two. A third one may stand before them, at 127.0.0.9.
const THREE: (&str, &str) = ("PROXIES", "127.0.0.2,127.0.0.3,127.0.0.9");

/// Two proxies before a shop that reads this header. The first one, which is the chapter's, sets
/// it to this.
fn two_proxies(header: &str, name: &str, value: &str) -> (Shop, [Front; 2]) {
    let shop = Shop::open(&[ORIGIN, THREE, ("PROXY_HEADER", header)]);
    let inner = Front::start(INNER, shop.ports());
    let (before, after) =
        CONF.split_once(&format!("proxy_set_header {name} ")).expect(name);
    let (_, after) = after.split_once(';').expect("its end");
    let ours = format!(
        "{before}proxy_bind 127.0.0.2; proxy_set_header {name} {value};{after}"
    );
    let outer = Front::start(&ours, [inner.nginx.port(8090); 2]);
    (shop, [outer, inner])
}

#[test]
fn behind_two_proxies_a_place_is_the_last_that_is_no_proxy() {
    for (header, name, value) in [
        ("x-forwarded-for", "X-Forwarded-For", "$remote_addr"),
        ("x-forwarded-for", "X-Forwarded-For", "$proxy_add_x_forwarded_for"),
        ("forwarded", "Forwarded", "for=$remote_addr"),
        ("forwarded", "Forwarded", "\"$http_forwarded, for=$remote_addr\""),
    ] {
        let (shop, [outer, _inner]) = two_proxies(header, name, value);
        register(&outer.visitor(GRACE));
        // The other ones nobody reads.
        let writes_it = |line: &&str| line.starts_with(&format!("{name}:"));
        for headers in
            FORGED.into_iter().filter(|lines| lines.iter().any(writes_it))
        {
            let place = place(&outer.visitor(MALLORY), headers);
            // What a client begins and a proxy goes on with is not understood any more, and the
            // shop takes the proxy that it sees.
            let is_spoilt =
                value.contains("http_forwarded") && headers == [HALF_A_QUOTE];
            assert_eq!(
                place,
                if is_spoilt { "127.0.0.3" } else { MALLORY },
                "{value}: {headers:?}"
            );
        }
        assert_eq!(place(&shop.past(MALLORY), FORGED[1]), MALLORY);
    }
}

#[test]
fn a_proxy_before_those_two_is_believed_where_they_hand_on_what_it_says() {
    for (header, name, value, said, of) in [
        (
            "x-forwarded-for",
            "X-Forwarded-For",
            "$proxy_add_x_forwarded_for",
            "2001:db8::7",
            "2001:db8::7",
        ),
        (
            "forwarded",
            "Forwarded",
            "\"$http_forwarded, for=$remote_addr\"",
            "for=\"[2001:db8::7]:4711\"",
            "2001:db8::7",
        ),
        (
            "x-forwarded-for",
            "X-Forwarded-For",
            "$remote_addr",
            "2001:db8::7",
            "127.0.0.9",
        ),
    ] {
        let (_shop, [outer, _inner]) = two_proxies(header, name, value);
        register(&outer.visitor(GRACE));
        let said = format!("{name}: {said}");
        assert_eq!(place(&outer.visitor("127.0.0.9"), &[&said]), of, "{value}");
    }
}

/// Then its own limits are right too, and one proxy is all that the shop is told of.
#[test]
fn an_nginx_behind_another_one_can_find_the_address_itself() {
    let shop = Shop::open(&[ORIGIN, ("PROXIES", "127.0.0.3")]);
    let finds = "set_real_ip_from 127.0.0.2; real_ip_header X-Forwarded-For; real_ip_recursive on;";
    let inner = INNER.replace("location / {", &format!("{finds} location / {{"));
    let inner = inner.replace("$proxy_add_x_forwarded_for", "$remote_addr");
    let inner = Front::start(&inner, shop.ports());
    let outer = CONF
        .replace(
            "proxy_pass http://tea;",
            "proxy_pass http://tea; proxy_bind 127.0.0.2;",
        )
        .replace(
            "X-Forwarded-For $remote_addr",
            "X-Forwarded-For $proxy_add_x_forwarded_for",
        );
    let outer = Front::start(&outer, [inner.nginx.port(8090); 2]);
    register(&outer.visitor(GRACE));
    for headers in &FORGED[..9] {
        assert_eq!(place(&outer.visitor(MALLORY), headers), MALLORY, "{headers:?}");
    }
}
