//! A short mark of something long, to see whether it has changed.

use std::{collections::BTreeMap, fs, io, path::Path, process::Command, sync::LazyLock};

use passes::fingerprint;

/// How the name of the search index begins; it ends with a hash of the index.
const SEARCH_INDEX: &str = "searchindex-";

/// A hash of what the pages of a built book load, the lab among it, and for each page a hash of that
/// and of the page. Only the search index is left out, with its name, since it changes with each
/// word of any page.
pub(crate) fn of_book(folder: &Path) -> io::Result<(u64, BTreeMap<String, u64>)> {
    let mut files = BTreeMap::new();
    read(folder, "", &mut files)?;
    let index = files.keys().find(|path| path.starts_with(SEARCH_INDEX)).cloned();
    if let Some(name) = index {
        files.remove(&name);
        files.values_mut().for_each(|file| forget(&name, file));
    }
    let (pages, assets): (BTreeMap<_, _>, BTreeMap<_, _>) =
        files.into_iter().partition(|(path, _)| path.ends_with(".html"));
    let assets = fingerprint(&assets);
    let marks = pages.into_iter().map(|(path, page)| (path, fingerprint(&(assets, page))));
    Ok((assets, marks.collect()))
}

fn read(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// Takes a name out of a file, if it is text.
fn forget(name: &str, file: &mut Vec<u8>) {
    if let Ok(text) = str::from_utf8(file) {
        *file = text.replace(name, "").into_bytes();
    }
}

/// A hash of the versions of Chromium and chromedriver, on which depends what they show.
pub fn chromium() -> u64 {
    *CHROMIUM
}

static CHROMIUM: LazyLock<u64> = LazyLock::new(|| {
    let versions = ["chromium", "chromedriver"].map(|program| {
        Command::new(program).arg("--version").output().expect("it says its version").stdout
    });
    fingerprint(&versions)
});
