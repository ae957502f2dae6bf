//! Where the keys come from, and how a server that runs learns of others.

use std::{
    env,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use zeroize::Zeroizing;

use crate::session::secret::{self, Keys, Ring};

const HOW: &str = "Make one with `cargo run -p step-20 -- new-key session.key` \
                   and start with SESSION_KEY_FILE=session.key.";

/// A change of the file would count for nothing, and nobody would notice.
const BOTH: &str =
    "SESSION_KEY and SESSION_KEY_FILE are both set. Unset one of them.";

/// A file of keys has no more bytes.
const MOST: usize = 64 * 1024;

/// The keys from the variable `SESSION_KEY`, or from the file that `SESSION_KEY_FILE`
/// names, and then whoever looks whether that one has changed.
///
/// # Errors
/// Says in one line, without the keys, why there is none.
pub fn ring() -> Result<(Ring, Option<Watch>), String> {
    let keys = match (env::var("SESSION_KEY"), env::var_os("SESSION_KEY_FILE")) {
        (Ok(_), Some(_)) => return Err(BOTH.to_owned()),
        (Ok(text), _) => {
            Keys::parse(&Zeroizing::new(text)).map(|keys| (Ring::new(keys), None))
        }
        (_, Some(file)) => Watch::begin(file.as_ref())
            .map(|watch| (watch.ring.clone(), Some(watch))),
        _ => Err("there is no key for the cookie".to_owned()),
    };
    keys.map_err(|why| format!("{why}. {HOW}"))
}

// ANCHOR: watch
/// Looks whether a file of keys has changed.
pub struct Watch {
    file: PathBuf,
    ring: Ring,
    /// What was there at the last look.
    seen: Result<Keys, String>,
    /// What was acted upon.
    heeded: Result<Keys, String>,
}
// ANCHOR_END: watch

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

    // ANCHOR: look
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
    // ANCHOR_END: look

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
    keys.map_err(|why| format!("{}: {why}", file.display()))
}

// ANCHOR: text
/// What is in a file of keys, which nobody but its owner may read.
fn text_of(path: &Path) -> Result<Zeroizing<String>, String> {
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
// ANCHOR_END: text

// ANCHOR: add
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
// ANCHOR_END: add

// ANCHOR: replace
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
// ANCHOR_END: replace
