//! The key that signs the session's cookie: it comes from outside, never from the source.

use std::{
    env,
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use tower_sessions::cookie::Key;

const HOW: &str = "Make one with `cargo run -p step-19 -- new-key session.key` \
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

/// Writes a new key into `file`, which nobody else may read.
///
/// # Errors
/// Says in one line why not. A file that is there already is left as it is.
pub fn write_new_key(file: &Path) -> Result<(), String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written =
        options.open(file).and_then(|mut it| writeln!(it, "{}", new_key()));
    written.map_err(|why| {
        format!("{}: {why}. Name a file that does not exist yet.", file.display())
    })
}
