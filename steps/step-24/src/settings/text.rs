//! What a setting's text is read as.

use std::ffi::OsString;

/// The text of the setting of this name, if it is set.
pub(super) fn text(
    var: impl Fn(&str) -> Option<OsString>,
    name: &str,
) -> Result<Option<String>, String> {
    let text = var(name).map(OsString::into_string).transpose();
    text.map_err(|_| format!("{name} is no text."))
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
