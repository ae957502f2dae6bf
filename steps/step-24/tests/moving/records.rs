//! Sessions and cookies that a test writes itself, as Express would.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::both::Both;

/// When a session ends that is to last.
pub(crate) const LATER: &str = "2099-01-01T00:00:00.000Z";

/// Keeps a record where Express looks for it.
pub(crate) fn plant(both: &Both, sid: &str, record: &str) {
    let key = format!("sess:{sid}");
    assert_eq!(both.redis.cli(&["SET", &key, record]).trim(), "OK");
}

/// A session as connect-redis keeps it, with whose it is, if anybody's: `"member":"Ada",`.
pub(crate) fn record(member: &str, basket: &str) -> String {
    format!(
        r#"{{"cookie":{{"originalMaxAge":1800000,"expires":"{LATER}","secure":true,
        "httpOnly":true,"path":"/","sameSite":"lax"}},{member}"basket":{basket}}}"#
    )
}

/// The value of a cookie, as cookie-signature and `encodeURIComponent` make it.
pub(crate) fn signed(sid: &str, secret: &str) -> String {
    encoded(&format!("s:{sid}.{}", signature(sid, secret)))
}

pub(crate) fn signature(sid: &str, secret: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    let mac = mac.chain_update(sid).finalize().into_bytes();
    BASE64_STANDARD_NO_PAD.encode(mac)
}

pub(crate) fn encoded(text: &str) -> String {
    let of = |byte: u8| match byte {
        it if it.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&it) => {
            char::from(it).to_string()
        }
        it => format!("%{it:02X}"),
    };
    text.bytes().map(of).collect()
}
