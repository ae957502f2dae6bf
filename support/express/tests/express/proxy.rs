//! Behind a proxy: whom Express believes, and what becomes of the cookie.
//!
//! The recorder is the proxy here, at 127.0.0.1. What a client has written stands on the left.

use axum::http::Method;
use conversation::Request;
use express::{Express, transcript};
use serde_json::Value;

use crate::recordings::keep;

/// How "trust proxy" may be set, through the proxy and where the proxy is another computer.
const SETTINGS: [(&str, [&str; 2]); 4] = [
    ("`false`", ["false"; 2]),
    ("`true`", ["true"; 2]),
    ("`1`", ["1"; 2]),
    ("the proxy's address", ["'127.0.0.1'", "'192.0.2.1'"]),
];

const HEAD: &str = "\
| `trust proxy` | Through the proxy: `req.ip` | `req.secure` | Past the proxy: `req.ip` |
| --- | --- | --- | --- |
";

/// What Mallory writes herself, to begin with.
const FORGED: &str = "203.0.113.66";
/// Where Mallory is, as the proxy adds it.
const MALLORY: &str = "198.51.100.7";

/// What Express says of a request of these headers: `ip`, `secure`, `hostname`.
async fn told(trust: &str, headers: &[(&str, &str)]) -> [String; 3] {
    let mut story = Express::start(&format!("trustProxy: {trust}")).conversation();
    let request = Request::new(Method::GET, "/address");
    let request = headers.iter().fold(request, |it, (name, value)| it.header(name, value));
    let told: Value =
        serde_json::from_str(&story.send("Mallory", request).await.text).expect("JSON");
    ["ip", "secure", "hostname"].map(|name| told[name].to_string().replace('"', ""))
}

/// Through a proxy that adds the address, and sets nothing else.
async fn through(trust: &str) -> [String; 3] {
    let added = format!("{FORGED}, {MALLORY}");
    told(trust, &[("x-forwarded-for", &added), ("x-forwarded-proto", "https")]).await
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn what_express_believes_of_a_client_that_forges() {
    let mut table = HEAD.to_owned();
    for (setting, [near, far]) in SETTINGS {
        let [ip, secure, _] = through(near).await;
        // Nobody has added an address to what comes past the proxy.
        let [past, ..] = told(far, &[("x-forwarded-for", FORGED)]).await;
        table += &format!("| {setting} | {} | {secure} | {} |\n", whose(&ip), whose(&past));
    }
    keep("what_express_believes", &table);
}

fn whose(ip: &str) -> String {
    let whose = match ip {
        FORGED => "what Mallory writes",
        MALLORY => "Mallory's",
        "127.0.0.1" => "that of who asks",
        other => panic!("nobody's: {other}"),
    };
    whose.to_owned()
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn trust_proxy_true_believes_what_a_client_has_written() {
    assert_eq!(through("true").await[0], FORGED);
    assert_eq!(through("'loopback'").await[0], MALLORY);
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn trust_proxy_as_a_number_believes_whoever_comes_past_the_proxy() {
    assert_eq!(through("1").await[0], MALLORY, "right, as long as all come through one proxy");
    for trust in ["1", "2"] {
        assert_eq!(told(trust, &[("x-forwarded-for", FORGED)]).await[0], FORGED, "{trust}");
    }
    assert_eq!(through("2").await[0], FORGED, "one too many is a client's word");
    assert_eq!(told("'192.0.2.1'", &[("x-forwarded-for", FORGED)]).await[0], "127.0.0.1");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn behind_a_proxy_everybody_has_its_address_unless_it_is_trusted() {
    assert_eq!(through("false").await[0], "127.0.0.1");
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_proxy_that_hands_on_what_a_client_says_of_the_scheme_and_the_host_is_believed() {
    let forged = [("x-forwarded-proto", "https"), ("x-forwarded-host", "coffee.example")];
    let [_, secure, hostname] = told("'loopback'", &forged).await;
    assert_eq!((&*secure, &*hostname), ("true", "coffee.example"));
    let [_, secure, hostname] = told("false", &forged).await;
    assert_eq!((&*secure, &*hostname), ("false", "localhost"));
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn express_does_not_read_forwarded() {
    let header = format!("for={FORGED};proto=https");
    let [ip, secure, _] = told("true", &[("forwarded", &header)]).await;
    assert_eq!((&*ip, &*secure), ("127.0.0.1", "false"));
}

/// The proxy speaks https with the browser, and says so.
#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn behind_a_proxy_that_express_does_not_trust_there_is_no_cookie_and_a_row_each_time() {
    let https = || Request::new(Method::GET, "/write").header("x-forwarded-proto", "https");
    let mut story =
        Express::start("cookie: { secure: true }").conversation().at("https://tea.example");
    for rows in [1, 2] {
        let answer = story.send("Ada", https()).await;
        assert_eq!(answer.header("set-cookie"), None);
        assert_eq!(answer.text, "visits: 1");
        assert_eq!(story.rows().len(), rows);
    }
    keep("secure_behind_a_proxy", &transcript(&story));

    let mut story = Express::start("cookie: { secure: true }, trustProxy: 'loopback'")
        .conversation()
        .at("https://tea.example");
    for visits in [1, 2] {
        assert_eq!(story.send("Ada", https()).await.text, format!("visits: {visits}"));
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn behind_a_proxy_that_express_does_not_trust_auto_makes_a_cookie_for_http_too() {
    for (trust, secure) in [("false", false), ("'loopback'", true)] {
        let options = format!("cookie: {{ secure: 'auto' }}, trustProxy: {trust}");
        let mut story = Express::start(&options).conversation().at("https://tea.example");
        let visit = Request::new(Method::GET, "/write").header("x-forwarded-proto", "https");
        story.send("Ada", visit).await;
        assert_eq!(story.cookies("Ada")[0].secure, secure, "{trust}");
    }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn who_is_sent_to_https_by_a_server_that_trusts_no_proxy_is_sent_there_for_ever() {
    for (trust, answer) in [("false", Some("https://tea.example/write")), ("'loopback'", None)]
    {
        let options = format!("onlyHttps: true, trustProxy: {trust}");
        let mut story = Express::start(&options).conversation().at("https://tea.example");
        let visit = Request::new(Method::GET, "/write").header("x-forwarded-proto", "https");
        // It is https already.
        assert_eq!(story.send("Ada", visit).await.header("location"), answer, "{trust}");
    }
}
