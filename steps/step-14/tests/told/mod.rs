//! The store of this step, and the recorder that listens to all that it is asked.

use std::{fs, path::PathBuf, sync::mpsc};

use async_trait::async_trait;
use conversation::Watched;
use step_14::{
    accounts::{Account, Accounts},
    name::Name,
    sessions::{Entry, Sessions},
    sqlite::Sqlite,
};
use tempfile::TempDir;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

thread_local! {
    /// Goes with the test, which has a thread of its own.
    static FOLDER: TempDir = folder();
}

/// In memory, where that can be: what the disk does is for other tests.
fn folder() -> TempDir {
    let made = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    made.expect("a temporary folder")
}

/// The path of a file that nobody has used.
pub(crate) fn file() -> PathBuf {
    FOLDER.with(|folder| folder.path().join(format!("{}.db", Id::default())))
}

/// The same, as the environment of a program has it.
pub(crate) fn path() -> String {
    file().display().to_string()
}

/// All that lies in the files of this test.
pub(crate) fn at_rest() -> Vec<u8> {
    let files =
        FOLDER.with(|folder| fs::read_dir(folder.path()).expect("a folder"));
    let read = |file: std::io::Result<fs::DirEntry>| {
        fs::read(file.expect("a file").path()).expect("it can be read")
    };
    files.flat_map(read).collect()
}

/// Keeps the clock of a runtime that stands still from going on by itself: while it waits for a
/// thread of the store, it has nothing to do.
pub(crate) fn hold_the_clock() -> mpsc::Sender<()> {
    let (held, let_go) = mpsc::channel();
    tokio::task::spawn_blocking(move || let_go.recv());
    held
}

/// A store each call of which is told.
#[derive(Clone, Debug)]
pub(crate) struct Told(pub(crate) Watched<Sqlite>);

impl Told {
    pub(crate) fn new() -> Self {
        let store = Sqlite::open(file()).expect("it opens");
        Self(Watched::hashed(store, |id| Name::of(id).to_string()))
    }

    /// Asks for something about accounts, which may end sessions.
    async fn about<T>(&self, asked: impl Future<Output = Result<T>>) -> Result<T> {
        self.0.available()?;
        let answer = asked.await;
        self.0.forget_what_is_gone().await;
        answer
    }
}

#[async_trait]
impl SessionStore for Told {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.0.create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.0.save(record).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.0.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.delete(id).await
    }
}

#[async_trait]
impl Sessions for Told {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        let done = match self.0.available() {
            Ok(()) => self.0.inner().rotate(before, record).await,
            Err(error) => Err(error),
        };
        self.0.forget_what_is_gone().await;
        let named = format!("{before} to {}", record.id);
        self.0.wrote("rotate", named, record, &done).await;
        done
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        let asked = self.0.inner().successor_of(name);
        let tell = |it: &Option<Name>| {
            it.map_or("nothing".to_owned(), |name| name.to_string())
        };
        self.0.ask("successor_of", name.to_string(), asked, tell).await
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        let named = member.unwrap_or("every member").to_owned();
        let asked = self.0.inner().entries_of(member);
        let tell = |entries: &Vec<Entry>| names(entries);
        self.0.ask("entries_of", named, asked, tell).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        let asked = self.0.inner().end(name);
        self.0.ask("end", name.to_string(), asked, bool::to_string).await
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        let asked = self.0.inner().end_by(by, names);
        let named: Vec<String> = names.iter().map(Name::to_string).collect();
        let named = format!("{by}: {}", named.join(", "));
        self.0.ask("end_by", named, asked, usize::to_string).await
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        let asked = self.0.inner().delete_expired();
        let how_many = |names: &Vec<Name>| names.len().to_string();
        self.0.ask("delete_expired", String::new(), asked, how_many).await
    }
}

#[async_trait]
impl Accounts for Told {
    async fn find(&self, name: &str) -> Result<Option<Account>> {
        self.about(self.0.inner().find(name)).await
    }

    async fn add(&self, account: Account) -> Result<bool> {
        self.about(self.0.inner().add(account)).await
    }

    async fn set_password(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<Option<usize>> {
        self.about(self.0.inner().set_password(by, known, changed)).await
    }

    async fn disable(&self, by: &Name, name: &str) -> Result<Option<usize>> {
        self.about(self.0.inner().disable(by, name)).await
    }

    async fn enable(&self, by: &Name, name: &str) -> Result<bool> {
        self.about(self.0.inner().enable(by, name)).await
    }

    async fn disabled(&self) -> Result<Vec<String>> {
        self.about(self.0.inner().disabled()).await
    }
}

fn names(entries: &[Entry]) -> String {
    let names: Vec<String> =
        entries.iter().map(|entry| entry.name.to_string()).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
