//! A short mark of something long, to see whether it has changed.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::Path,
};

/// How the name of the search index begins; it ends with a hash of the index.
const SEARCH_INDEX: &str = "searchindex-";

/// A hash. It keeps no secret, and another compiler may come to another one.
pub fn fingerprint(it: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    it.hash(&mut hasher);
    hasher.finish()
}

/// For each page of a built book a hash of all that a browser may get when it opens the page: the
/// page, and every file that is no page. Only the search index is left out, with its name, since it
/// changes with each word of any page.
pub(crate) fn of_pages(folder: &Path) -> io::Result<BTreeMap<String, u64>> {
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
    Ok(marks.collect())
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
