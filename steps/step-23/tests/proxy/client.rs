//! Clients that write what they like.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::Command,
    time::Duration,
};

use engines::{Authority, Nginx};
use tempfile::TempDir;

/// When an answer that does not come is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// Who asks, from an address of this machine's own.
pub(crate) struct Client {
    from: &'static str,
    server: Server,
}

enum Server {
    /// nginx, on this port. Whose certificates it shows is in a file.
    Proxy(u16, PathBuf),
    /// A server of the shop, past nginx.
    Bare(u16),
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The version of HTTP that was spoken.
    pub(crate) version: String,
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn new(
        from: &'static str,
        nginx: &Nginx,
        authority: &Authority,
    ) -> Self {
        Self { from, server: Server::Proxy(nginx.port(8443), authority.path()) }
    }

    /// One that gets past the proxy, to the server on this port.
    pub(crate) fn past(from: &'static str, port: u16) -> Self {
        Self { from, server: Server::Bare(port) }
    }

    /// Sends a request with these headers, and whatever curl takes besides.
    pub(crate) fn ask(&self, path: &str, headers: &[&str], more: &[&str]) -> Reply {
        self.try_to_ask(path, headers, more).expect("an answer")
    }

    /// The same; nothing if there is no answer.
    pub(crate) fn try_to_ask(
        &self,
        path: &str,
        headers: &[&str],
        more: &[&str],
    ) -> Option<Reply> {
        self.curl(path, headers, more).map(|said| Reply::of(&said))
    }

    /// Sends the form so many times over one connection. How often each status came.
    pub(crate) fn post_often(
        &self,
        times: usize,
        path: &str,
        headers: &[&str],
        form: &str,
    ) -> BTreeMap<u16, usize> {
        let said =
            self.curl(&format!("{path}?[1-{times}]"), headers, &["--data", form]);
        let said = said.expect("answers");
        let mut statuses = BTreeMap::new();
        for line in said.lines().filter(|line| line.starts_with("HTTP/")) {
            *statuses
                .entry(Reply::of(&format!("{line}\r\n\r\n")).status)
                .or_default() += 1;
        }
        statuses
    }

    /// What curl says; nothing if it fails.
    fn curl(&self, path: &str, headers: &[&str], more: &[&str]) -> Option<String> {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--include", "--http2", "--interface", self.from]);
        let own = ["User-Agent:", "Accept:"];
        curl.args(
            own.iter().chain(headers).flat_map(|header| ["--header", header]),
        );
        curl.args(more);
        match &self.server {
            Server::Proxy(port, authority) => curl
                .args(["--connect-to", &format!("::127.0.0.1:{port}"), "--cacert"])
                .arg(authority)
                .arg(format!("https://localhost:8443{path}")),
            // `--http2` would ask to speak another language later on.
            Server::Bare(port) => {
                curl.arg("--http1.1").arg(format!("http://localhost:{port}{path}"))
            }
        };
        let said = curl.output().expect("curl is installed");
        said.status
            .success()
            .then(|| String::from_utf8_lossy(&said.stdout).into_owned())
    }
}

impl Reply {
    fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let mut words = head.split([' ', '\r']);
        let version = words.next().expect("a version").to_owned();
        let status = words.next().and_then(|it| it.parse().ok()).expect("a status");
        Self { version, status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Each value of a header.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|it| it.0.eq_ignore_ascii_case(name))
            .map(|it| it.1.trim_end())
            .collect()
    }
}

/// A client with a jar for its cookies.
pub(crate) struct Visitor {
    client: Client,
    folder: TempDir,
}

impl Visitor {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(crate) fn get(&self, path: &str, headers: &[&str]) -> Reply {
        self.ask(path, headers, &[])
    }

    /// Sends a form.
    pub(crate) fn post(&self, path: &str, headers: &[&str], form: &str) -> Reply {
        self.ask(path, headers, &["--data", form])
    }

    fn ask(&self, path: &str, headers: &[&str], more: &[&str]) -> Reply {
        let jar = self.folder.path().join("jar");
        let jar = jar.to_str().expect("text");
        self.client.ask(
            path,
            headers,
            &[&["--cookie", jar, "--cookie-jar", jar], more].concat(),
        )
    }
}

/// A bare connection, over which anything can be sent.
pub(crate) struct Wire(TcpStream);

impl Wire {
    pub(crate) fn to(port: u16) -> Self {
        let wire = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        wire.set_read_timeout(Some(PATIENCE)).expect("it can be set");
        Self(wire)
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).expect("it goes on");
    }

    /// The first line that comes.
    pub(crate) fn line(&self) -> String {
        let mut line = String::new();
        BufReader::new(&self.0).read_line(&mut line).expect("it goes on");
        line.trim_end().to_owned()
    }

    /// All that comes until the other side closes.
    pub(crate) fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        if let Err(why) = self.0.read_to_end(&mut rest) {
            // Who closes while something is unread resets the connection: that is an end too.
            assert_eq!(why.kind(), ErrorKind::ConnectionReset, "it goes on and on");
        }
        String::from_utf8_lossy(&rest).into_owned()
    }
}
