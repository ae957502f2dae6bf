//! Where this server stands, as it is told when it starts: no request says so.

use std::{fmt, net::SocketAddr, sync::Arc};

use ipnet::IpNet;
use time::{Duration, OffsetDateTime};

use crate::edge::{capacity::Capacity, provider::Provider};

/// Where this server stands. If nothing is said, browsers ask it themselves.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// What a browser has in its address bar when it shows a page of this server.
    pub origin: Option<Origin>,
    /// Who may say for whom it asks. In a network of these are no clients: each of them
    /// would be believed, too.
    pub proxies: Vec<IpNet>,
    /// Where they say it.
    pub proxy_header: ProxyHeader,
    /// Other origins, whose pages may ask for the basket too.
    pub frontends: Vec<Origin>,
    /// Another server at which members may sign in.
    pub provider: Option<Arc<dyn Provider>>,
    /// How much it takes on.
    pub capacity: Capacity,
    /// Where what is counted can be read. Not where requests come from: what it says is
    /// nothing to strangers.
    pub metrics: Option<SocketAddr>,
    /// What members' programs get.
    pub tokens: Tokens,
}

/// How long what members' programs get is good for.
#[derive(Clone, Copy, Debug)]
pub struct Tokens {
    /// An access token: for so long, nothing takes it back.
    pub lives: Duration,
    /// A refresh token, once there is another: as long as an answer may be on its way.
    pub grace: Duration,
    /// What the time is. Tests have a clock that they can put forward.
    pub now: fn() -> OffsetDateTime,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            lives: Duration::minutes(5),
            grace: Duration::seconds(10),
            now: OffsetDateTime::now_utc,
        }
    }
}

/// Scheme, host and port, as a browser writes them: `https://tea.example`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(pub(crate) String);

/// Where a proxy says for whom it asks. The other header comes from whoever likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`, as most of them write it.
    #[default]
    XForwardedFor,
    /// `Forwarded`, as RFC 7239 has it.
    Forwarded,
}

impl Origin {
    /// Whether nobody reads along on the way to it.
    pub(crate) fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether it is on the machine of whoever looks at it, as a browser sees it.
    pub(crate) fn is_near(&self) -> bool {
        let (_, host) = self.0.split_once("://").unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        host == "localhost" || host == "127.0.0.1" || host.ends_with(".localhost")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
