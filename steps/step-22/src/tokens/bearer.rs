//! The header in which a program brings a token.

use axum::http::{HeaderMap, header};

use crate::error::Error;

// ANCHOR: token
/// No token of ours is longer, in bytes. What is longer costs nobody a hash.
const MOST: usize = 2048;

/// The token that a request brings (RFC 6750, section 2.1), if it brings one and no more.
pub(crate) fn token(headers: &HeaderMap) -> Result<&str, Error> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let line = lines.next().ok_or(Error::NoToken)?;
    let words = line.to_str().ok().and_then(|line| line.split_once(' '));
    let (_, token) = words
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .filter(|(_, token)| token.len() <= MOST && lines.next().is_none())
        .ok_or(Error::BadToken("This is not one bearer token."))?;
    Ok(token)
}
// ANCHOR_END: token
