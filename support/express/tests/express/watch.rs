//! What the log of Express tells, how many numbers there are, and what keeps it from ending.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::Duration,
};

use axum::http::Method;
use conversation::Request;
use express::Express;

use crate::recordings::keep;

/// What comes back from a provider, and opens something there.
const CODE: &str = "SplxlOBeZQQYbYS6WxSbIA";

const LOGS: [(&str, &str); 4] = [
    ("`morgan('combined')`", "require('morgan')('combined', { stream: log })"),
    ("`pinoHttp()`", "require('pino-http')({}, log)"),
    ("`pinoHttp`, with `redact`", "watch.redacted(log)"),
    ("`pinoHttp`, with fields of your own", "watch.fields(log)"),
];

const HEAD: &str = "\
| Who writes the log | the cookie that comes | the cookie that goes | `code` in a query |
| --- | --- | --- | --- |
";

/// Whether the log has the cookie that comes, the one that goes, and what stands in a query.
async fn logged(watch: &str) -> [bool; 3] {
    let server = Express::start(&format!("watch: {watch}"));
    let mut story = server.conversation();
    story.get("Ada", "/").await;
    let value = story.cookies("Ada")[0].value.clone();
    let first = server.lines();
    story.get("Ada", &format!("/read?code={CODE}")).await;
    let second = server.lines();
    assert!(!first.is_empty() && !second.is_empty(), "it logs each request");
    [second.contains(&value), first.contains(&value), second.contains(CODE)]
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn what_the_log_of_express_has() {
    let mut table = HEAD.to_owned();
    for (name, watch) in LOGS {
        let [comes, goes, code] = logged(watch).await.map(|is| if is { "yes" } else { "no" });
        table += &format!("| {name} | {comes} | {goes} | {code} |\n");
    }
    keep("what_the_log_has", &table);
}

/// The lines of `/metrics` that a hundred requests for pages that are not there leave.
async fn series(label: &str) -> usize {
    let server = Express::start(&format!("watch: watch.count({label})"));
    let mut story = server.conversation();
    for number in 0..100 {
        story.get("Mallory", &format!("/no-such-page/{number}")).await;
    }
    story.get("Ada", "/").await;
    let metrics = story.get("Ada", "/metrics").await.text;
    metrics.lines().filter(|line| line.starts_with("requests_total{")).count()
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_label_with_the_path_makes_a_series_of_each_path() {
    assert_eq!(series("(req) => req.path").await, 101);
    assert_eq!(series("(req) => req.route?.path").await, 2, "one for `/`, one for all others");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn with_save_uninitialized_each_probe_makes_a_session() {
    for (options, rows) in [("saveUninitialized: true", 100), ("", 0)] {
        let mut story = Express::start(options).conversation();
        for probe in 0..100 {
            let who = format!("probe {probe}");
            story.send(&who, Request::new(Method::GET, "/untouched")).await;
        }
        assert_eq!(story.rows().len(), rows, "{options}");
    }
}

/// A client that has sent this, and the server has seen it.
fn client(server: &Express, sent: &str) -> TcpStream {
    let address = server.url("").replace("http://", "");
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.write_all(sent.as_bytes()).expect("it takes what is sent");
    stream
}

/// A client that has got the beginning of an answer that has no end.
fn reader(server: &Express) -> TcpStream {
    let stream = client(server, "GET /write-endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).expect("an answer begins");
    assert_eq!(line, "HTTP/1.1 200 OK\r\n");
    stream
}

/// A client that has sent half a head after a whole request, which was answered.
fn half_a_head(server: &Express) -> TcpStream {
    let whole = "GET /untouched HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let stream = client(server, &format!("{whole}GET /untouched HTTP/1.1\r\nHost:"));
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).expect("the whole one is answered");
    assert_eq!(line, "HTTP/1.1 200 OK\r\n");
    stream
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
fn close_waits_for_whoever_hangs_on() {
    for hangs_on in [reader, half_a_head] {
        let server = Express::start("");
        let stream = hangs_on(&server);
        server.close();
        assert!(!server.is_closed(), "it waits");
        drop(stream);
        server.wait_until_closed();
    }
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
fn close_all_connections_waits_for_nobody() {
    for hangs_on in [reader, half_a_head] {
        let server = Express::start("");
        let _stream = hangs_on(&server);
        server.close_within(Duration::from_millis(1));
        server.wait_until_closed();
    }
}
