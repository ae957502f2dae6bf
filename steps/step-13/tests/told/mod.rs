//! The store of this step, and the recorder that listens to all that it is asked.

use async_trait::async_trait;
use conversation::{Backend, Row, Watched};
use step_13::{
    memory::Memory,
    name::Name,
    sessions::{Entry, Sessions},
};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

/// A store each call of which is told.
#[derive(Clone, Debug)]
pub(crate) struct Told(pub(crate) Watched<Memory>);

impl Told {
    pub(crate) fn new(store: Memory) -> Self {
        Self(Watched::hashed(store, |id| Name::of(id).to_string()))
    }

    fn strike_out_what_is_gone(&self) {
        let held = self.0.inner().dump();
        self.0.keep(|row| held.lines().any(|line| line.starts_with(&row.id)));
    }

    /// In the order in which the sessions began: that of the store is another one each time.
    fn names(&self, entries: &[Entry]) -> String {
        let is_found = |row: &Row| {
            entries.iter().any(|entry| entry.name.to_string() == row.id)
        };
        let found = self.0.rows().into_iter().filter(is_found);
        let names: Vec<String> = found.map(|row| row.id).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    }
}

#[async_trait]
impl SessionStore for Told {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let done = self.0.create(record).await;
        // Another one may have made room for it.
        if self.0.rows().len() > self.0.inner().len() {
            self.strike_out_what_is_gone();
        }
        done
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
        self.strike_out_what_is_gone();
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
        self.0.ask("entries_of", named, asked, |found| self.names(found)).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        let asked = self.0.inner().end(name);
        self.0.ask("end", name.to_string(), asked, bool::to_string).await
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        let asked = self.0.inner().delete_expired();
        let how_many = |names: &Vec<Name>| names.len().to_string();
        let done =
            self.0.ask("delete_expired", String::new(), asked, how_many).await;
        self.strike_out_what_is_gone();
        done
    }
}
