//! What tests rely on when they start a Memcached.

#![cfg(memcached)]

use engines::Memcached;

#[test]
fn it_forgets_everything_when_it_ends() {
    let mut server = Memcached::start();
    assert_eq!(server.ask("ms tea:1 5 T0\r\nassam"), "HD\n");
    assert_eq!(server.keys(), ["tea:1"]);
    assert!(server.at_rest().contains("assam"));
    server.kill();
    server.start_again();
    assert_eq!(server.ask("mg tea:1 v"), "EN\n");
    assert!(server.keys().is_empty());
}

#[test]
fn it_counts_what_it_does() {
    let server = Memcached::start();
    server.ask("mg tea v");
    assert_eq!((server.counts("get_misses"), server.counts("evictions")), (1, 0));
}

#[test]
fn it_goes_with_the_test_frozen_or_not() {
    for is_frozen in [false, true] {
        let server = Memcached::start();
        if is_frozen {
            server.freeze();
        }
        let port = server.port();
        drop(server);
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}
