//! How a step ends when it is told to, and what becomes of those who are connected.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    thread,
};

use crate::program::{Browser, Program, Start};

/// Requests in two halves: one breaks off in its head, the other one in its body.
const HALVES: [[&str; 2]; 2] = [
    ["GET /about HTTP/1.1\r\nHost: localhost\r\n", "\r\n"],
    [
        "POST /basket HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\ntea=",
        "assam",
    ],
];

/// A signal, `INT` or `TERM`, ends the server: whoever asks nothing does not keep it, and whoever
/// has begun to ask is answered.
///
/// # Panics
/// If it ends in another way.
pub fn ends_when_told<'a>(how: impl Into<Start<'a>>, signal: &str) {
    let server = Program::start(how);
    let idle = Browser::default();
    assert_eq!(idle.get(&server.url("/")).status, 200);
    // Chromium opens a spare connection before it knows what to ask.
    let spare = server.connect();
    let halves = HALVES.map(|[first, second]| (send(&server, first), second));
    server.wait_until_read();
    server.signal(signal);
    server.wait_until_closed();
    for (mut client, second) in halves {
        // Who is refused by the head alone has an answer already, and a connection that is closed.
        let _ = client.write_all(second.as_bytes());
        assert!(rest(client).starts_with("HTTP/1.1 "), "what is under way is answered");
    }
    let end = server.wait();
    assert!(end.status.success(), "SIG{signal} is a clean end: {end:?}");
    assert!(rest(spare).is_empty(), "nothing was asked, nothing is answered");
}

/// Whatever clients hold open, a second signal ends the server, and it says so.
///
/// # Panics
/// If it does not.
pub fn ends_when_told_twice<'a>(how: impl Into<Start<'a>>) {
    let how = how.into();
    for signals in [["INT", "INT"], ["TERM", "INT"], ["INT", "TERM"]] {
        ends_in_mid_request(how, &signals, "a second signal came");
    }
}

/// Whatever clients hold open, the server ends ten seconds after the signal, and it says so.
///
/// # Panics
/// If it does not.
pub fn ends_when_told_once<'a>(how: impl Into<Start<'a>>) {
    ends_in_mid_request(how.into(), &["TERM"], "the time is up");
}

fn ends_in_mid_request(how: Start<'_>, signals: &[&str], why: &str) {
    let server = Program::start(how);
    let idle = Browser::default();
    assert_eq!(idle.get(&server.url("/")).status, 200);
    let halves = HALVES.map(|[first, _]| send(&server, first));
    server.wait_until_read();
    ask_on_and_on(&server);
    for signal in signals {
        server.signal(signal);
        // Only then is a second signal not taken for the first one.
        server.wait_until_closed();
    }
    let end = server.wait();
    let said = String::from_utf8_lossy(&end.stderr);
    assert_eq!(end.status.code(), Some(1), "it is no clean end: {said}");
    let step = Path::new(how.program).file_stem().unwrap_or_default().to_string_lossy();
    let line = format!("{step} ends with connections still open: {why}.");
    assert_eq!(said.lines().last(), Some(line.as_str()), "it says so: {said}");
    drop(halves);
}

/// Sends one request after another and never reads more than the first answer's first byte, until
/// the connection breaks.
fn ask_on_and_on(server: &Program) {
    let mut client = send(server, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.read_exact(&mut [0]).expect("the answer begins");
    thread::spawn(move || {
        while client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").is_ok() {}
    });
}

fn send(server: &Program, bytes: &str) -> TcpStream {
    let mut client = server.connect();
    client.write_all(bytes.as_bytes()).expect("the connection is open");
    client
}

/// What still arrives, until the server closes the connection.
fn rest(mut client: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection may also break at its end.
    let _ = client.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
