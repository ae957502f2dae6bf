//! The store of this step, and the recorder that listens to all that it is asked.

use async_trait::async_trait;
use conversation::Watched;
use step_14::{
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

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        let named = member.unwrap_or("every member").to_owned();
        let asked = self.0.inner().entries_of(member);
        self.0.ask("entries_of", named, asked, names).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        let asked = self.0.inner().end(name);
        self.0.ask("end", name.to_string(), asked, bool::to_string).await
    }

    async fn delete_expired(&self) -> Result<usize> {
        let asked = self.0.inner().delete_expired();
        self.0.ask("delete_expired", String::new(), asked, usize::to_string).await
    }
}

fn names(entries: &Vec<Entry>) -> String {
    let names: Vec<String> =
        entries.iter().map(|entry| entry.name.to_string()).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
