//! A name and a password, and what they may be.

use serde::Deserialize;

/// The longest name and the longest password, in bytes. A longer password is no safer,
/// and takes longer to hash.
const LONGEST: usize = 128;
const SHORTEST: usize = 8;

/// A name and a password, as the form gives them.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    pub(crate) name: String,
    pub(crate) password: String,
}

/// Whether this may be somebody's name.
pub(crate) fn is_good_name(name: &str) -> bool {
    !name.trim().is_empty() && is_text(name)
}

/// Whether this may become somebody's password.
pub(crate) fn is_good_password(password: &str) -> bool {
    password.len() >= SHORTEST && is_text(password)
}

/// Whether this is worth a look.
pub(crate) fn is_text(text: &str) -> bool {
    // What was not UTF-8 has been replaced already.
    let fits = |c: char| !c.is_control() && c != char::REPLACEMENT_CHARACTER;
    text.len() <= LONGEST && text.chars().all(fits)
}
