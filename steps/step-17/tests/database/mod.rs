//! The Memcached of this program's tests, and the files of their accounts.

use std::{cell::RefCell, fs, path::PathBuf, sync::LazyLock};

use step_17::{account_file::AccountFile, apart::Apart, memcached::Memcached};
use tempfile::TempDir;
use tower_sessions::session::Id;

/// It ends with the program.
pub(crate) static ENGINE: LazyLock<engines::Memcached> =
    LazyLock::new(engines::Memcached::start);

thread_local! {
    /// Goes with the test, which has a thread of its own.
    static FOLDER: TempDir = folder();
    /// What this test has been given.
    static PLACES: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

/// In memory, where that can be: what the disk does is for other tests.
fn folder() -> TempDir {
    let made = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    made.expect("a temporary folder")
}

/// Where sessions and accounts are kept: sessions in the one Memcached, in which no two have
/// the same name.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) memcached: String,
    pub(crate) accounts: PathBuf,
}

/// A place whose accounts nobody has used.
pub(crate) fn place() -> Place {
    let file = format!("{}.db", Id::default());
    let accounts = FOLDER.with(|folder| folder.path().join(file));
    let place = Place { memcached: ENGINE.address(), accounts };
    PLACES.with_borrow_mut(|places| places.push(place.clone()));
    place
}

impl Place {
    pub(crate) fn sessions(&self) -> Memcached {
        Memcached::at(&self.memcached)
    }

    pub(crate) fn accounts(&self, sessions: &Memcached) -> Apart<Memcached> {
        let file = AccountFile::open(&self.accounts).expect("it opens");
        Apart::new(file, sessions.clone())
    }

    /// What a program is told in its environment.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 2] {
        let accounts = self.accounts.to_str().expect("text");
        [("MEMCACHED", &self.memcached), ("ACCOUNTS_DB", accounts)]
    }

    fn at_rest(&self) -> Vec<u8> {
        let files = ["", "-wal"].map(|end| {
            let path = format!("{}{end}", self.accounts.display());
            fs::read(path).unwrap_or_default()
        });
        [ENGINE.at_rest().into_bytes(), files.concat()].concat()
    }
}

/// All that lies in the places of this test, and in those of the others.
pub(crate) fn at_rest() -> Vec<u8> {
    PLACES.with_borrow(|places| places.iter().flat_map(Place::at_rest).collect())
}
