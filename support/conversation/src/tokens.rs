//! The tokens that a program keeps, instead of a browser's cookies.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::labels::{Labels, lives_for};

/// What an answer calls the tokens that it gives (RFC 6749, section 5.1), and how they are labelled.
const KINDS: [(&str, &str); 2] = [("access_token", "access"), ("refresh_token", "refresh")];

/// The claims that are dates, in seconds since 1970 (RFC 7519, section 4.1).
const DATES: [&str; 3] = ["iat", "exp", "nbf"];

const BEARER: &str = "Bearer ";

/// A token that somebody holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What the answer called it: `access_token` or `refresh_token`.
    pub name: &'static str,
    /// The token as it came.
    pub text: String,
    /// What a JWT says, whoever signed it: its head and its claims, with dates as RFC 3339 has them.
    pub says: Option<String>,
    /// How long a JWT has still to live, if it says so; zero or less once it has ended.
    pub lives: Option<Duration>,
}

/// The tokens in an answer that came now, if it is JSON that gives any.
pub fn tokens_in(answer: &str, now: OffsetDateTime) -> Vec<Token> {
    let Ok(answer) = serde_json::from_str::<Value>(answer) else { return Vec::new() };
    let text = |name| Some((name, answer.get(name)?.as_str()?));
    let texts = KINDS.into_iter().filter_map(|(name, _)| text(name));
    texts.map(|(name, text)| Token::new(name, text, now)).collect()
}

impl Token {
    fn new(name: &'static str, text: &str, now: OffsetDateTime) -> Self {
        let (says, lives) = match read(text) {
            Some((head, claims)) => {
                let date = |name| claims.get(name).and_then(Value::as_i64);
                let made = date("iat").unwrap_or(now.unix_timestamp());
                let lives = date("exp").map(|end| Duration::seconds(end.saturating_sub(made)));
                (Some(format!("{head} {}", tell(claims, made, now))), lives)
            }
            None => (None, None),
        };
        Self { name, text: text.to_owned(), says, lives }
    }

    /// Lets time pass for it.
    pub(crate) fn age(&mut self, by: Duration) {
        self.lives = self.lives.map(|lives| lives - by);
    }

    /// As its holder keeps it.
    pub(crate) fn tell(&self) -> String {
        let lives = self.lives.map(|lives| format!(", {}", lives_for(lives)));
        format!("{}={}{}", self.name, self.text, lives.unwrap_or_default())
    }
}

/// The head of a JWT as it stands, and its claims.
fn read(token: &str) -> Option<(String, Map<String, Value>)> {
    let mut parts = token.split('.').map(|part| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
        String::from_utf8(bytes).ok()
    });
    let (head, claims) = (parts.next()??, parts.next()??);
    match serde_json::from_str(&claims).ok()? {
        Value::Object(claims) => Some((head, claims)),
        _ => None,
    }
}

/// Claims as JSON. What the test itself took must not show: the token is told as if it had been made
/// now.
fn tell(mut claims: Map<String, Value>, made: i64, now: OffsetDateTime) -> String {
    for name in DATES {
        let date = claims.get(name).and_then(Value::as_i64);
        let date = date.and_then(|date| {
            now.checked_add(Duration::seconds(date.checked_sub(made)?))?.format(&Rfc3339).ok()
        });
        date.into_iter().for_each(|date| drop(claims.insert(name.to_owned(), date.into())));
    }
    serde_json::to_string(&claims).expect("JSON values are JSON")
}

/// Keeps what an answer gave, each in the place of the one of before.
pub(crate) fn keep(held: &mut Vec<Token>, given: &[Token]) {
    for token in given {
        held.retain(|old| old.name != token.name);
        held.push(token.clone());
    }
}

/// Learns the tokens, as `<access-1>` and `<refresh-1>`.
pub(crate) fn learn(labels: &mut Labels, given: &[Token]) {
    for token in given {
        let kind = KINDS.iter().find(|(name, _)| *name == token.name);
        kind.into_iter().for_each(|(_, label)| labels.learn_token(label, &token.text));
    }
}

/// The token that a header brings (RFC 6750, section 2.1).
pub(crate) fn brought<'a>(name: &str, value: &'a str) -> Option<&'a str> {
    let is_it = name.eq_ignore_ascii_case("authorization");
    value.strip_prefix(BEARER).filter(|_| is_it)
}

/// The value of the header that brings it.
pub(crate) fn bearer(token: &str) -> String {
    format!("{BEARER}{token}")
}
