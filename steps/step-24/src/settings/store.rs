//! Where sessions are kept, as `STORE` says.

use std::{
    fmt::{self, Debug, Display, Formatter},
    net::{IpAddr, Ipv4Addr},
    str::FromStr,
};

use redis::IntoConnectionInfo;
use tokio_postgres::config::{Config, Host};
use url::Url;
use zeroize::Zeroizing;

const HOW: &str = "STORE is not such as sqlite:shop.db, \
                   postgres://tea:tea@localhost/tea, redis://localhost, \
                   redis+sentinel://localhost:26379/tea, \
                   redis+cluster://localhost:7001 or memcached://localhost:11211.";

const STRAY: &str = "STORE has an @ that stands before no host: in a password, write it as \
                     %40.";

/// What is in somebody's manual, this book's and those of PostgreSQL and Redis among them.
const SAMPLES: [&str; 6] =
    ["tea", "postgres", "secret", "password", "mysecretpassword", "foobared"];

/// Where sessions are.
#[derive(Clone)]
pub enum Where {
    /// In the SQLite file of this path.
    Sqlite(String),
    /// In this PostgreSQL database.
    Postgres(Remote),
    /// In this Redis, or these.
    Redis(Remote),
    /// In the Memcached at this address.
    Memcached(Remote),
}

/// A store that is a program of its own, maybe on another machine.
#[derive(Clone)]
pub struct Remote {
    /// What its client is given. There may be a password in it.
    pub url: Zeroizing<String>,
    hosts: Vec<String>,
    password: Password,
}

/// What keeps others out of a store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Password {
    None,
    Sample,
    Own,
    /// There is no such thing in this store.
    Never,
}

/// How far away a store is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Far {
    /// On this machine.
    Here,
    /// In a network of one's own, or under a name, which says nothing of that.
    Near,
    /// Where everybody gets.
    Away,
}

impl Where {
    /// Whether several servers can share it.
    pub(super) fn is_shared(&self) -> bool {
        !matches!(self, Self::Sqlite(_))
    }

    /// Whether accounts are in a file beside it.
    pub(super) fn is_for_sessions_only(&self) -> bool {
        matches!(self, Self::Redis(_) | Self::Memcached(_))
    }

    pub(super) fn remote(&self) -> Option<&Remote> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(remote)
            | Self::Redis(remote)
            | Self::Memcached(remote) => Some(remote),
        }
    }
}

impl FromStr for Where {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if has_stray(text) {
            return Err(STRAY.to_owned());
        }
        let store = match text.split_once(':') {
            Some(("sqlite", path)) => return file(path).map(Self::Sqlite),
            Some(("postgres" | "postgresql", _)) => {
                postgres(text).map(Self::Postgres)
            }
            Some(("redis" | "redis+sentinel" | "redis+cluster", _)) => {
                redis(text).map(Self::Redis)
            }
            Some(("memcached", address)) => memcached(address).map(Self::Memcached),
            _ => None,
        };
        store.ok_or(HOW.to_owned())
    }
}

/// Whether there is an @ that is not the end of the login. One reader takes what is before
/// it for a password, and another one for the address.
fn has_stray(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !text.starts_with("sqlite:")
        && rest.matches('@').count() > authority.matches('@').count().min(1)
}

fn file(path: &str) -> Result<String, String> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.trim_matches('/').is_empty() {
        return Err(HOW.to_owned());
    }
    // Here it would be the name of a file, and elsewhere it means something.
    if path.starts_with(':') || path.starts_with("file:") || path.contains('?') {
        return Err(
            "STORE is no path of a file: there is no store in memory, which would sign \
             everybody out at each start, and a path has no options. Write it such as \
             sqlite:shop.db."
                .to_owned(),
        );
    }
    Ok(path.to_owned())
}

fn postgres(url: &str) -> Option<Remote> {
    let config: Config = url.parse().ok()?;
    let names = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    });
    let addresses = config.get_hostaddrs().iter().map(ToString::to_string);
    let hosts: Vec<String> = names.chain(addresses).collect();
    let password = config.get_password().unwrap_or_default();
    let password = password_of(&String::from_utf8_lossy(password));
    let url = Zeroizing::new(url.to_owned());
    (!hosts.is_empty()).then_some(Remote { url, hosts, password })
}

fn redis(url: &str) -> Option<Remote> {
    let (_, rest) = url.split_once("://")?;
    let (login, rest) = rest.rsplit_once('@').unwrap_or(("", rest));
    let hosts = rest.split(['/', '?']).next()?.split(',');
    let hosts: Option<Vec<String>> = hosts.map(host_of).collect();
    // As its client reads it: `%74ea` is `tea`.
    let login = Zeroizing::new(format!("redis://{login}@localhost"));
    let login = login.as_str().into_connection_info().ok()?;
    let password =
        password_of(login.redis_settings().password().unwrap_or_default());
    let url = Zeroizing::new(url.to_owned());
    Some(Remote { url, hosts: hosts?, password })
}

fn memcached(address: &str) -> Option<Remote> {
    let address = address.strip_prefix("//").unwrap_or(address);
    let (_, port) = address.rsplit_once(':')?;
    port.parse::<u16>().ok().filter(|_| !address.contains('@'))?;
    let hosts = vec![host_of(address)?];
    let url = Zeroizing::new(address.to_owned());
    Some(Remote { url, hosts, password: Password::Never })
}

/// The host of `host:port`, or of an address in brackets.
fn host_of(text: &str) -> Option<String> {
    let url = Url::parse(&format!("redis://{text}")).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    Some(host.trim_matches(['[', ']']).to_owned())
}

fn password_of(text: &str) -> Password {
    match text {
        "" => Password::None,
        _ if SAMPLES.contains(&text) => Password::Sample,
        _ => Password::Own,
    }
}

impl Remote {
    pub(super) fn password(&self) -> Password {
        self.password
    }

    /// How far away the farthest of its hosts is, and which that is.
    pub(super) fn farthest(&self) -> Option<(Far, &str)> {
        let hosts = self.hosts.iter().map(|host| (far(host), host.as_str()));
        hosts.max_by_key(|(far, _)| *far)
    }
}

fn far(host: &str) -> Far {
    // A name, or a socket of this machine.
    let is_here = host == "localhost" || host.starts_with(['/', '@']);
    let host = host.strip_suffix('.').unwrap_or(host);
    match host.parse().map(|address: IpAddr| address.to_canonical()) {
        Ok(it) if it.is_loopback() => Far::Here,
        Ok(IpAddr::V4(it))
            if it.is_private() || it.is_link_local() || is_carriers(it) =>
        {
            Far::Near
        }
        Ok(IpAddr::V6(it))
            if it.is_unique_local() || it.is_unicast_link_local() =>
        {
            Far::Near
        }
        Ok(_) => Far::Away,
        Err(_) if is_here => Far::Here,
        Err(_) if is_number(host) => Far::Away,
        Err(_) => Far::Near,
    }
}

/// Addresses that no machine has for all others: RFC 6598.
fn is_carriers(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && second & 0b1100_0000 == 64
}

/// What resolvers take for an address, written otherwise: a last part that begins with a
/// digit is in no name.
fn is_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    last.starts_with(|it: char| it.is_ascii_digit())
}

/// Without the login.
impl Display for Where {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (scheme, remote) = match self {
            Self::Sqlite(path) => return write!(f, "sqlite:{path}"),
            Self::Memcached(remote) => ("memcached", remote),
            Self::Postgres(remote) | Self::Redis(remote) => {
                (remote.url.split(':').next().unwrap_or_default(), remote)
            }
        };
        write!(f, "{scheme}://{}", remote.hosts.join(","))
    }
}

impl Debug for Where {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}
