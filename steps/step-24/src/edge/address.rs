//! Where a request comes from: the one place that finds it out.

use std::{
    convert::Infallible,
    fmt, mem,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, request::Parts},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

use crate::edge::site::{ProxyHeader, Site};

/// Where a request comes from. Nobody knows where there is no network, as in a test.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Address(Option<IpAddr>);

/// Finds out where a request comes from. What follows reads it nowhere else.
pub(crate) async fn find(
    State(site): State<Arc<Site>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = peer.map(|ConnectInfo(peer)| {
        let mut said = said(request.headers(), site.proxy_header);
        said.reverse();
        nearest(peer.ip(), said, &site.proxies)
    });
    request.extensions_mut().insert(Address(address));
    next.run(request).await
}

/// Who counts as one: an address, or the first half of an IPv6 address. Of the second half
/// its owner has as many as there are, and many a household has 256 first ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network(Option<IpAddr>);

impl Address {
    pub(crate) fn network(self) -> Network {
        Network(self.0.map(|address| match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(it) => Ipv6Addr::from_bits(it.to_bits() >> 64 << 64).into(),
        }))
    }
}

/// Whoever has connected; or, if that is a proxy of ours, for whom it says it asks, and so
/// on, until that is no proxy of ours. Further back, the client itself may have written.
/// For whom a proxy does not say, or says in a way that is not understood, it asks itself.
fn nearest(
    peer: IpAddr,
    said: impl IntoIterator<Item = Option<IpAddr>>,
    proxies: &[IpNet],
) -> IpAddr {
    let (mut nearest, mut said) = (peer.to_canonical(), said.into_iter());
    while proxies.iter().any(|proxy| proxy.contains(&nearest)) {
        let Some(Some(before)) = said.next() else { break };
        nearest = before.to_canonical();
    }
    nearest
}

/// For whom each proxy says that it asks, the last one last.
fn said(headers: &HeaderMap, header: ProxyHeader) -> Vec<Option<IpAddr>> {
    let (name, read) = match header {
        ProxyHeader::XForwardedFor => {
            ("x-forwarded-for", x_forwarded_for as fn(&str) -> Vec<_>)
        }
        ProxyHeader::Forwarded => ("forwarded", forwarded as _),
    };
    let lines = headers.get_all(name).iter().map(HeaderValue::to_str);
    lines.flat_map(|line| line.map_or_else(|_| vec![None], read)).collect()
}

fn x_forwarded_for(line: &str) -> Vec<Option<IpAddr>> {
    let nodes = line.split(',').map(|it| it.trim_matches([' ', '\t']));
    nodes.map(|it| it.parse().ok().or_else(|| node(it))).collect()
}

fn forwarded(line: &str) -> Vec<Option<IpAddr>> {
    unquoted(line, ',').map(element).collect()
}

/// What `for` says in an element of `Forwarded`. A client that begins what a proxy ends can
/// open a quote or say `for` twice: then all of it says nothing.
fn element(element: &str) -> Option<IpAddr> {
    let mut address = None;
    for pair in unquoted(element, ';') {
        let (name, said) = pair.trim_matches([' ', '\t']).split_once('=')?;
        let said = value(said).filter(|_| is_token(name))?;
        if name.eq_ignore_ascii_case("for") && address.replace(said).is_some() {
            return None;
        }
    }
    node(&address?)
}

/// What stands between separators that are in no quotes.
fn unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |it| {
        match (it, mem::take(&mut is_escaped)) {
            ('\\', false) => is_escaped = is_quoted,
            ('"', false) => is_quoted = !is_quoted,
            _ => {}
        }
        it == separator && !is_quoted
    })
}

/// What a token or a quoted string means (RFC 9110, section 5.6).
fn value(text: &str) -> Option<String> {
    if is_token(text) {
        return Some(text.to_owned());
    }
    let mut quoted = text.strip_prefix('"')?.strip_suffix('"')?.chars();
    let mut value = String::new();
    while let Some(it) = quoted.next() {
        value.push(match it {
            '\\' => quoted.next()?,
            '"' => return None,
            it => it,
        });
    }
    Some(value)
}

fn is_token(text: &str) -> bool {
    let is_part =
        |it: char| it.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(it);
    !text.is_empty() && text.chars().all(is_part)
}

/// An address, with a port or without. What hides it, `unknown` or `_x`, is none.
fn node(text: &str) -> Option<IpAddr> {
    let bare =
        || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|it| it.ip());
    let address = text.parse::<Ipv4Addr>().ok().map(IpAddr::from);
    address.or_else(|| bare().map(IpAddr::from)).or_else(with_port)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("an unknown place"),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}
