//! The proxy.

use engines::{Authority, Nginx};

use crate::client::Client;

/// The very file that the chapter prints.
pub(crate) const CONF: &str = include_str!("../../nginx.conf");

/// An nginx with its certificate.
pub(crate) struct Front {
    pub(crate) nginx: Nginx,
    authority: Authority,
}

impl Front {
    /// With this configuration, before the servers on these ports.
    pub(crate) fn start(configuration: &str, servers: [u16; 2]) -> Self {
        let authority = Authority::new();
        let certificate = authority.certify(&["localhost"]);
        let [first, second] = servers.map(|port| format!("127.0.0.1:{port}"));
        let configuration = configuration
            .replace("127.0.0.1:8080", &first)
            .replace("127.0.0.1:8081", &second);
        Self { nginx: Nginx::start(&configuration, &certificate), authority }
    }

    /// The same, and it listens without TLS too, as it never does where others reach it.
    pub(crate) fn start_plain(configuration: &str, servers: [u16; 2]) -> Self {
        let tls = "listen 127.0.0.1:8443";
        let both = format!("listen 127.0.0.1:8444; {tls}");
        assert_eq!(configuration.matches(tls).count(), 1);
        Self::start(&configuration.replace(tls, &both), servers)
    }

    /// Where it listens without TLS.
    pub(crate) fn plain_port(&self) -> u16 {
        self.nginx.port(8444)
    }

    pub(crate) fn client(&self, from: &'static str) -> Client {
        Client::new(from, &self.nginx, &self.authority)
    }
}
