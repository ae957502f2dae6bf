//! Where the keys come from, and how a server that runs learns of others.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use zeroize::Zeroizing;

use crate::session::secret::{self, Keys, Ring};

/// A file of keys has no more bytes.
const MOST: usize = 64 * 1024;

/// Looks whether a file of keys has changed.
pub struct Watch {
    file: PathBuf,
    ring: Ring,
    /// What was there at the last look.
    seen: Result<Keys, String>,
    /// What was acted upon.
    heeded: Result<Keys, String>,
}

impl Watch {
    /// Begins with the keys that are in the file now.
    ///
    /// # Errors
    /// Says in one line, without the keys, why it has none.
    pub fn begin(file: &Path) -> Result<Self, String> {
        let keys = read(file)?;
        let [seen, heeded] = [Ok(keys.clone()), Ok(keys.clone())];
        let (file, ring) = (file.to_owned(), Ring::new(keys));
        Ok(Self { file, ring, seen, heeded })
    }

    /// The keys, which change with the file.
    pub fn ring(&self) -> Ring {
        self.ring.clone()
    }

    /// Reads the file again. What is new in it counts when it is there twice: an editor may
    /// be half-way through. What cannot be read, or is no key, leaves the keys as they are.
    pub fn look(&mut self) {
        let found = read(&self.file);
        let is_whole = found == self.seen;
        self.seen = found.clone();
        if !is_whole || found == self.heeded {
            return;
        }
        match &found {
            Ok(keys) => {
                self.ring.replace(keys.clone());
                tracing::info!(?keys, "the file of the keys has changed");
            }
            Err(why) => tracing::error!(why, "the keys stay as they are"),
        }
        self.heeded = found;
    }

    /// Looks again and again, in a thread of its own: a file may keep its reader waiting.
    pub fn look_every(mut self, period: Duration) {
        thread::spawn(move || {
            loop {
                thread::sleep(period);
                self.look();
            }
        });
    }
}

fn read(file: &Path) -> Result<Keys, String> {
    let keys = text_of(file).and_then(|text| Keys::parse(&text));
    keys.map_err(|why| format!("{}: {why}", called(file)))
}

/// How a file of secrets is called in a message. Where no such folder is, it may be no path
/// but the secret itself.
pub(crate) fn called(file: &Path) -> String {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    if file.exists() || folder.is_some_and(Path::exists) {
        file.display().to_string()
    } else {
        "a file whose name is not told, as it may be a secret".to_owned()
    }
}

/// What is in a file of keys, which nobody but its owner may read.
pub(crate) fn text_of(path: &Path) -> Result<Zeroizing<String>, String> {
    // To open a pipe is to wait for somebody who writes.
    let about = fs::metadata(path).map_err(|why| why.to_string())?;
    if !about.is_file() || about.len() > MOST as u64 {
        return Err("this is no file of keys".to_owned());
    }
    #[cfg(unix)]
    if is_open(&about) {
        return Err(format!("others may read it: `chmod 600 {}`", path.display()));
    }
    // A buffer that grows would leave copies.
    let mut text = Zeroizing::new(String::with_capacity(MOST));
    File::open(path)
        .and_then(|file| file.take(MOST as u64).read_to_string(&mut text))
        .map_err(|why| why.to_string())?;
    Ok(text)
}

/// Whether others may read or change a file. What belongs to root, its group may read: so a
/// service manager gives it to a server.
#[cfg(unix)]
fn is_open(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let others = if about.uid() == 0 { 0o037 } else { 0o077 };
    about.mode() & others != 0
}

/// Adds a new key to those in `file`, or makes the file, which nobody else may read.
///
/// # Errors
/// Says in one line why not. Then the file is as it was.
pub fn add_new_key(file: &Path) -> Result<(), String> {
    let told = |path: &Path, why| format!("{}: {why}", path.display());
    let file = match fs::canonicalize(file) {
        // What a link leads to is replaced, and the link stays.
        Err(why) if file.is_symlink() => return Err(told(file, why)),
        found => found.unwrap_or(file.to_owned()),
    };
    replace(&file, || {
        let mut text = Zeroizing::new(String::with_capacity(2 * MOST));
        if !matches!(fs::exists(&file), Ok(false)) {
            read(&file)?;
            text.push_str(text_of(&file)?.trim_end());
            text.push('\n');
        }
        text.push_str(&secret::new_key());
        text.push('\n');
        Ok(text)
    })
}

/// Puts a text in the place of a file, whole or not at all. It is made when nobody else may
/// replace the file any more.
fn replace(
    file: &Path,
    text: impl FnOnce() -> Result<Zeroizing<String>, String>,
) -> Result<(), String> {
    let mut beside = OsString::from(file);
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let told = |why| format!("{}: {why}", beside.display());
    let mut options = OpenOptions::new();
    // Whoever else adds a key at this moment has one there.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut new = options.open(&beside).map_err(told)?;
    let written = text().and_then(|text| {
        new.write_all(text.as_bytes())
            .and_then(|()| new.sync_all())
            .map_err(told)?;
        // Such as too many keys, which no server would read.
        read(&beside)?;
        fs::rename(&beside, file).map_err(told)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}
