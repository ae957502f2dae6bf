//! Reading where this server stands, and what it takes on.

use std::{
    ffi::OsString,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use ipnet::IpNet;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::{
    edge::{
        capacity::Capacity,
        over_http::OverHttp,
        provider::{Agreed, Provider},
        site::{Origin, ProxyHeader, Site, Tokens},
    },
    settings::text::{list, shown, text},
};

/// As that of 10.0.0.0/8: nobody has a wider network alone. Two halves are everybody.
const WIDEST_V4: u8 = 8;

/// The same of IPv6, where nobody is given so much.
const WIDEST_V6: u8 = 16;

/// So long a token lives in most tutorials, and it cannot be taken back.
const MOST_MINUTES: i64 = 24 * 60;

impl Site {
    /// Reads `ORIGIN`, `PROXIES`, `PROXY_HEADER`, `FRONTENDS`, `PROVIDER`,
    /// `PROVIDER_CLIENT`, `TOKEN_MINUTES`, `METRICS` and what [`Capacity`] says, of which
    /// `var` gives the value. `PROXIES` and `FRONTENDS` are lists with commas, and may be
    /// empty.
    ///
    /// # Errors
    /// Says in one line which of them is wrong, and what it would be.
    pub fn parse(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        let text = |name: &str| text(&var, name);
        let origin = text("ORIGIN")?.map(|it| it.parse()).transpose();
        let header = text("PROXY_HEADER")?.map(|it| it.parse()).transpose();
        let origin = origin.map_err(|why| format!("ORIGIN {why}"))?;
        let [issuer, client] = [text("PROVIDER")?, text("PROVIDER_CLIENT")?];
        Ok(Self {
            provider: provider(issuer, client, origin.as_ref())?,
            origin,
            proxies: list("PROXIES", text("PROXIES")?, proxy)?,
            proxy_header: header
                .map_err(|why| format!("PROXY_HEADER {why}"))?
                .unwrap_or_default(),
            frontends: list("FRONTENDS", text("FRONTENDS")?, Origin::from_str)?,
            tokens: tokens(text("TOKEN_MINUTES")?)?,
            capacity: capacity(text)?,
            metrics: text("METRICS")?.map(|it| inside(&it)).transpose()?,
        })
    }
}

/// Below the least, no page of this server works; above the most, the limit is none.
fn capacity(
    text: impl Fn(&str) -> Result<Option<String>, String>,
) -> Result<Capacity, String> {
    let number = |name: &str, bounds: RangeInclusive<u32>, usual: usize| {
        let Some(text) = text(name)? else { return Ok(usual) };
        let number = text.parse().ok().filter(|it| bounds.contains(it));
        let (least, most) = (bounds.start(), bounds.end());
        number
            .map(|it| it as usize)
            .ok_or_else(|| format!("{name} is no number from {least} to {most}."))
    };
    let seconds = |name: &str, usual: Duration| {
        let usual = usize::try_from(usual.as_secs()).unwrap_or(usize::MAX);
        let seconds = number(name, 1..=300, usual)?;
        Ok::<_, String>(Duration::from_secs(seconds as u64))
    };
    let usual = Capacity::default();
    Ok(Capacity {
        head_bytes: number("HEAD_BYTES", 8_192..=1_048_576, usual.head_bytes)?,
        body_bytes: number("BODY_BYTES", 4_096..=1_048_576, usual.body_bytes)?,
        patience: seconds("PATIENCE_SECONDS", usual.patience)?,
        request: seconds("REQUEST_SECONDS", usual.request)?,
        connections: number("CONNECTIONS", 1..=100_000, usual.connections)?,
        requests: number("REQUESTS", 1..=100_000, usual.requests)?,
    })
}

/// An address at which strangers do not get: what is told there asks nobody who he is.
fn inside(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| {
        format!("METRICS is {}, and not such as 127.0.0.1:9090.", shown(text))
    })?;
    let is_inside = match address.ip().to_canonical() {
        IpAddr::V4(it) => it.is_loopback() || it.is_private(),
        IpAddr::V6(it) => it.is_loopback() || it.is_unique_local(),
    };
    if is_inside {
        Ok(address)
    } else {
        Err(format!("METRICS is {text:?}: there, everybody could read it."))
    }
}

/// Tokens that live for so many minutes.
fn tokens(minutes: Option<String>) -> Result<Tokens, String> {
    let Some(minutes) = minutes else { return Ok(Tokens::default()) };
    let minutes = minutes.parse().ok().filter(|it| (1..=MOST_MINUTES).contains(it));
    let minutes = minutes.ok_or(
        "TOKEN_MINUTES is not such as 5: a number of minutes from 1 to 1440.",
    )?;
    Ok(Tokens { lives: time::Duration::minutes(minutes), ..Tokens::default() })
}

/// The provider that calls itself `issuer`, and knows this server as `client`.
fn provider(
    issuer: Option<String>,
    client: Option<String>,
    origin: Option<&Origin>,
) -> Result<Option<Arc<dyn Provider>>, String> {
    let Some(issuer) = issuer else { return Ok(None) };
    let Origin(issuer) = issuer.parse().map_err(|why| format!("PROVIDER {why}"))?;
    let origin = origin.ok_or(
        "PROVIDER needs ORIGIN, such as http://localhost:8080: people are led back there.",
    )?;
    let client = Zeroizing::new(client.unwrap_or_default());
    let (client, secret) = client
        .split_once(':')
        .filter(|(client, secret)| !client.is_empty() && !secret.is_empty())
        .ok_or("PROVIDER_CLIENT is not such as tea:the-secret.")?;
    let redirect_uri = format!("{origin}/signed-in");
    let client = client.to_owned();
    let provider = OverHttp::new(Agreed { issuer, client, redirect_uri }, secret);
    Ok(Some(Arc::new(provider)))
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The port that goes without saying, a capital, a path: no browser sends it so.
        // But a star it would take for a letter.
        let is_written_so = |url: &Url| {
            url.origin().ascii_serialization() == text && !text.contains('*')
        };
        let url = Url::parse(text).ok().filter(is_written_so).ok_or(
            "is not such as https://tea.example: what is in a browser's address bar, \
             in lower case, without a path.",
        )?;
        let is_near = match url.host() {
            Some(Host::Domain(name)) => {
                name == "localhost" || name.ends_with(".localhost")
            }
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(Self(text.to_owned())),
            "http" if is_near => Ok(Self(text.to_owned())),
            _ => Err("is not https: over anything else, no browser keeps the \
                      session's cookie, but on localhost."
                .to_owned()),
        }
    }
}

/// An address, or a network of them.
fn proxy(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse().map(IpAddr::into));
    let network: IpNet = network.map_err(|_| {
        format!("is {}, and not such as 127.0.0.1 or 10.0.0.0/8.", shown(text))
    })?;
    let (is_wide, is_mapped) = match network {
        IpNet::V4(it) => (it.prefix_len() < WIDEST_V4, false),
        IpNet::V6(it) => {
            let is_mapped = it.addr().to_ipv4_mapped().is_some();
            (it.prefix_len() < WIDEST_V6, is_mapped)
        }
    };
    if is_wide {
        return Err(format!(
            "is {text:?}: then strangers may say who they are. Name a network no wider \
             than a /{WIDEST_V4}, or a /{WIDEST_V6} of IPv6."
        ));
    }
    if is_mapped {
        return Err(format!("is {text:?}. Write it as an IPv4 address."));
    }
    Ok(network)
}

impl FromStr for ProxyHeader {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "x-forwarded-for" => Ok(Self::XForwardedFor),
            "forwarded" => Ok(Self::Forwarded),
            _ => Err("is neither x-forwarded-for nor forwarded.".to_owned()),
        }
    }
}
