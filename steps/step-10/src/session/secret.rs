//! The key that signs the session's cookie: it comes from outside, never from the source.

use std::{env, fs};

use base64::{Engine, prelude::BASE64_STANDARD};
use tower_sessions::cookie::Key;

const HOW: &str = "Make one with `cargo run -p step-10 -- new-key > session.key` \
                   and start with SESSION_KEY_FILE=session.key.";

/// The key from the variable `SESSION_KEY`, or from the file that `SESSION_KEY_FILE`
/// names.
///
/// # Errors
/// Says in one line, without the key, why there is none.
pub fn key() -> Result<Key, String> {
    let text = match (env::var("SESSION_KEY"), env::var("SESSION_KEY_FILE")) {
        (Ok(text), _) => text,
        (_, Ok(file)) => fs::read_to_string(&file)
            .map_err(|why| format!("{file}: {why}. {HOW}"))?,
        _ => return Err(format!("there is no key for the cookie. {HOW}")),
    };
    parse(&text).map_err(|why| format!("the key is {why}. {HOW}"))
}

fn parse(text: &str) -> Result<Key, String> {
    // Other programs break a long line.
    let text: String = text.split_whitespace().collect();
    let bytes = BASE64_STANDARD.decode(text);
    let bytes = bytes.map_err(|_| "no base64".to_owned())?;
    let short = |_| format!("{} bytes long, and 64 are needed", bytes.len());
    Key::try_from(bytes.as_slice()).map_err(short)
}

/// A new key, from the system's generator.
pub fn new_key() -> String {
    BASE64_STANDARD.encode(Key::generate().master())
}
