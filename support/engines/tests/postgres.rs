//! What tests rely on when they start a PostgreSQL.

#![cfg(postgres)]

use std::path::Path;

use engines::{Ending, Postgres};

#[test]
fn it_keeps_what_was_committed_however_it_ends() {
    let mut server = Postgres::start_with(&[]);
    let url = server.empty();
    server.sql(&url, "CREATE TABLE t (a int)");
    for (count, how) in [(1, Ending::Fast), (2, Ending::Immediate), (3, Ending::Kill)] {
        server.sql(&url, "INSERT INTO t VALUES (1)");
        server.end(how);
        server.start_again();
        assert_eq!(server.sql(&url, "SELECT count(*) FROM t").trim(), count.to_string());
    }
}

#[test]
fn each_empty_url_is_a_place_of_its_own() {
    let server = Postgres::start();
    for url in [server.empty(), server.empty()] {
        server.sql(&url, "CREATE TABLE t (a int)");
        assert_eq!(server.sql(&url, "SELECT count(*) FROM t"), "0\n");
    }
}

#[test]
fn it_goes_with_the_test_frozen_or_not_and_its_folder_too() {
    for is_frozen in [false, true] {
        let server = Postgres::start();
        let folder = server.sql(&server.url(), "SHOW data_directory");
        let folder = Path::new(folder.trim());
        assert!(folder.is_dir());
        if is_frozen {
            server.freeze();
        }
        let port = server.port();
        drop(server);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}
