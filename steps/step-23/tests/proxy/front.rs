//! The proxy.

use engines::{Authority, Nginx};

use crate::client::{Client, Visitor, Wire};

/// The very file that the chapter prints.
pub(crate) const CONF: &str = include_str!("../../nginx.conf");

/// What a proxy is told at least: where the server is.
pub(crate) const UNSET: &str = "
    pid nginx.pid;
    events {}
    http {
        client_body_temp_path temp;
        proxy_temp_path temp;
        fastcgi_temp_path temp;
        uwsgi_temp_path temp;
        scgi_temp_path temp;
        access_log off;
        server {
            listen 127.0.0.1:8443 ssl;
            ssl_certificate tea.pem;
            ssl_certificate_key tea.key;
            location / {
                proxy_pass http://127.0.0.1:8080;
            }
        }
    }
";

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

    /// The same, and it listens without TLS too, so that it can be told byte by byte.
    pub(crate) fn start_plain(configuration: &str, servers: [u16; 2]) -> Self {
        let tls = "listen 127.0.0.1:8443";
        let both = format!("listen 127.0.0.1:8444; {tls}");
        assert_eq!(configuration.matches(tls).count(), 1);
        Self::start(&configuration.replace(tls, &both), servers)
    }

    pub(crate) fn wire(&self) -> Wire {
        Wire::to(self.nginx.port(8444))
    }

    pub(crate) fn visitor(&self, from: &'static str) -> Visitor {
        Visitor::new(self.client(from))
    }

    pub(crate) fn client(&self, from: &'static str) -> Client {
        Client::new(from, &self.nginx, &self.authority)
    }
}
