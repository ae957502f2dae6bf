//! The keys that sign the session's cookie: all of them open one, and the newest that the other
//! servers have by now signs.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use time::{
    Duration, OffsetDateTime, PrimitiveDateTime,
    format_description::well_known::Rfc3339,
};
use tower_sessions::cookie::Key;
use zeroize::Zeroizing;

// ANCHOR: keys
/// So old is a key before it signs: meanwhile its file reaches the other servers.
pub const SETTLES: Duration = Duration::minutes(5);

/// Keys, of which there is at least one.
#[derive(Clone, PartialEq)]
pub struct Keys {
    /// The oldest first.
    dated: Vec<Dated>,
}

/// A key, and when it was made. It is wiped from memory when it goes.
#[derive(Clone, PartialEq)]
struct Dated {
    made: OffsetDateTime,
    bytes: Zeroizing<Vec<u8>>,
}
// ANCHOR_END: keys

impl Dated {
    fn key(&self) -> Key {
        Key::from(&self.bytes)
    }
}

impl Keys {
    // ANCHOR: parse
    /// Reads keys in base64, each after the time at which it was made (RFC 3339). The first
    /// one may have none, and is older than all others then.
    ///
    /// # Errors
    /// Says in a few words, without the keys, what is wrong with one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut dated, mut made) = (Vec::new(), None);
        // A buffer that grows would leave copies.
        let mut key = Zeroizing::new(String::with_capacity(text.len()));
        // Other programs break a long line.
        for word in text.split_whitespace() {
            match OffsetDateTime::parse(word, &Rfc3339) {
                Ok(next) => {
                    if made.is_some() || !key.is_empty() {
                        dated.push(decode(made, &key)?);
                    }
                    made = Some(next);
                    key.clear();
                }
                Err(_) => key.push_str(word),
            }
        }
        dated.push(decode(made, &key)?);
        dated.sort_by_key(|key| key.made);
        Ok(Self { dated })
    }
    // ANCHOR_END: parse

    // ANCHOR: all
    /// The keys, the newest first, each with whether it is older than the one that signs.
    pub fn all(&self) -> impl Iterator<Item = (Key, bool)> {
        let signs = self.signs();
        let keys = self.dated.iter().enumerate().rev();
        keys.map(move |(at, dated)| (dated.key(), at < signs))
    }
    // ANCHOR_END: all

    // ANCHOR: signs
    /// The key that signs.
    pub fn signing(&self) -> Key {
        self.dated[self.signs()].key()
    }

    /// The place of the newest key that has settled. While none has, of the oldest.
    fn signs(&self) -> usize {
        let now = OffsetDateTime::now_utc();
        let settled = self.dated.iter().rposition(|it| now - it.made >= SETTLES);
        settled.unwrap_or(0)
    }
    // ANCHOR_END: signs
}

// ANCHOR: decode
fn decode(made: Option<OffsetDateTime>, text: &str) -> Result<Dated, String> {
    let bytes = BASE64_STANDARD.decode(text).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| "the key is no base64".to_owned())?;
    // Of more, `cookie` would drop the rest, such as another key.
    if bytes.len() != 64 {
        let long = bytes.len();
        return Err(format!("the key is {long} bytes long, and 64 are needed"));
    }
    let made = made.unwrap_or(PrimitiveDateTime::MIN.assume_utc());
    Ok(Dated { made, bytes })
}
// ANCHOR_END: decode

/// How many there are, and nothing else.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.dated.len()).finish()
    }
}

// ANCHOR: ring
/// The keys of a server that runs, and that other keys may replace.
#[derive(Clone, Debug)]
pub struct Ring(Arc<RwLock<Arc<Keys>>>);

impl Ring {
    /// Begins with these keys.
    pub fn new(keys: Keys) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(keys))))
    }

    /// The keys at this moment.
    pub fn keys(&self) -> Arc<Keys> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on, these keys.
    pub fn replace(&self, keys: Keys) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}
// ANCHOR_END: ring

// ANCHOR: new_key
/// A new key, from the system's generator, with the time at which it was made.
pub fn new_key() -> Zeroizing<String> {
    let made = OffsetDateTime::now_utc().truncate_to_second();
    let made = made.format(&Rfc3339).unwrap_or_default();
    let key = Zeroizing::new(BASE64_STANDARD.encode(Key::generate().master()));
    Zeroizing::new(format!("{made} {}", *key))
}
// ANCHOR_END: new_key
