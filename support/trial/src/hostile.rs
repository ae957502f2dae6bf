//! Input that no well-meaning browser sends.

use std::{
    cell::RefCell,
    collections::HashSet,
    io::{Read, Write},
    net::Shutdown,
    panic::{Location, resume_unwind},
    thread,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Method, Request, Response, header},
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use passes::Passes;

use crate::{
    log::forbid_in_logs,
    program::{Browser, Program, Start},
};

/// How many `Cookie` headers [`throw_cookies`] makes up.
pub const COOKIES: u32 = 10_000;

/// How many throw them side by side.
const THROWERS: u32 = 4;

/// Throws [`COOKIES`] generated `Cookie` headers at `GET /`, for a session cookie of this name;
/// once, until the program changes.
/// `ids` are the session identifiers that the server holds afterwards.
///
/// # Panics
/// If one is answered with a 5xx status, or if the server adopts an identifier that it was sent.
#[track_caller]
pub fn throw_cookies(app: &Router, name: &'static str, ids: impl FnOnce() -> Vec<String>) {
    let visit = || Request::get("/").body(Body::empty()).expect("a well-formed request");
    throw_cookies_with(app, (name, COOKIES), visit, ids);
}

/// As [`throw_cookies`], but a quarter as many, and with a form that makes a session: each leaves a
/// row behind, which takes its time.
///
/// # Panics
/// As [`throw_cookies`].
#[track_caller]
pub fn throw_cookies_with_form(
    app: &Router,
    name: &'static str,
    (path, fields): (&str, &'static str),
    ids: impl FnOnce() -> Vec<String>,
) {
    let form = || {
        Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(fields))
            .expect("a well-formed request")
    };
    throw_cookies_with(app, (name, COOKIES / 4), form, ids);
}

#[track_caller]
fn throw_cookies_with(
    app: &Router,
    cookies: (&'static str, u32),
    request: impl Fn() -> Request<Body> + Sync,
    ids: impl FnOnce() -> Vec<String>,
) {
    let passes = Passes::of(&format!("cookies thrown in line {}", Location::caller().line()));
    // What they are thrown at is part of the test's program.
    passes.look("passed", (), || {
        throw_all(app, cookies, request, ids);
        Vec::new()
    });
}

fn throw_all(
    app: &Router,
    cookies: (&'static str, u32),
    request: impl Fn() -> Request<Body> + Sync,
    ids: impl FnOnce() -> Vec<String>,
) {
    forbid_in_logs(&[]);
    // A store may have connections, which live on the threads of a runtime.
    let runtime = runtime();
    let throw = || throw_a_share(app, &runtime, cookies, &request);
    let sent: HashSet<String> = thread::scope(|threads| {
        let throwers: Vec<_> = (0..THROWERS).map(|_| threads.spawn(throw)).collect();
        let sent = throwers.into_iter().flat_map(|thrower| match thrower.join() {
            Ok(sent) => sent,
            Err(panic) => resume_unwind(panic),
        });
        sent.collect()
    });
    let adopted: Vec<String> = ids().into_iter().filter(|id| sent.contains(id)).collect();
    assert!(adopted.is_empty(), "the server adopts {adopted:?}");
}

/// Throws what falls to one of the throwers, and returns the values that it sent.
fn throw_a_share(
    app: &Router,
    runtime: &Runtime,
    (name, cookies): (&'static str, u32),
    request: impl Fn() -> Request<Body>,
) -> HashSet<String> {
    let sent = RefCell::new(HashSet::new());
    let cases = cookies / THROWERS;
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&cookie_header(name), |cookie| {
            let value = HeaderValue::from_bytes(&cookie).expect("only bytes a header may have");
            let mut request = request();
            request.headers_mut().insert(header::COOKIE, value);
            let response = runtime.block_on(ask(app, request));
            prop_assert!(!response.status().is_server_error(), "{}", response.status());
            let values = values(&cookie);
            for set in set_cookies(&response) {
                prop_assert!(!values.contains(&set), "the server adopts {set}");
            }
            sent.borrow_mut().extend(values);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    sent.into_inner()
}

/// Asks for paths, and by methods, that nobody serves, with bodies that nobody wants.
///
/// # Panics
/// If one of them is answered with anything but a 4xx status.
pub fn throw_requests(app: &Router) {
    let runtime = runtime();
    let wrong_path = ["/nothing", "/%00", "/%ff", "/../etc/passwd", "//", "/<script>"];
    let wrong_path = wrong_path.map(|path| (Method::GET, path));
    let wrong_method = [Method::DELETE, Method::PUT, Method::TRACE, Method::CONNECT]
        .map(|method| (method, "/"));
    for (method, path) in wrong_path.into_iter().chain(wrong_method) {
        let path: String = path.replace('<', "%3C").replace('>', "%3E");
        let request = Request::builder().method(&method).uri(&path);
        let request = request.body(Body::from(vec![b'x'; 4 << 20])).expect("well formed");
        let status = runtime.block_on(ask(app, request)).status();
        assert!(status.is_client_error(), "{method} {path}: {status}");
    }
}

/// Sends bytes that are no HTTP, and headers beyond every limit, over a real socket.
///
/// # Panics
/// If the server answers one of them with anything but a 4xx status, or does not serve afterwards.
pub fn throw_garbage<'a>(how: impl Into<Start<'a>>) {
    let server = Program::start(how);
    let huge =
        [b"GET / HTTP/1.1\r\nCookie: id=".as_slice(), &[b'x'; 1 << 20], b"\r\n\r\n"].concat();
    let garbage: [&[u8]; 4] = [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nCookie: id=\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        &huge,
    ];
    for bytes in garbage {
        let mut connection = server.connect();
        // The server may hang up before it has read everything.
        let _ = connection.write_all(bytes);
        let _ = connection.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = connection.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(Browser::default().get(&server.url("/")).status, 200);
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

async fn ask(app: &Router, request: Request<Body>) -> Response<Body> {
    let Ok(response) = app.clone().oneshot(request).await;
    response
}

/// The values of the cookies that an answer sets.
fn set_cookies(response: &Response<Body>) -> Vec<String> {
    let cookies = response.headers().get_all(header::SET_COOKIE).iter();
    let values = cookies.flat_map(|cookie| values(cookie.as_bytes()).into_iter().next());
    values.filter(|value| !value.is_empty()).collect()
}

/// Everything between a `=` and a `;`, read as text.
fn values(cookie: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(cookie);
    let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    pairs.map(|(_, value)| value.trim().trim_matches('"').to_owned()).collect()
}

fn cookie_header(name: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let pair = cookie_value().prop_map(move |value| [name.as_bytes(), b"=", &value].concat());
    let pair = pair.boxed();
    let separator = select(vec!["; ", ";", ";;", " ; ", ", "]);
    prop_oneof![
        4 => pair.clone(),
        2 => (vec(pair, 2..5), separator)
            .prop_map(|(pairs, separator)| pairs.join(separator.as_bytes())),
        1 => header_bytes(0..200),
        1 => Just(name.as_bytes().to_vec()),
    ]
}

fn cookie_value() -> impl Strategy<Value = Vec<u8>> {
    let hostile = [
        "",
        "\"\"",
        "%",
        "%00",
        "%ff%fe",
        "=",
        "==",
        "null",
        "undefined",
        "../../etc/passwd",
        "' OR 1=1 --",
        "s:AAAAAAAAAAAAAAAAAAAAAA.c2ln",
        "\u{e9}",
        "\u{1F36A}",
        "{}",
        "-1",
        "<script>alert(1)</script>",
        "0",
        "AAAAAAAAAAAAAAAAAAAAAA",
        "_____________________w",
    ];
    prop_oneof![
        // Of the very form of an identifier: 128 bits in base64url, and in hexadecimal.
        3 => "[A-Za-z0-9_-]{21}[AQgw]".prop_map(String::into_bytes),
        3 => "[0-9a-f]{32}".prop_map(String::into_bytes),
        2 => "[A-Za-z0-9_=+/-]{0,64}".prop_map(String::into_bytes),
        2 => select(hostile.map(|text| text.as_bytes().to_vec()).to_vec()),
        2 => header_bytes(0..64),
        1 => (4_000usize..20_000).prop_map(|length| vec![b'A'; length]),
    ]
}

/// Any bytes that a header may carry, UTF-8 or not.
fn header_bytes(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![0x20u8..0x7f, 0x80u8..=0xff, Just(b'\t')], length)
}
