//! The store of step 14, as a subject.

use std::{fs, path::Path};

use async_trait::async_trait;
use conformance::{Data, Subject};
use rusqlite::Connection;
use step_14::{name::Name, sessions::Sessions, sqlite::Sqlite};
use tempfile::TempDir;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

/// The one of step 14, in a folder of its own.
pub(crate) struct InFile {
    folder: TempDir,
    store: Sqlite,
}

impl InFile {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Sqlite::open(folder.path().join("shop.db")).expect("it opens");
        Self { folder, store }
    }
}

#[async_trait]
impl Subject for InFile {
    fn store(&self) -> &dyn SessionStore {
        &self.store
    }

    async fn rotate(&self, before: &Id, record: &mut Record) -> Option<Result<()>> {
        let name = Name::of(before);
        record.data.insert("before".to_owned(), name.to_string().into());
        Some(self.store.rotate(&name, record).await)
    }

    async fn of_member(&self, member: &str) -> Option<Result<Vec<Data>>> {
        let entries = self.store.entries_of(Some(member)).await;
        Some(entries.map(|entries| entries.into_iter().map(|entry| entry.data).collect()))
    }

    async fn sweep(&self) -> Option<Result<()>> {
        Some(self.store.delete_expired().await.map(|_| ()))
    }

    async fn count(&self) -> Option<usize> {
        Some(sessions(&self.folder.path().join("shop.db")))
    }

    async fn at_rest(&self) -> Option<Vec<u8>> {
        Some(files(self.folder.path()))
    }
}

/// How many sessions are in a file of the shop, those that have expired included.
pub(crate) fn sessions(file: &Path) -> usize {
    let db = Connection::open(file).expect("it opens");
    let count = db.query_row("SELECT count(*) FROM sessions", [], |row| row.get::<_, u32>(0));
    count.expect("it answers") as usize
}

/// All that is in the files of a folder.
pub(crate) fn files(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).expect("the folder can be read");
    let read = |file: std::io::Result<fs::DirEntry>| {
        fs::read(file.expect("a file").path()).expect("it can be read")
    };
    files.flat_map(read).collect()
}
