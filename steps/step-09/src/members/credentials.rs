//! A name and a password, and what they may be.

use serde::{Deserialize, Deserializer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_script::{Script, UnicodeScript};

/// The longest name and the longest password, in characters. A longer password is no
/// safer, and takes longer to hash.
const LONGEST: usize = 128;
const SHORTEST: usize = 8;

/// What is tried first, of what is long enough.
const COMMONEST: &str = "password 12345678 123456789 1234567890 qwerty123 password1 \
    11111111 iloveyou 1q2w3e4r qwertyuiop 123123123 00000000 princess sunshine";

/// Letters and marks of some script, which no page shows.
const INVISIBLE: &str =
    "\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180c}\u{180d}\u{180f}";

// ANCHOR: spelling
/// A name and a password, as the form gives them.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    #[serde(deserialize_with = "in_one_spelling")]
    pub(crate) name: String,
    pub(crate) password: String,
}

/// Of the ways to write a name, with blanks around it or not, one.
fn in_one_spelling<'de, D: Deserializer<'de>>(name: D) -> Result<String, D::Error> {
    let name: String = String::deserialize(name)?.nfkc().collect();
    let words: Vec<&str> = name.split(' ').filter(|it| !it.is_empty()).collect();
    Ok(words.join(" "))
}

/// The same for two texts that differ in nothing but capital and small letters.
pub(crate) fn folded(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}
// ANCHOR_END: spelling

// ANCHOR: good
/// Whether this may be somebody's name: letters and digits that can be seen, of one
/// script, and after the first what else an English keyboard has.
pub(crate) fn is_good_name(name: &str) -> bool {
    let is_first = |c: char| c.is_alphanumeric() && !is_combining_mark(c);
    let letters = name.chars().filter(|c| !c.is_ascii() || c.is_alphabetic());
    let scripts: Vec<Script> = letters.map(script_of).collect();
    is_text(name)
        && name.starts_with(is_first)
        && name.chars().all(|c| c.is_ascii() || is_letter(c))
        && scripts.windows(2).all(|pair| pair[0] == pair[1])
}

fn is_letter(c: char) -> bool {
    let is_word = c.is_alphanumeric() || is_combining_mark(c);
    let has_script = !matches!(script_of(c), Script::Common | Script::Inherited);
    is_word && has_script && !INVISIBLE.contains(c)
}

fn script_of(c: char) -> Script {
    match c.script() {
        // Japanese is written in three scripts at a time.
        Script::Hiragana | Script::Katakana => Script::Han,
        _ if c == 'ー' => Script::Han,
        script => script,
    }
}

/// Whether this may become the password of whoever has this name.
pub(crate) fn is_good_password(name: &str, password: &str) -> bool {
    if !is_text(password) || password.nfc().count() < SHORTEST {
        return false;
    }
    let password = folded(password);
    password != folded(name) && COMMONEST.split(' ').all(|it| it != password)
}

/// Whether this is worth a look.
pub(crate) fn is_text(text: &str) -> bool {
    // What was not UTF-8 has been replaced already.
    let fits = |c: char| !c.is_control() && c != char::REPLACEMENT_CHARACTER;
    text.nfc().nth(LONGEST).is_none() && text.chars().all(fits)
}
// ANCHOR_END: good
