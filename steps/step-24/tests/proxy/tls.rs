//! What is between the browser and nginx.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use trial::{Program, Start};

use crate::front::{CONF, Front};

/// The whole server, with a proxy that it believes.
fn shop(folder: &tempfile::TempDir) -> Program {
    let store = format!("sqlite:{}", folder.path().join("shop.db").display());
    let key = step_24::secret::new_key();
    let environment = [
        ("STORE", &*store),
        ("SESSION_KEY", &*key),
        ("ORIGIN", "https://localhost:8443"),
        ("PROXIES", "127.0.0.1"),
    ];
    let program = env!("CARGO_BIN_EXE_step-24");
    Program::start(Start { program, environment: &environment })
}

#[test]
fn the_whole_server_is_had_over_tls_1_2_or_later_and_over_http_by_nobody() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shop = shop(&folder);
    let front = Front::start(CONF, [shop.port(), shop.port()]);
    let grace = front.client("127.0.0.50");
    // Only on request does curl itself speak 1.1.
    let any = ["--ciphers", "DEFAULT@SECLEVEL=0"];
    for (least, most, status) in [
        ("--tlsv1.3", "1.3", 200),
        ("--tlsv1.2", "1.2", 200),
        ("--tlsv1.0", "1.1", 0),
    ] {
        let versions = [&[least, "--tls-max", most], &any[..]].concat();
        assert_eq!(grace.ask("/", &versions), status, "{versions:?}");
    }
    let mut wire = TcpStream::connect(("127.0.0.1", front.nginx.port(8000)))
        .expect("it listens");
    wire.write_all(
        b"GET /member HTTP/1.1\r\nHost: coffee.example\r\nConnection: close\r\n\r\n",
    )
    .expect("it goes on");
    let mut answer = String::new();
    wire.read_to_string(&mut answer).expect("text");
    let port = front.nginx.port(8443);
    let location = format!("\r\nLocation: https://localhost:{port}/member\r\n");
    assert!(answer.starts_with("HTTP/1.1 301 "), "{answer}");
    assert!(answer.contains(&location), "{answer}");
}
