//! What tests rely on when they start a Redis.

#![cfg(redis)]

use std::path::Path;

use engines::{Cluster, Redis, Replicated, Sentinels};

#[test]
fn it_keeps_what_its_settings_keep() {
    for (settings, how, kept) in [
        (&["appendonly yes", "appendfsync always"][..], Redis::kill as fn(&Redis), "tea\n"),
        (&[], Redis::stop, "tea\n"),
        (&[], Redis::kill, "\n"),
        (&["save \"\""], Redis::stop, "\n"),
    ] {
        let mut server = Redis::start_with(settings);
        assert_eq!(server.cli(&["SET", "a", "tea"]), "OK\n");
        how(&server);
        server.start_again();
        assert_eq!(server.cli(&["GET", "a"]), kept, "{settings:?}");
    }
}

#[test]
fn each_empty_url_is_a_place_of_its_own() {
    let server = Redis::start();
    let [first, second] = [server.empty(), server.empty()];
    assert_ne!(first, second);
    for url in [first, second] {
        let database = url.rsplit('/').next().expect("a number");
        assert_eq!(server.cli(&["-n", database, "SET", "a", "tea", "NX"]), "OK\n");
    }
    assert_eq!(server.cli(&["EXISTS", "a"]), "0\n");
}

#[test]
fn a_monitor_hears_everything_once() {
    let server = Redis::start();
    let mut monitor = server.monitor();
    for tea in ["assam", "darjeeling"] {
        server.cli(&["SET", "tea", tea]);
        let said = monitor.said();
        let said: Vec<&str> = said.iter().filter_map(|line| line.split("] ").nth(1)).collect();
        assert_eq!(said.last(), Some(&format!(r#""SET" "tea" "{tea}""#).as_str()), "{said:?}");
        assert!(said.len() <= 2, "redis-cli may ask for its commands, and no more: {said:?}");
    }
    assert!(monitor.said().is_empty());
}

#[test]
fn it_goes_with_the_test_frozen_or_not_and_its_folder_too() {
    for is_frozen in [false, true] {
        let server = Redis::start();
        let folder = server.cli(&["CONFIG", "GET", "dir"]);
        let folder = folder.lines().last().expect("a folder").to_owned();
        assert!(Path::new(&folder).is_dir());
        if is_frozen {
            server.freeze();
        }
        let port = server.port();
        drop(server);
        assert!(!Path::new(&folder).exists());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}

#[test]
fn when_the_primary_dies_sentinels_let_a_replica_take_its_place() {
    its_place_is_taken(&Sentinels::start());
}

#[test]
fn when_a_master_dies_its_replica_takes_its_place() {
    its_place_is_taken(&Cluster::start());
}

/// What the replicas have heard is kept, and what they have not heard is lost.
fn its_place_is_taken(servers: &impl Replicated) {
    assert_eq!(servers.primary_of("tea").cli(&["SET", "tea", "assam"]), "OK\n");
    servers.wait_until_followed();
    servers.cut_off_replicas();
    assert_eq!(servers.primary_of("tea").cli(&["SET", "tea", "darjeeling"]), "OK\n");
    let lost = servers.kill_primary_of("tea");
    servers.thaw();
    servers.wait_until_replaced(lost);
    let primary = servers.primary_of("tea");
    assert_ne!(primary.port(), lost);
    assert_eq!(primary.cli(&["GET", "tea"]), "assam\n");
    assert_eq!(primary.cli(&["SET", "tea", "darjeeling"]), "OK\n");
}
