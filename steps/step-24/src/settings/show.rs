//! The table of all settings, as a terminal shows it.

use std::{ffi::OsString, fmt::Write, path::Path};

use crate::{
    session::key_file::called,
    settings::{
        store::Where,
        table::{GROUPS, Kind, Setting},
    },
};

/// So many characters has a line: a page of the book shows no more.
const WIDTH: usize = 86;

/// Each setting with what it is now, and why. `var` gives what is set. Secrets are not
/// shown.
pub(super) fn show(var: impl Fn(&str) -> Option<OsString>) -> String {
    let mut shown = String::new();
    for (title, settings) in GROUPS {
        let _ = writeln!(shown, "{title}");
        for setting in *settings {
            let now = now(setting, var(setting.name));
            let _ = writeln!(shown, "  {:<23} {now}", setting.name);
            let about = format!("{} Chapter {}.", setting.why, setting.chapter);
            for line in lines(&about, WIDTH - 6) {
                let _ = writeln!(shown, "      {line}");
            }
        }
        shown.push('\n');
    }
    shown.truncate(shown.trim_end().len());
    shown
}

fn now(setting: &Setting, value: Option<OsString>) -> String {
    let Some(value) = value else { return setting.usual.to_owned() };
    let value = value.to_string_lossy();
    match setting.kind {
        // There is a login in it.
        Kind::Open if value.contains("://") && value.contains('@') => {
            "set".to_owned()
        }
        Kind::Open => format!("{} (set)", value.escape_debug()),
        Kind::File => {
            format!("{} (set)", called(Path::new(&*value)).escape_debug())
        }
        Kind::Secret => "set".to_owned(),
        Kind::Store => value.parse::<Where>().map_or("set".to_owned(), |store| {
            format!("{} (set)", store.to_string().escape_debug())
        }),
    }
}

/// A text in lines of so many characters.
fn lines(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
