//! The program, told to stop: what becomes of whoever is connected, and of what is under way.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Output,
    thread,
};

use rusqlite::Connection;
use step_24::secret;
use tempfile::TempDir;
use trial::{Program, Start};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-24");

const ABOUT: &str = "GET /about HTTP/1.1\r\nHost: localhost\r\n\r\n";
const READY: &str =
    "GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Requests in two halves: one breaks off in its head, the other one in its body.
const HALVES: [[&str; 2]; 2] = [
    ["GET /about HTTP/1.1\r\nHost: localhost\r\n", "\r\n"],
    [
        "POST /basket HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\ntea=",
        "assam",
    ],
];

/// What the program says when it ends before the last connection does.
const TIME_IS_UP: &str =
    "step-24 ends with connections still open: the time is up.\n";
const SECOND_SIGNAL: &str =
    "step-24 ends with connections still open: a second signal came.\n";

/// The program, on a file.
struct Shop {
    program: Program,
    folder: TempDir,
}

impl Shop {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = format!("sqlite:{}", folder.path().join("shop.db").display());
        let key = secret::new_key();
        let environment = [("SESSION_KEY", key.as_str()), ("STORE", &store)];
        let how = Start { program: PROGRAM, environment: &environment };
        Self { program: Program::start(how), folder }
    }

    /// A connection over which this is sent.
    fn send(&self, text: &str) -> TcpStream {
        let mut client = self.program.connect();
        client.write_all(text.as_bytes()).expect("it is open");
        client
    }

    /// A connection over which somebody has asked.
    fn idle(&self) -> TcpStream {
        let mut client = self.send(ABOUT);
        let page = page(&mut client);
        assert!(is_ok(&page) && !says_close(&page), "{page}");
        client
    }

    /// Tells it to stop, and waits until it knows.
    fn stop(&self) {
        self.program.signal("TERM");
        while self.is_ready() {
            thread::yield_now();
        }
    }

    fn is_ready(&self) -> bool {
        let wire = TcpStream::connect(("127.0.0.1", self.program.port()));
        let ready = wire.and_then(|mut wire| {
            wire.write_all(READY.as_bytes())?;
            Ok(rest(wire))
        });
        ready.is_ok_and(|it| is_ok(&it))
    }

    /// How it ends, and what it has said.
    fn end(self) -> (Option<i32>, String) {
        let Output { status, stderr, .. } = self.program.wait();
        (status.code(), String::from_utf8_lossy(&stderr).into_owned())
    }
}

/// All that comes until the connection is closed, or breaks.
fn rest(mut client: TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = client.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One page, on a connection that stays open.
fn page(client: &mut TcpStream) -> String {
    let (mut text, mut byte) = (Vec::new(), [0]);
    while !text.ends_with(b"</html>") {
        client.read_exact(&mut byte).expect("a page");
        text.extend(byte);
    }
    String::from_utf8(text).expect("text")
}

fn is_ok(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200 OK")
}

fn says_close(answer: &str) -> bool {
    answer.contains("connection: close\r\n")
}

#[test]
fn an_idle_connection_may_ask_once_more_and_keeps_nobody() {
    let shop = Shop::open();
    let [mut asks, silent] = [shop.idle(), shop.idle()];
    // Chromium opens a spare connection before it knows what to ask.
    let spare = shop.program.connect();
    shop.program.wait_until_read();
    shop.stop();
    asks.write_all(ABOUT.as_bytes()).expect("it is open");
    let last = rest(asks);
    assert!(is_ok(&last) && says_close(&last), "{last}");
    for client in [silent, spare] {
        assert_eq!(rest(client), "");
    }
    assert_eq!(shop.end().0, Some(0));
}

#[test]
fn whoever_is_in_the_middle_of_a_request_is_answered() {
    for [first, second] in HALVES {
        let shop = Shop::open();
        let mut client = shop.send(first);
        shop.program.wait_until_read();
        shop.stop();
        shop.program.wait_until_closed();
        client.write_all(second.as_bytes()).expect("it is open");
        let answer = rest(client);
        assert!(says_close(&answer) && !answer.contains("HTTP/1.1 4"), "{answer}");
        assert_eq!(shop.end().0, Some(0));
    }
}

/// The rest of a form may take ten seconds, and its first half comes after the signal.
#[test]
fn what_is_still_open_after_ten_seconds_is_given_up() {
    let shop = Shop::open();
    let mut client = shop.program.connect();
    shop.program.wait_until_read();
    shop.stop();
    shop.program.wait_until_closed();
    client.write_all(HALVES[1][0].as_bytes()).expect("it is open");
    let (status, said) = shop.end();
    assert_eq!(status, Some(1), "{said}");
    assert!(said.ends_with(TIME_IS_UP), "{said}");
}

/// Whether their own time is over before the server's is a matter of moments.
#[test]
fn whoever_does_not_go_on_keeps_nobody_for_longer() {
    let shop = Shop::open();
    let halves = HALVES.map(|[first, _]| shop.send(first));
    let mut reads_no_more = shop.send(ABOUT);
    reads_no_more.read_exact(&mut [0]).expect("the answer begins");
    let asks =
        thread::spawn(
            move || {
                while reads_no_more.write_all(ABOUT.as_bytes()).is_ok() {}
            },
        );
    shop.stop();
    let (status, said) = shop.end();
    assert!(status == Some(0) || said.ends_with(TIME_IS_UP), "{status:?}: {said}");
    asks.join().expect("the connection breaks");
    drop(halves);
}

/// A form of a session that has begun, and holds one packet.
fn second_packet(shop: &Shop) -> String {
    let ask = |request: &str| rest(shop.send(request));
    let begun =
        ask(&HALVES[1].concat().replace("Host", "Connection: close\r\nHost"));
    let cookie = between(&begun, "set-cookie: ", ";").to_owned();
    let basket = ask(&format!(
        "GET /api/basket HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Cookie: {cookie}\r\n\r\n"
    ));
    let form =
        format!("tea=assam&token={}", between(&basket, r#""token":""#, "\""));
    format!(
        "POST /basket HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).expect("it begins so");
    rest.split(end).next().expect("split gives one at least")
}

/// Somebody who writes into the file of the shop, and keeps others from it.
fn locked(shop: &Shop) -> Connection {
    let file = shop.folder.path().join("shop.db");
    let other = Connection::open(file).expect("the file is there");
    other.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
    other
}

fn session(other: &Connection) -> String {
    let one = "SELECT data FROM sessions";
    other.query_row(one, [], |row| row.get(0)).expect("there is one")
}

/// Whoever reads the file need not wait: the session is loaded, and saved once that is let go.
#[test]
fn a_form_between_load_and_save_is_kept_and_answered() {
    let shop = Shop::open();
    let form = second_packet(&shop);
    let other = locked(&shop);
    let client = shop.send(&form);
    shop.program.wait_until_read();
    shop.stop();
    assert!(session(&other).contains(r#""assam":1"#));
    other.execute_batch("COMMIT").expect("there is nothing");
    let answer = rest(client);
    assert!(answer.starts_with("HTTP/1.1 303 See Other"), "{answer}");
    assert!(says_close(&answer), "{answer}");
    assert_eq!(shop.end().0, Some(0));
    assert!(session(&other).contains(r#""assam":2"#));
}

/// A file that stays locked is given up after five seconds, before the server is.
#[test]
fn a_form_that_cannot_be_kept_is_told_so() {
    let shop = Shop::open();
    let form = second_packet(&shop);
    let _other = locked(&shop);
    let client = shop.send(&form);
    shop.program.wait_until_read();
    shop.stop();
    let answer = rest(client);
    assert!(answer.starts_with("HTTP/1.1 503 Service Unavailable"), "{answer}");
    assert_eq!(shop.end().0, Some(0));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for signals in [["INT", "TERM"], ["TERM", "INT"], ["TERM", "TERM"]] {
        let shop = Shop::open();
        let clients = HALVES.map(|[first, _]| shop.send(first));
        shop.program.wait_until_read();
        shop.program.signal(signals[0]);
        // Before, the second one might be taken for the first one.
        shop.program.wait_until_closed();
        shop.program.signal(signals[1]);
        let (status, said) = shop.end();
        assert_eq!(status, Some(1), "{said}");
        assert!(said.ends_with(SECOND_SIGNAL), "{said}");
        drop(clients);
    }
}
