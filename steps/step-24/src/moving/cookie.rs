//! The cookie of express-session: `s:`, the identifier, a dot, and its signature.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use subtle::ConstantTimeEq;
use tower_sessions::cookie::Cookie;
use zeroize::Zeroizing;

use crate::session::secret::mac;

/// No cookie of Express is longer, in bytes. What is longer costs nobody a hash.
const MOST: usize = 512;

/// The pair whose name is `name`, byte for byte, if there is one and no more. Express takes
/// the first of several: which that is, whoever has planted the other one decides.
pub(super) fn sent(headers: &HeaderMap, name: &str) -> Option<HeaderValue> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let pairs = pairs.map(|pair| pair.strip_prefix(b" ").unwrap_or(pair));
    let is_it = |pair: &&[u8]| {
        pair.strip_prefix(name.as_bytes()).is_some_and(|it| it.starts_with(b"="))
    };
    let mut found = pairs.filter(is_it);
    let first = found.next()?;
    if found.next().is_some() {
        tracing::warn!("two cookies have Express's name, and neither counts");
        return None;
    }
    HeaderValue::from_bytes(first).ok()
}

// ANCHOR: sid
/// The identifier in such a pair, if one of the secrets has signed it.
pub(super) fn sid(
    pair: &HeaderValue,
    secrets: &[Zeroizing<String>],
) -> Option<String> {
    let pair = str::from_utf8(pair.as_bytes()).ok()?;
    let pair = Some(pair).filter(|pair| pair.len() <= MOST)?;
    let cookie = Cookie::parse_encoded(pair).ok()?;
    let (sid, sent) = cookie.value().strip_prefix("s:")?.rsplit_once('.')?;
    let has_signed = |secret: &Zeroizing<String>| {
        let signature = mac(secret.as_bytes(), sid.as_bytes());
        let signature = BASE64_STANDARD_NO_PAD.encode(signature);
        bool::from(signature.as_bytes().ct_eq(sent.as_bytes()))
    };
    secrets.iter().any(has_signed).then(|| sid.to_owned())
}
// ANCHOR_END: sid
