//! What the browser sent and what the server holds, cut short.

use crate::{session::cookie::Sent, shop::basket::Basket};

/// A signed cookie's value begins with the signature, an HMAC-SHA256 in base64.
const SIGNATURE: usize = 44;

/// The session's cookie as it came, cut short: a page that shows a whole session identifier
/// gives it to every script on the page.
pub(crate) fn sent(Sent(cookie): &Sent) -> Vec<String> {
    let text = cookie.iter().map(|it| String::from_utf8_lossy(it.as_bytes()));
    text.map(|pair| shorten_value(&pair)).collect()
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
