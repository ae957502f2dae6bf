//! Clients that write what they like.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::Command,
};

use engines::{Authority, Nginx};

/// Who asks the proxy, from an address of this machine's own.
pub(crate) struct Client {
    from: &'static str,
    authority: PathBuf,
    port: u16,
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
        Self { from, authority: authority.path(), port: nginx.port(8443) }
    }

    /// Sends a request with these headers, and whatever curl takes besides.
    pub(crate) fn ask(&self, path: &str, headers: &[&str], more: &[&str]) -> Reply {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--include", "--http2", "--interface", self.from]);
        curl.arg("--connect-to").arg(format!("::127.0.0.1:{}", self.port));
        curl.arg("--cacert").arg(&self.authority);
        let own = ["User-Agent:", "Accept:"];
        curl.args(
            own.iter().chain(headers).flat_map(|header| ["--header", header]),
        );
        curl.args(more).arg(format!("https://localhost:8443{path}"));
        let said = curl.output().expect("curl is installed");
        assert!(said.status.success(), "{curl:?}: {:?}", said.status);
        Reply::of(&String::from_utf8_lossy(&said.stdout))
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
}

/// A bare connection, over which anything can be sent.
pub(crate) struct Wire(TcpStream);

impl Wire {
    pub(crate) fn to(port: u16) -> Self {
        Self(TcpStream::connect(("127.0.0.1", port)).expect("it listens"))
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).expect("it goes on");
    }

    /// The first line that comes.
    pub(crate) fn line(&mut self) -> String {
        let bytes = (&self.0).bytes().map_while(Result::ok);
        let line: Vec<u8> = bytes.take_while(|it| *it != b'\r').collect();
        String::from_utf8_lossy(&line).into_owned()
    }

    /// All that comes until the other side closes.
    pub(crate) fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        // Who closes while something is unread resets the connection: that is an end too.
        let _ = self.0.read_to_end(&mut rest);
        String::from_utf8_lossy(&rest).into_owned()
    }
}
