//! Sessions, accounts and orders in one SQLite file.

mod file;
mod members;
mod orders;
mod rows;
mod threads;

use std::{
    fmt::{self, Debug, Formatter},
    path::{self, Path},
};

use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

pub use self::rows::LONGEST;
use self::threads::Threads;
use crate::store::{
    accounts::{Account, Accounts},
    name::Name,
    orders::{Order, Orders},
    sessions::{Entry, Sessions},
};

/// Once so much of the file is in use, strangers get no session. In bytes.
pub const ROOM: i64 = 1024 * 1024 * 1024;

/// So many expired sessions are deleted in one go: others write in between.
const SLICE: usize = 500;

/// A store in a file, for the programs of one machine.
#[derive(Clone)]
pub struct Sqlite {
    threads: Threads,
    room: i64,
}

impl Sqlite {
    /// Opens the file of this path, and makes it if there is none.
    ///
    /// # Errors
    /// Says why that cannot be, and what to do.
    pub fn open(path: impl AsRef<Path>) -> std::result::Result<Self, String> {
        Self::with_room_for(ROOM, path)
    }

    /// The same, with room for so many bytes.
    ///
    /// # Errors
    /// Says why that cannot be, and what to do.
    pub fn with_room_for(
        room: i64,
        path: impl AsRef<Path>,
    ) -> std::result::Result<Self, String> {
        let path = path.as_ref();
        // To SQLite, `:memory:` and what begins with `file:` are no names of files.
        let threads = path::absolute(path)
            .map_err(|why| why.to_string())
            .and_then(|path| Threads::start(&path))
            .map_err(|why| format!("{}: {why}", path.display()))?;
        Ok(Self { threads, room })
    }
}

impl Debug for Sqlite {
    /// What sessions hold is nobody's business.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Sqlite")
    }
}

#[async_trait]
impl SessionStore for Sqlite {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let mut new = record.clone();
        new.id = Id::default();
        let room = self.room;
        let created = self.threads.write(move |db| rows::create(db, &new, room));
        record.id = created.await?;
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let record = record.clone();
        self.threads.write(move |db| rows::save(db, &record)).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let id = *id;
        self.threads.read(move |db| rows::load(db, id)).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.end(&Name::of(id)).await.map(|_| ())
    }
}

#[async_trait]
impl Sessions for Sqlite {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        let (before, mut new) = (*before, record.clone());
        new.id = Id::default();
        *record =
            self.threads.write(move |db| rows::rotate(db, &before, new)).await?;
        Ok(())
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        let name = *name;
        self.threads.read(move |db| rows::successor_of(db, &name)).await
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        let member = member.map(str::to_owned);
        self.threads.read(move |db| rows::entries_of(db, member.as_deref())).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        let name = *name;
        self.threads.write(move |db| rows::end(db, &name)).await
    }

    async fn end_unless_changed(&self, name: &Name, version: i64) -> Result<()> {
        let name = *name;
        let act = move |db: &_| rows::end_unless_changed(db, &name, version);
        self.threads.write(act).await
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        let (by, names) = (*by, names.to_vec());
        self.threads.write(move |db| rows::end_by(db, &by, &names)).await
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        let (mut names, mut after) = (Vec::new(), 0);
        loop {
            let found =
                self.threads.read(move |db| rows::expired(db, after, SLICE));
            let slice = found.await?;
            let Some(last) = slice.last() else { return Ok(names) };
            after = *last;
            let deleted =
                self.threads.write(move |db| rows::delete_expired(db, &slice));
            names.extend(deleted.await?);
        }
    }
}

#[async_trait]
impl Accounts for Sqlite {
    async fn find(&self, name: &str) -> Result<Option<Account>> {
        let name = name.to_owned();
        self.threads.read(move |db| members::find(db, &name)).await
    }

    async fn add(&self, account: Account) -> Result<bool> {
        self.threads.write(move |db| members::add(db, &account)).await
    }

    async fn set_password(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<Option<usize>> {
        let (by, known, changed) = (*by, known.clone(), changed.clone());
        let act = move |db: &_| members::set_password(db, &by, &known, &changed);
        self.threads.write(act).await
    }

    async fn disable(&self, by: &Name, name: &str) -> Result<Option<usize>> {
        let (by, name) = (*by, name.to_owned());
        self.threads.write(move |db| members::disable(db, &by, &name)).await
    }

    async fn enable(&self, by: &Name, name: &str) -> Result<bool> {
        let (by, name) = (*by, name.to_owned());
        self.threads.write(move |db| members::enable(db, &by, &name)).await
    }

    async fn disabled(&self) -> Result<Vec<String>> {
        self.threads.read(members::disabled).await
    }
}

#[async_trait]
impl Orders for Sqlite {
    async fn place(&self, order: &Order) -> Result<()> {
        let order = order.clone();
        self.threads.write(move |db| orders::place(db, &order)).await
    }

    async fn orders_of(&self, member: &str) -> Result<Vec<Order>> {
        let member = member.to_owned();
        self.threads.read(move |db| orders::orders_of(db, &member)).await
    }
}
