//! A smaller hour: the same visitors, and fewer of them. Nothing looks at the clock.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use hour::{Load, Shop, Told};

const FAULTY: &str = env!("CARGO_BIN_EXE_faulty");

const VISITORS: usize = 12;

/// So many requests there are in all, and so many before all sessions are ended.
const REQUESTS: usize = 3_000;
const BEFORE: usize = 2_400;

/// Plays the hour, and says what the servers have said, too.
fn play(faults: &str, store: Option<&str>) -> (Told, String) {
    let shop = Shop::start(FAULTY, store, faults);
    let load = Load::start(shop.ports(), VISITORS);
    load.wait_until(BEFORE);
    load.end_all();
    load.wait_for(REQUESTS - BEFORE);
    let told = load.end();
    (told, shop.end())
}

/// Nothing of another, nothing lost, and each thing that can go wrong went wrong.
fn assert_well((told, said): (Told, String)) {
    assert!(told.faults().iter().all(|it| it.1 == 0), "{:?}", told.faults());
    assert!(said.contains("a planted panic"), "{said}");
    assert!(told.cut > 0 && told.hung_up > 0 && told.with(|it| it >= 500) > 0, "{told:?}");
    assert!(told.pages > 0 && told.acknowledged > 0 && told.after > 0, "{told:?}");
    assert!(told.identifiers >= VISITORS, "{told:?}");
}

const FAULTS: &str = "panic=397,fail=199,late=301,hang=1499";

#[test]
fn among_panics_and_failures_each_page_and_each_cookie_is_its_visitors() {
    assert_well(play(FAULTS, None));
}

#[cfg(redis)]
#[test]
fn among_panics_and_failures_each_page_and_each_cookie_is_its_visitors_on_redis() {
    let redis = engines::Redis::start();
    assert_well(play(FAULTS, Some(&redis.empty())));
}

/// A server that mixes its visitors up does not go unseen.
#[test]
fn a_page_of_another_is_seen() {
    let (told, _) = play("foreign=200", None);
    assert!(told.foreign_pages > 0, "{told:?}");
}

/// The administrator stays away: whoever gets another's session there ends nothing.
#[test]
fn a_cookie_of_another_is_seen() {
    let shop = Shop::start(FAULTY, None, "same=2");
    let load = Load::start(shop.ports(), VISITORS);
    load.wait_until(BEFORE);
    let told = load.end();
    assert!(told.foreign_cookies > 0, "{told:?}");
}

#[test]
fn a_packet_that_is_lost_is_missed() {
    let (told, _) = play("forget=5", None);
    assert!(told.lost > 0, "{told:?}");
}

#[test]
fn a_member_whose_session_was_not_ended_is_seen() {
    let (told, _) = play("spare=1", None);
    assert!(told.members_after > 0, "{told:?}");
}

/// Asks for a page that needs no store, on a connection of its own or on this one.
const ABOUT: &str = "GET /about HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Makes a session, which this store does not survive. No address may begin more than some.
fn basket(number: usize) -> String {
    let address = format!("10.3.{}.{}", number / 250, number % 250 + 1);
    format!(
        "POST /basket HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {address}\r\n\
         Content-Length: 9\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\ntea=assam"
    )
}

#[test]
fn a_panic_cuts_its_own_connection_and_nobody_elses() {
    let shop = Shop::start(FAULTY, None, "panic=1");
    let connect = || TcpStream::connect(("127.0.0.1", shop.ports()[0])).expect("it listens");
    let read = |mut wire: TcpStream| {
        let mut answer = String::new();
        // What is cut may say so.
        let _ = wire.read_to_string(&mut answer);
        answer
    };
    let mut waits = connect();
    let (half, rest) = ABOUT.split_at(20);
    waits.write_all(half.as_bytes()).expect("it is open");
    // More than there are places for requests: each is given back.
    for number in 0..300 {
        let mut wire = connect();
        wire.write_all(basket(number).as_bytes()).expect("it is open");
        assert_eq!(read(wire), "");
    }
    waits.write_all(rest.as_bytes()).expect("it is open");
    assert!(read(waits).starts_with("HTTP/1.1 200"));
}
