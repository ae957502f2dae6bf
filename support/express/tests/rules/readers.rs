//! What the few lines of Express do that the book prints, with a real engine.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use engines::{Memcached, Redis};
use express::agent;

/// A server of Express, and a browser that has at most one cookie.
pub(crate) struct Reader {
    process: Child,
    pub(crate) port: String,
    pub(crate) cookie: String,
}

impl Reader {
    /// Starts what these arguments of Node.js name, in the folder of the scripts.
    pub(crate) fn start(arguments: &[&str], place: (&str, &str)) -> Self {
        let mut command = Command::new("node");
        command.args(arguments).env("SESSION_KEY", "tea").env(place.0, place.1);
        command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("Node.js starts");
        let mut port = String::new();
        let output = process.stdout.take().expect("its output is a pipe");
        BufReader::new(output).read_line(&mut port).expect("it prints its port");
        Self { process, port: port.trim().to_owned(), cookie: String::new() }
    }

    fn with_redis(redis: &Redis) -> Self {
        Self::start(&["with-redis.mjs"], ("REDIS_URL", &redis.url()))
    }

    fn with_memcached(memcached: &Memcached) -> Self {
        Self::start(&["with-memcached.mjs"], ("MEMCACHED", &memcached.address()))
    }

    /// Asks for this, and keeps the cookie that comes.
    pub(crate) fn get(&mut self, path: &str) -> String {
        let (said, cookie) = asked(&self.port, &self.cookie, path);
        self.cookie = cookie.unwrap_or_else(|| self.cookie.clone());
        said
    }

    /// Asks for this in another tab.
    fn ask_beside(&self, path: &'static str) -> thread::JoinHandle<String> {
        let (port, cookie) = (self.port.clone(), self.cookie.clone());
        thread::spawn(move || asked(&port, &cookie, path).0)
    }

    /// The identifier, which stands in the cookie before its signature.
    fn id(&self) -> &str {
        let id = self.cookie.strip_prefix("connect.sid=s%3A").expect("it has a session");
        id.split('.').next().expect("something stands before the signature")
    }
}

fn asked(port: &str, cookie: &str, path: &str) -> (String, Option<String>) {
    let url = format!("http://127.0.0.1:{port}{path}");
    let mut answer = agent().get(url).header("cookie", cookie).call().expect("it answers");
    let cookie = answer.headers().get("set-cookie").map(|set| {
        let pair = set.to_str().expect("it is text").split(';').next();
        pair.unwrap_or_default().to_owned()
    });
    (answer.body_mut().read_to_string().expect("the body arrives whole"), cookie)
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It may have ended already; either way nothing is left behind.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What is asked of Redis for each kind of request.
#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
fn what_connect_redis_asks_of_redis() {
    let redis = Redis::start();
    let mut ada = Reader::with_redis(&redis);
    let mut monitor = redis.monitor();
    let mut told = String::new();
    for path in ["/", "/", "/look", "/sign-out"] {
        let said = ada.get(path);
        told += &format!("GET {path} → {said}\n");
        for line in monitor.said() {
            // Behind the time, and who says it.
            let (_, command) = line.split_once("] ").expect("a line of MONITOR");
            told += &format!("    {}\n", command.replace(ada.id(), "<sid-1>"));
        }
    }
    crate::keep("what_connect_redis_asks", &told);
}

/// Whoever has the session already when another tab signs out writes it back, and the cookie of
/// before is good again.
fn is_back_after_the_sign_out(mut ada: Reader) {
    assert_eq!(ada.get("/"), "visits: 1");
    let slow = ada.ask_beside("/hold");
    assert_eq!(ada.get("/held"), "held");
    assert_eq!(ada.get("/sign-out"), "out");
    assert_eq!(ada.get("/let-go"), "gone");
    assert_eq!(slow.join().expect("it is answered"), "visits: 2");
    assert_eq!(ada.get("/"), "visits: 3");
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
fn with_connect_redis_a_slow_request_undoes_the_sign_out() {
    let redis = Redis::start();
    is_back_after_the_sign_out(Reader::with_redis(&redis));
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
fn with_connect_redis_a_visit_waits_until_redis_is_back() {
    let mut redis = Redis::start();
    let mut ada = Reader::with_redis(&redis);
    assert_eq!(ada.get("/"), "visits: 1");
    redis.kill();
    let waits = ada.ask_beside("/look");
    // Who has no session is served meanwhile, so the server is well.
    let (said, _) = asked(&ada.port, "", "/look");
    assert_eq!(said, "visits: 0");
    assert!(!waits.is_finished());
    redis.start_again();
    // It is no error: Redis has forgotten her, and she begins anew.
    assert_eq!(waits.join().expect("it is answered"), "visits: 0");
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
fn without_the_line_for_errors_express_ends_with_redis() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("with-redis.mjs");
    let script = std::fs::read_to_string(script).expect("it is there");
    let (for_errors, without): (Vec<&str>, Vec<&str>) =
        script.lines().partition(|line| line.starts_with("client.on('error'"));
    assert_eq!(for_errors.len(), 1);
    let redis = Redis::start();
    let text = without.join("\n");
    let mut server =
        Reader::start(&["--input-type=module", "--eval", &text], ("REDIS_URL", &redis.url()));
    assert_eq!(server.get("/"), "visits: 1");
    redis.kill();
    let ended = server.process.wait().expect("it ends");
    assert_eq!(ended.code(), Some(1));
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
#[cfg_attr(not(memcached), ignore = "needs Memcached: sudo apt-get install memcached")]
fn with_connect_memcached_a_slow_request_undoes_the_sign_out() {
    let memcached = Memcached::start();
    is_back_after_the_sign_out(Reader::with_memcached(&memcached));
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
#[cfg_attr(not(memcached), ignore = "needs Memcached: sudo apt-get install memcached")]
fn connect_memcached_ends_what_is_to_last_and_keeps_what_is_to_end() {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    let memcached = Memcached::start();
    let mut ada = Reader::with_memcached(&memcached);
    // Of less than 30 days Memcached takes the seconds for a while, of more for a date in 1970.
    for (days, visits) in [(30, "visits: 1"), (31, "visits: 0")] {
        ada.cookie = String::new();
        ada.get(&format!("/remember?ms={}", days * DAY));
        assert_eq!(ada.get("/look"), visits, "after {days} days");
    }
    // Less than a second is none, and none is for ever.
    for (ms, is_for_ever) in [(60_000, false), (900, true)] {
        ada.cookie = String::new();
        ada.get(&format!("/remember?ms={ms}"));
        let told = memcached.ask(&format!("mg {} t", ada.id()));
        assert_eq!(told == "HD t-1\n", is_for_ever, "{ms} ms: {told}");
    }
}

/// What connect-memcached's client does about a Memcached that is gone, in milliseconds.
#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
fn connect_memcached_tries_anew_after_five_hours() {
    let script = "
        const Store = require('connect-memcached')(require('express-session'))
        const { client } = new Store({ hosts: '127.0.0.1:1' })
        console.log(client.retries, client.minTimeout, client.factor, client.reconnect)
        process.exit()";
    let mut command = Command::new("node");
    command.args(["--eval", script]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let said = command.output().expect("Node.js starts").stdout;
    let five_hours = 5 * 60 * 60 * 1000;
    assert_eq!(String::from_utf8_lossy(&said), format!("5 1000 3 {five_hours}\n"));
}
