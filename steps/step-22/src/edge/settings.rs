//! Reading where this server stands from the environment.

use std::{ffi::OsString, net::IpAddr, str::FromStr, sync::Arc};

use ipnet::IpNet;
use time::Duration;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::edge::{
    over_http::OverHttp,
    provider::{Agreed, Provider},
    site::{Origin, ProxyHeader, Site, Tokens},
};

/// So long a token lives in most tutorials, and it cannot be taken back.
const MOST_MINUTES: i64 = 24 * 60;

impl Site {
    /// Reads `ORIGIN`, `PROXIES`, `PROXY_HEADER`, `FRONTENDS`, `PROVIDER`,
    /// `PROVIDER_CLIENT` and `TOKEN_MINUTES`, of which `var` gives the value. `PROXIES` and
    /// `FRONTENDS` are lists with commas, and may be empty.
    ///
    /// # Errors
    /// Says in one line which of them is wrong, and what it would be.
    pub fn parse(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        let text = |name: &str| match var(name).map(OsString::into_string) {
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(format!("{name} is no text.")),
            None => Ok(None),
        };
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
        })
    }
}

/// Tokens that live for so many minutes.
fn tokens(minutes: Option<String>) -> Result<Tokens, String> {
    let Some(minutes) = minutes else { return Ok(Tokens::default()) };
    let minutes = minutes.parse().ok().filter(|it| (1..=MOST_MINUTES).contains(it));
    let minutes = minutes.ok_or(
        "TOKEN_MINUTES is not such as 5: a number of minutes from 1 to 1440.",
    )?;
    Ok(Tokens { lives: Duration::minutes(minutes), ..Tokens::default() })
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

/// What stands between the commas of a list.
fn list<T>(
    name: &str,
    text: Option<String>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let text = text.unwrap_or_default();
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| read(word).map_err(|why| format!("one of {name} {why}")))
        .collect()
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
        format!("is {text:?}, and not such as 127.0.0.1 or 10.0.0.0/8.")
    })?;
    let (is_everybody, is_mapped) = match network {
        IpNet::V4(it) => (it.prefix_len() == 0, false),
        IpNet::V6(it) => {
            (it.prefix_len() == 0, it.addr().to_ipv4_mapped().is_some())
        }
    };
    if is_everybody {
        return Err(format!("is {text:?}: then everybody may say who he is."));
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
