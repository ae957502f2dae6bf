//! Servers that fail.

use std::time::Duration;

use step_24::{capacity::Capacity, serve::IDLE};

use crate::{
    behind::Echo,
    front::{CONF, Front},
};

const GRACE: &str = "127.0.0.50";

#[test]
fn a_form_is_sent_once_and_a_page_is_asked_for_at_the_next_server() {
    let servers = [Echo::start(), Echo::start()];
    let front = Front::start(CONF, servers.each_ref().map(Echo::port));
    let grace = front.client(GRACE);
    let came = || servers.iter().map(Echo::requests).sum::<usize>();
    servers.iter().for_each(|it| it.set_broken(true));
    assert_eq!(grace.ask("/basket", &["--data", "tea=green"]), 502);
    assert_eq!(came(), 1, "nobody knows what the first one did with it");
    assert_eq!(grace.ask("/", &[]), 502);
    assert_eq!(came(), 3);
    servers[1].set_broken(false);
    for _ in 0..10 {
        assert_eq!(grace.ask("/", &[]), 200);
    }
}

/// nginx would keep each out for ten seconds that has failed once.
#[test]
fn servers_that_are_back_are_asked_at_once() {
    let servers = [Echo::start(), Echo::start()];
    let front = Front::start(CONF, servers.each_ref().map(Echo::port));
    let grace = front.client(GRACE);
    for _ in 0..3 {
        servers.iter().for_each(|it| it.set_broken(true));
        assert_eq!(grace.ask("/", &[]), 502);
        servers.iter().for_each(|it| it.set_broken(false));
        assert_eq!(grace.ask("/", &[]), 200);
    }
}

/// Else a form could meet a connection that is being closed, and nobody would know whether it
/// came.
#[test]
fn nginx_gives_an_idle_connection_up_before_a_server_does_that_is_to_stop() {
    let (_, after) =
        CONF.split_once("    keepalive_timeout ").expect("it says when");
    let (seconds, _) = after.split_once("s;").expect("in seconds");
    let seconds = seconds.parse().expect("a number");
    assert!(Duration::from_secs(seconds) < Capacity::default().patience.min(IDLE));
}
