//! Clients that take their time, and clients that do not end.

use std::thread;

use crate::{
    behind::Echo,
    client::Wire,
    front::{CONF, Front},
};

const GRACE: &str = "127.0.0.50";

const HALF_A_HEAD: &str = "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ";
const HALF_A_BODY: &str =
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\ntea";
const THE_OTHER_HALF: &str = "=green";

/// How long nginx waits for a slow client, in its own words.
const PATIENCE: &str = "10s";

/// The file, with another patience.
fn patient(patience: &str) -> String {
    assert_eq!(CONF.matches(PATIENCE).count(), 3, "a head, a body, an answer");
    CONF.replace(PATIENCE, patience)
}

fn servers() -> [Echo; 2] {
    [Echo::start(), Echo::start()]
}

#[test]
fn a_hundred_half_requests_reach_no_server_and_stop_nobody() {
    let servers = servers();
    let front =
        Front::start_plain(&patient("1d"), servers.each_ref().map(Echo::port));
    let held = |half| {
        let mut wire = front.wire();
        wire.send(half);
        wire
    };
    let _heads: Vec<Wire> = (0..100).map(|_| held(HALF_A_HEAD)).collect();
    let mut bodies: Vec<Wire> = (0..100).map(|_| held(HALF_A_BODY)).collect();
    front.nginx.wait_until_read();
    assert_eq!(servers.each_ref().map(Echo::connections), [0, 0]);
    assert_eq!(front.client(GRACE).ask("/", &[], &[]).status, 200);

    // A hundred requests at once are what one client may have, however many heads besides.
    assert_eq!(held(HALF_A_BODY).line(), "HTTP/1.1 429 Too Many Requests");
    bodies[0].send(THE_OTHER_HALF);
    assert_eq!(bodies[0].line(), "HTTP/1.1 200 OK");
    assert_eq!(servers.iter().map(Echo::requests).sum::<usize>(), 2);
}

/// Only a firewall sees who it is before the head is there.
#[test]
fn hole_whoever_opens_all_connections_of_nginx_keeps_the_others_out() {
    let servers = servers();
    let conf =
        patient("1d").replace("worker_connections 1000", "worker_connections 50");
    let front = Front::start_plain(&conf, servers.each_ref().map(Echo::port));
    let grace = front.client(GRACE);
    assert_eq!(grace.ask("/", &[], &[]).status, 200);
    // Who has not said anything yet makes way for the next one, so it is done one by one.
    let hold = |_| {
        let mut wire = front.wire();
        wire.send(HALF_A_HEAD);
        front.nginx.wait_until_read();
        wire
    };
    let heads: Vec<Wire> = (0..60).map(hold).collect();
    assert!(grace.try_to_ask("/", &[], &[]).is_none());
    drop(heads);
    while grace.try_to_ask("/", &[], &[]).is_none() {}
}

/// What many write for the sake of large files.
#[test]
fn half_a_body_reaches_a_server_where_nginx_does_not_wait_for_the_whole() {
    let servers = servers();
    let unbuffered =
        CONF.replace("proxy_pass ", "proxy_request_buffering off; proxy_pass ");
    assert_ne!(unbuffered, CONF);
    let front = Front::start_plain(&unbuffered, servers.each_ref().map(Echo::port));
    let mut wire = front.wire();
    wire.send(HALF_A_BODY);
    while servers.iter().all(|it| it.connections() == 0) {
        thread::yield_now();
    }
    assert!(servers.iter().all(|it| it.requests() == 0));
}

#[test]
fn who_is_too_slow_is_let_go() {
    let servers = servers();
    let front =
        Front::start_plain(&patient("1s"), servers.each_ref().map(Echo::port));
    let tls = || Wire::to(front.nginx.port(8443));
    for (mut wire, sent, answer) in [
        (tls(), "", ""),
        // What begins a handshake of TLS.
        (tls(), "\x16\x03\x01", ""),
        (front.wire(), "", ""),
        (front.wire(), HALF_A_HEAD, ""),
        (front.wire(), HALF_A_BODY, ""),
    ] {
        wire.send(sent);
        assert_eq!(wire.rest(), answer, "{sent:?}");
    }
    assert_eq!(servers.each_ref().map(Echo::connections), [0, 0]);
}

#[test]
fn what_is_too_long_reaches_no_server() {
    let servers = servers();
    let front = Front::start_plain(CONF, servers.each_ref().map(Echo::port));
    let grace = front.client(GRACE);
    let head = |length: usize| {
        format!("X-Long: {}", "x".repeat(length - "X-Long: \r\n".len()))
    };
    let form = |length| format!("tea={}", "x".repeat(length - "tea=".len()));
    let with_head =
        |length| grace.ask("/", &[&head(length)], &["--http1.1"]).status;
    let with_form = |length| grace.ask("/", &[], &["--data", &form(length)]).status;
    assert_eq!((with_head(8_000), with_head(8_193)), (200, 400));
    let two =
        grace.ask("/", &[&head(8_000), &head(8_000), &head(8_000)], &["--http1.1"]);
    assert_eq!(two.status, 400);
    assert_eq!((with_form(8_192), with_form(8_193)), (200, 413));
    assert_eq!(servers.iter().map(Echo::requests).sum::<usize>(), 2);
}
