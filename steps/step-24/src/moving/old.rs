//! What a session of Express holds.

use std::collections::BTreeMap;

use axum::http::HeaderValue;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::shop::basket::{Basket, Tea};

// ANCHOR: old
/// A session of Express: of what the program has put there, the part that counts here. What
/// else stands there is left alone, and each field is read by itself.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Old {
    #[serde(deserialize_with = "alone")]
    cookie: Attributes,
    /// Whose it is, if anybody's.
    #[serde(deserialize_with = "whose")]
    member: Option<String>,
    #[serde(deserialize_with = "teas_of_ours")]
    basket: Basket,
}

/// How Express has set the cookie. It keeps that in the record.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Attributes {
    #[serde(deserialize_with = "alone")]
    path: Option<String>,
    #[serde(deserialize_with = "alone")]
    domain: Option<String>,
    #[serde(deserialize_with = "end")]
    expires: Option<OffsetDateTime>,
}

impl Old {
    /// What comes along when `member` signs in: an anonymous visitor's basket, or the
    /// member's own.
    pub(super) fn basket_for(self, member: &str) -> Option<Basket> {
        let is_theirs = self.member.is_none_or(|it| it == member);
        let ends = self.cookie.expires;
        let is_over = ends.is_some_and(|it| it <= OffsetDateTime::now_utc());
        let has_teas = !self.basket.0.is_empty();
        (is_theirs && !is_over && has_teas).then_some(self.basket)
    }
    // ANCHOR_END: old

    /// Removes the cookie: a browser wants the same path and domain for that.
    pub(super) fn removal(&self, name: &str) -> Option<HeaderValue> {
        let Attributes { path, domain, .. } = &self.cookie;
        let path = path.as_deref().filter(|it| is_value(it)).unwrap_or("/");
        let mut cookie = format!("{name}=; Max-Age=0; Path={path}");
        if let Some(domain) = domain.as_deref().filter(|it| is_value(it)) {
            cookie += &format!("; Domain={domain}");
        }
        cookie += "; HttpOnly; SameSite=Lax; Secure";
        HeaderValue::try_from(cookie).ok()
    }
}

/// Whether this is one attribute's value, and no two.
fn is_value(text: &str) -> bool {
    text.len() <= 256 && text.bytes().all(|it| it.is_ascii_graphic() && it != b';')
}

// ANCHOR: alone
/// A field of another kind than ours is as if it were not there, and costs no other one.
fn alone<'de, D, T>(field: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let field = Value::deserialize(field)?;
    Ok(serde_json::from_value(field).unwrap_or_default())
}

/// But a basket that is somebody's is not nobody's, whatever tells whose: a member's number
/// is read as a name, and what else there is as one that nobody has.
fn whose<'de, D: Deserializer<'de>>(member: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(member)? {
        Value::Null | Value::Bool(false) => None,
        Value::String(name) => Some(name),
        Value::Number(number) => Some(number.to_string()),
        _ => Some(String::new()),
    })
}

/// And a session that is to end has ended, if nobody can read when.
fn end<'de, D>(expires: D) -> Result<Option<OffsetDateTime>, D::Error>
where
    D: Deserializer<'de>,
{
    let over = OffsetDateTime::UNIX_EPOCH;
    Ok(match Value::deserialize(expires)? {
        // The cookie goes with the browser.
        Value::Null | Value::Bool(false) => None,
        Value::String(end) => {
            Some(OffsetDateTime::parse(&end, &Rfc3339).unwrap_or(over))
        }
        _ => Some(over),
    })
}
// ANCHOR_END: alone

/// Of what stands in the basket, the packets of teas that are sold here.
fn teas_of_ours<'de, D: Deserializer<'de>>(basket: D) -> Result<Basket, D::Error> {
    let packets: BTreeMap<String, Value> = alone(basket)?;
    let ours = packets.into_iter().filter_map(|(tea, packets)| {
        let tea: Tea = serde_json::from_value(Value::String(tea)).ok()?;
        let packets = packets.as_u64().filter(|it| *it > 0)?;
        Some((tea, u32::try_from(packets).unwrap_or(u32::MAX)))
    });
    Ok(Basket(ours.collect()))
}
