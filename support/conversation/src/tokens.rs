//! The tokens that a program keeps, instead of a browser's cookies.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{labels::Labels, transcript::lives_for};

/// What an answer calls the tokens that it gives (RFC 6749, section 5.1), and how they are labelled.
const KINDS: [(&str, &str); 2] = [("access_token", "access"), ("refresh_token", "refresh")];

/// The claims that are dates (RFC 7519, section 4.1), the one first to which the others are told.
const DATES: [&str; 3] = ["iat", "exp", "nbf"];

const BEARER: &str = "Bearer ";

/// A token that somebody holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What the answer called it: `access_token` or `refresh_token`.
    pub name: &'static str,
    /// The token as it came.
    pub text: String,
    age: Duration,
}

/// Keeps what an answer gave, each in the place of the one of before.
pub(crate) fn keep(held: &mut Vec<Token>, given: &[Token]) {
    for token in given {
        held.retain(|old| old.name != token.name);
        held.push(token.clone());
    }
}

/// The tokens in the body of an answer, if it is JSON that gives any.
pub(crate) fn given(body: &str) -> Vec<Token> {
    let Ok(Value::Object(answer)) = serde_json::from_str(body) else { return Vec::new() };
    let token = |(name, _): (&'static str, _)| {
        let text = answer.get(name)?.as_str()?.to_owned();
        Some(Token { name, text, age: Duration::ZERO })
    };
    KINDS.into_iter().filter_map(token).collect()
}

/// Learns the tokens, as `<access-1>` and `<refresh-1>`.
pub(crate) fn learn(labels: &mut Labels, given: &[Token]) {
    for token in given {
        let kind = KINDS.iter().find(|(name, _)| *name == token.name);
        kind.into_iter().for_each(|(_, label)| labels.learn_token(label, &token.text));
    }
}

/// The token that a header brings (RFC 6750, section 2.1).
pub(crate) fn brought(name: &str, value: &str) -> Option<String> {
    let is_it = name.eq_ignore_ascii_case("authorization");
    value.strip_prefix(BEARER).filter(|_| is_it).map(str::to_owned)
}

/// The value of the header that brings it.
pub(crate) fn bearer(token: &str) -> String {
    format!("{BEARER}{token}")
}

impl Token {
    /// Lets time pass for it.
    pub(crate) fn age(&mut self, by: Duration) {
        self.age += by;
    }

    /// What a JWT says, whoever signed it: its head and its claims, with dates as RFC 3339 has them.
    /// None if it is no JWT.
    pub fn says(&self, now: OffsetDateTime) -> Option<String> {
        let [head, claims] = parts(&self.text)?;
        let mut claims = claims;
        // What the test itself took must not show: the token is told as it was when it was made.
        let made = claims.get("iat").and_then(Value::as_i64);
        for name in DATES {
            if let Some(date) = claims.get(name).and_then(Value::as_i64) {
                let away = Duration::seconds(date - made.unwrap_or(now.unix_timestamp()));
                let date = (now - self.age).checked_add(away)?.format(&Rfc3339).ok()?;
                claims.insert(name.to_owned(), date.into());
            }
        }
        let json =
            |part: &Map<_, _>| serde_json::to_string(part).expect("JSON values are JSON");
        Some(format!("{} {}", json(&head), json(&claims)))
    }

    /// `for 5 minutes`, if it is a JWT that says how long.
    pub fn lives(&self) -> Option<String> {
        let [_, claims] = parts(&self.text)?;
        let date = |name| claims.get(name).and_then(Value::as_i64);
        let lives = Duration::seconds(date("exp")?.checked_sub(date("iat")?)?);
        Some(lives_for(lives - self.age))
    }

    pub(crate) fn tell(&self) -> String {
        let lives = self.lives().map(|lives| format!(", {lives}")).unwrap_or_default();
        format!("{}={}{lives}", self.name, self.text)
    }

    /// What a JWT would say, had it been made as long ago as time has passed for it; still to be
    /// signed. None if no time has passed, or it has no date to tell from.
    pub(crate) fn older(&self) -> Option<String> {
        let [_, mut claims] = parts(&self.text).filter(|_| !self.age.is_zero())?;
        let made = claims.get("iat")?.as_i64()?;
        let earlier = (OffsetDateTime::now_utc() - self.age).unix_timestamp() - made;
        for name in DATES {
            if let Some(date) = claims.get(name).and_then(Value::as_i64) {
                claims.insert(name.to_owned(), (date + earlier).into());
            }
        }
        let claims = serde_json::to_vec(&claims).expect("JSON values are JSON");
        let (head, _) = self.text.split_once('.')?;
        Some(format!("{head}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims)))
    }
}

/// The head and the claims of a JWT.
fn parts(token: &str) -> Option<[Map<String, Value>; 2]> {
    let mut parts = token.split('.').map(|part| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice(&bytes).ok()
    });
    Some([parts.next()??, parts.next()??])
}
