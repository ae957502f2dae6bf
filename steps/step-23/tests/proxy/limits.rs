//! What is counted by address: by nginx for all servers together, and by each server.

use crate::{
    behind::Echo,
    client::{Client, Reply},
    front::{CONF, Front},
    shop::{ORIGIN, PROXIES, Shop},
};

const GRACE: &str = "127.0.0.50";
const MALLORY: &str = "127.0.0.66";

/// So many at once, as the file says with its `burst=29`.
const AT_ONCE: usize = 30;

/// The file, where a client has to wait a minute for one more: however slow this machine is, the
/// next sixty requests do not take half an hour.
fn slow_to_forgive() -> String {
    assert_eq!(CONF.matches("rate=30r/m").count(), 1);
    CONF.replace("rate=30r/m", "rate=1r/m")
}

fn start(configuration: &str) -> ([Echo; 2], Front) {
    let servers = [Echo::start(), Echo::start()];
    let front = Front::start(configuration, servers.each_ref().map(Echo::port));
    (servers, front)
}

/// Tries a password, under this address.
fn guess(client: &Client, path: &str, headers: &[&str]) -> Reply {
    client.ask(path, headers, &["--data", "name=Ada&password=a+guess"])
}

/// How many guesses are let through before one is not.
fn let_through(mut guess: impl FnMut(usize) -> Reply) -> usize {
    let mut answers = (0..2 * AT_ONCE).map(|round| guess(round).status);
    answers.position(|it| it == 429).expect("it ends")
}

#[test]
fn guesses_are_counted_over_two_servers_whatever_the_client_says_of_itself() {
    let (servers, front) = start(&slow_to_forgive());
    let [mallory, grace] = [MALLORY, GRACE].map(|from| front.client(from));
    let passed = let_through(|round| {
        let said = ["X-Forwarded-For", "X-Real-IP"]
            .map(|it| format!("{it}: 192.0.2.{round}"));
        let forwarded = format!("Forwarded: for=192.0.2.{round}");
        let path = ["/sign-in", "/register"][round % 2];
        guess(&mallory, path, &[&said[0], &said[1], &forwarded])
    });
    assert!(passed >= AT_ONCE, "{passed}");
    let reached = servers.each_ref().map(Echo::requests);
    assert_eq!(reached.iter().sum::<usize>(), passed);
    assert!(
        reached.iter().all(|it| *it >= AT_ONCE / 2),
        "both take part: {reached:?}"
    );

    // Other spellings of the path lead nowhere or count as well.
    for path in
        ["/sign-in?next=/", "//sign-in", "/%73ign-in", "/SIGN-IN", "/./register"]
    {
        assert_eq!(guess(&mallory, path, &[]).status, 429, "{path}");
    }
    // Whoever looks around, and whoever is somebody else, is not stopped.
    assert_eq!(mallory.ask("/sign-in", &[], &[]).status, 200);
    assert_eq!(guess(&mallory, "/basket", &[]).status, 200);
    assert_eq!(guess(&grace, "/sign-in", &[]).status, 200);
}

/// Each makes a server ask the provider, and it may make an account.
#[test]
fn ways_back_are_counted_over_two_servers() {
    let (servers, front) = start(&slow_to_forgive());
    let mallory = front.client(MALLORY);
    let way_back = "/signed-in?code=a-guess&state=x";
    let passed = let_through(|round| match round % 2 {
        0 => mallory.ask(way_back, &[], &[]),
        _ => mallory.ask(way_back, &[], &["--head"]),
    });
    assert!(passed >= AT_ONCE, "{passed}");
    let reached = servers.each_ref().map(Echo::requests);
    assert_eq!(reached.iter().sum::<usize>(), passed);
    // What only makes a link of a form costs nobody anything.
    assert_eq!(mallory.ask("/signed-in", &[], &["--data", "state=x"]).status, 200);
}

/// A household has one IPv4 address, or 2⁶⁴ IPv6 addresses.
#[test]
fn ipv6_addresses_count_together_when_they_begin_alike() {
    let behind_another =
        "set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;";
    let conf = slow_to_forgive()
        .replace("location / {", &format!("{behind_another} location / {{"));
    let (_servers, front) = start(&conf);
    let proxy = front.client("127.0.0.1");
    let from = |address: &str| {
        guess(&proxy, "/sign-in", &[&format!("X-Forwarded-For: {address}")])
    };
    let passed = let_through(|round| from(&format!("2001:db8:0:7:{round:x}::1")));
    assert!(passed >= AT_ONCE, "{passed}");
    assert_eq!(from("2001:db8:0:7:ffff:ffff:ffff:ffff").status, 429);
    assert_eq!(from("2001:db8:0:8::1").status, 200);
    assert_eq!(from("192.0.2.1").status, 200);
}

/// So many sessions may strangers from one address begin on one server in an hour.
const SESSIONS: usize = 100;

const TEA: &str = "tea=assam";

#[test]
fn a_server_counts_whoever_asks_and_not_nginx_whatever_is_said_through_it_and_past_it()
 {
    let shop = Shop::open(&[ORIGIN, PROXIES]);
    let front = Front::start(CONF, [shop.ports()[0]; 2]);
    let [mallory, grace] = [MALLORY, GRACE].map(|from| front.client(from));
    let past = Client::past(MALLORY, shop.ports()[0]);
    let forged =
        ["X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 192.0.2.2, 127.0.0.1"];
    let half = SESSIONS / 2;
    assert_eq!(
        mallory.post_often(half, "/basket", &[forged[0]], TEA),
        [(303, half)].into()
    );
    assert_eq!(
        past.post_often(half, "/basket", &[forged[1]], TEA),
        [(303, half)].into()
    );
    for client in [mallory, past] {
        let headers = ["Forwarded: for=192.0.2.3", "X-Real-IP: 192.0.2.3"];
        for headers in [&headers[..], &forged[..1], &forged[1..], &[]] {
            assert_eq!(
                client.ask("/basket", headers, &["--data", TEA]).status,
                429
            );
        }
    }
    assert_eq!(grace.ask("/basket", &[], &["--data", TEA]).status, 303);
}

#[test]
fn without_proxies_one_visitor_uses_up_what_all_may() {
    let shop = Shop::open(&[ORIGIN]);
    let front = Front::start(CONF, [shop.ports()[0]; 2]);
    let [mallory, grace] = [MALLORY, GRACE].map(|from| front.client(from));
    let all = mallory.post_often(SESSIONS, "/basket", &[], TEA);
    assert_eq!(all, [(303, SESSIONS)].into());
    assert_eq!(grace.ask("/basket", &[], &["--data", TEA]).status, 429);
}
