//! A socket that is handed over: who connects to it is served by whichever program comes next.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpStream, UdpSocket},
    process::Command,
};

use trial::{Browser, Load, Told};

mod held;
use held::{Shop, port, socket, stop};

/// So many ask at the same time.
const VISITORS: usize = 4;

/// So many forms they send between two events.
const FORMS: usize = 50;

const ABOUT: &str =
    "GET /about HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[test]
fn whoever_connects_while_nobody_is_there_is_answered_by_the_next() {
    let (shop, socket) = (Shop::new(), socket());
    let first = shop.start_on(&socket);
    assert_eq!(first.port(), port(&socket));
    assert_eq!(Browser::default().get(&first.url("/about")).status, 200);
    stop(first);
    let mut waits =
        TcpStream::connect(("127.0.0.1", port(&socket))).expect("it does");
    waits.write_all(ABOUT.as_bytes()).expect("it is open");
    let _next = shop.start_on(&socket);
    let mut answer = String::new();
    waits.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

/// Nothing that was acknowledged is gone, and nothing was done once more.
fn assert_kept(told: Told) {
    assert!(told.acknowledged > 0, "{told:?}");
    assert_eq!((told.lost, told.done_twice), (0, 0), "{told:?}");
}

#[test]
fn nobody_notices_a_program_that_takes_over_beside_the_one_of_before() {
    let (shop, socket) = (Shop::new(), socket());
    let mut program = shop.start_on(&socket);
    let load = Load::start(port(&socket), VISITORS);
    for _ in 0..3 {
        load.wait_for(FORMS);
        let next = shop.start_on(&socket);
        load.wait_for(FORMS);
        stop(program);
        program = next;
    }
    load.wait_for(FORMS);
    let told = load.end();
    assert_kept(told);
    assert_eq!(told.failed, 0, "{told:?}");
}

/// Whoever comes in between waits.
#[test]
fn nobody_is_turned_away_by_a_program_that_starts_after_the_one_of_before() {
    let (shop, socket) = (Shop::new(), socket());
    let mut program = shop.start_on(&socket);
    let load = Load::start(port(&socket), VISITORS);
    for _ in 0..3 {
        load.wait_for(FORMS);
        stop(program);
        program = shop.start_on(&socket);
    }
    load.wait_for(FORMS);
    let told = load.end();
    assert_kept(told);
    assert_eq!(told.failed, 0, "{told:?}");
}

/// So the tests above can fail. Each visitor has a connection that breaks.
#[test]
fn a_program_that_is_killed_fails_each_visitor_and_loses_nothing_that_it_has_acknowledged()
 {
    let (shop, socket) = (Shop::new(), socket());
    let program = shop.start_on(&socket);
    let load = Load::start(port(&socket), VISITORS);
    load.wait_for(FORMS);
    program.signal("KILL");
    assert!(!program.wait().status.success());
    let _next = shop.start_on(&socket);
    load.wait_for(FORMS);
    let told = load.end();
    assert_kept(told);
    assert!(told.failed > 0, "{told:?}");
}

/// And so they would notice what is lost.
#[test]
fn a_program_that_forgets_loses_what_it_has_acknowledged() {
    let (shop, socket) = (Shop::new(), socket());
    let program = shop.start_on(&socket);
    let load = Load::start(port(&socket), VISITORS);
    load.wait_for(FORMS);
    stop(program);
    for file in fs::read_dir(shop.folder()).expect("its folder") {
        fs::remove_file(file.expect("a file").path()).expect("it goes");
    }
    let _next = shop.start_on(&socket);
    load.wait_for(FORMS);
    let told = load.end();
    assert!(told.lost > 0, "{told:?}");
}

#[test]
fn what_is_no_socket_to_listen_on_is_one_line() {
    let shop = Shop::new();
    let datagrams = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let line = shop.with(|how| trial::refuses_a_socket(datagrams, "1", how));
    assert!(line.contains("LISTEN_FDS hands over what is no socket"), "{line}");
    let file = fs::File::open("/dev/null").expect("it is there");
    let line = shop.with(|how| trial::refuses_a_socket(file, "1", how));
    assert!(line.contains("LISTEN_FDS hands over what is no socket"), "{line}");
    #[cfg(target_os = "linux")]
    {
        let listener = socket();
        let at = listener.local_addr().expect("an address");
        let connected = TcpStream::connect(at).expect("it listens");
        let line = shop.with(|how| trial::refuses_a_socket(connected, "1", how));
        assert!(line.contains("nobody listens on it"), "{line}");
    }
    let line = shop.with(|how| trial::refuses_a_socket(socket(), "2", how));
    assert!(line.contains("LISTEN_FDS hands over 2 sockets"), "{line}");
}

/// A program inherits its environment from another one, to which the socket was handed.
#[test]
fn what_is_meant_for_another_process_is_left_alone() {
    let shop = Shop::new();
    let said = shop.with(|how| {
        let mut program = Command::new(how.program);
        program.envs(how.environment.iter().copied());
        program.env("LISTEN_FDS", "1").env("LISTEN_PID", "1");
        program.env("PORT", "none").output().expect("it starts")
    });
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("PORT is \"none\""), "it takes its own: {said}");
}
