//! What the browser sent and what the server holds, cut short.

use axum::http::{HeaderMap, header};

use crate::shop::basket::Basket;

/// A signed cookie's value begins with the signature, an HMAC-SHA256 in base64.
const SIGNATURE: usize = 44;

/// The cookies of a request, values cut short: a page that shows a whole session identifier
/// gives it to every script on the page.
pub(crate) fn sent(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(header::COOKIE).iter();
    let text = lines.map(|line| String::from_utf8_lossy(line.as_bytes()));
    text.flat_map(|line| line.split(';').map(shorten_value).collect::<Vec<_>>())
        .collect()
}

/// The session's record.
pub(crate) fn record(name: Option<&str>, basket: &Basket) -> Vec<String> {
    let line = |name| format!("session {}: {basket}", shorten(name));
    name.map(line).into_iter().collect()
}

fn shorten_value(pair: &str) -> String {
    match pair.trim().split_once('=') {
        Some((name, value)) => match value.split_at_checked(SIGNATURE) {
            Some((signature, id)) => {
                format!("{name}={} and {}", shorten(signature), shorten(id))
            }
            None => format!("{name}={}", shorten(value)),
        },
        None => shorten(pair.trim()),
    }
}

fn shorten(value: &str) -> String {
    let start: String = value.chars().take(6).collect();
    if start == value { start } else { start + "…" }
}
