//! Clients that write what they like.

use std::{path::PathBuf, process::Command};

use engines::{Authority, Nginx};

/// Who asks, from an address of this machine's own.
pub(crate) struct Client {
    from: &'static str,
    port: u16,
    /// Where it is written whose certificates nginx shows.
    authority: PathBuf,
}

impl Client {
    pub(crate) fn new(
        from: &'static str,
        nginx: &Nginx,
        authority: &Authority,
    ) -> Self {
        Self { from, port: nginx.port(8443), authority: authority.path() }
    }

    /// Sends a request, with whatever curl takes besides. The status of the answer.
    pub(crate) fn ask(&self, path: &str, more: &[&str]) -> u16 {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--output", "/dev/null", "--interface", self.from]);
        curl.args(["--write-out", "%{http_code}"]).args(more);
        let connect = format!("::127.0.0.1:{}", self.port);
        curl.args(["--connect-to", &connect, "--cacert"]).arg(&self.authority);
        let said = curl.arg(format!("https://localhost:8443{path}")).output();
        let said = said.expect("curl is installed").stdout;
        let said = String::from_utf8(said).expect("text");
        said.parse().expect("a status")
    }
}
