//! What a setting's text is read as.

use std::ffi::OsString;

use crate::settings::table;

/// The text of the setting of this name, if it is set.
pub(super) fn text(
    var: impl Fn(&str) -> Option<OsString>,
    name: &str,
) -> Result<Option<String>, String> {
    let text = var(name).map(OsString::into_string).transpose();
    text.map_err(|_| format!("{name} is no text."))
}

/// Those that are read without the blanks, or elsewhere.
const WITH_BLANKS: [&str; 4] =
    ["SESSION_KEY", "PROXIES", "FRONTENDS", "LISTEN_FDS"];

/// Refuses a blank at an end, such as the carriage return of a file that Windows has
/// written. Nobody sees it, and a path with one is that of another file.
pub(super) fn refuse_blanks(
    var: impl Fn(&str) -> Option<OsString>,
) -> Result<(), String> {
    let mut names = table::names().filter(|name| !WITH_BLANKS.contains(name));
    let has_blank = |name: &&str| {
        var(name).is_some_and(|value| {
            let text = value.to_string_lossy();
            text.trim() != text
        })
    };
    names.find(has_blank).map_or(Ok(()), |name| {
        Err(format!("{name} begins or ends with a blank. Take it away."))
    })
}

/// A text that is wrong, as a message shows it. Before an @, there may be a password.
pub(super) fn shown(text: &str) -> String {
    if text.contains('@') {
        "a text with an @".to_owned()
    } else {
        format!("{text:?}")
    }
}

/// What stands between the commas of a list.
pub(super) fn list<T>(
    name: &str,
    text: Option<String>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let text = text.unwrap_or_default();
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| read(word).map_err(|why| format!("one of {name} {why}")))
        .collect()
}
