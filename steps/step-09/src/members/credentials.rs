//! A name and a password, and what they may be.

use serde::{Deserialize, Deserializer};
use unicode_normalization::UnicodeNormalization;
use unicode_security::{GeneralSecurityProfile, skeleton};

/// The longest name and the longest password, in characters. A longer password is no
/// safer, and takes longer to hash.
const LONGEST: usize = 128;
const SHORTEST: usize = 8;

/// What is tried first, of what is long enough.
const COMMONEST: &str = "password 12345678 123456789 1234567890 qwerty123 password1 \
    11111111 iloveyou 1q2w3e4r qwertyuiop 123123123 00000000 princess sunshine \
    football baseball superman abcd1234 1qaz2wsx password123";

/// A name and a password, as the form gives them.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    #[serde(deserialize_with = "in_one_spelling")]
    pub(crate) name: String,
    pub(crate) password: String,
}

/// Of the ways to write a name, with a letter in one character or in two, with blanks
/// before or behind, one.
fn in_one_spelling<'de, D: Deserializer<'de>>(name: D) -> Result<String, D::Error> {
    let name: String = String::deserialize(name)?.nfkc().collect();
    let words: Vec<&str> = name.split(' ').filter(|it| !it.is_empty()).collect();
    Ok(words.join(" "))
}

// ANCHOR: likeness
/// The same for two names that look alike, by Unicode's table of what does.
pub(crate) fn likeness(name: &str) -> String {
    skeleton(&name.to_lowercase()).collect()
}
// ANCHOR_END: likeness

/// Whether this may be somebody's name: it can be seen, and has a letter or a digit.
pub(crate) fn is_good_name(name: &str) -> bool {
    let is_seen = |c: char| c.identifier_allowed() || (' '..='~').contains(&c);
    let is_named = name.chars().any(char::is_alphanumeric);
    is_named && name.chars().all(is_seen) && is_text(name)
}

/// Whether this may become the password of whoever has this name.
pub(crate) fn is_good_password(name: &str, password: &str) -> bool {
    let is_long = is_text(password) && password.nfc().count() >= SHORTEST;
    let is_common = || COMMONEST.split(' ').any(|it| it == password.to_lowercase());
    is_long && !is_common() && likeness(password) != likeness(name)
}

/// Whether this is worth a look.
pub(crate) fn is_text(text: &str) -> bool {
    // What was not UTF-8 has been replaced already.
    let fits = |c: char| !c.is_control() && c != char::REPLACEMENT_CHARACTER;
    text.chars().count() <= LONGEST && text.chars().all(fits)
}
