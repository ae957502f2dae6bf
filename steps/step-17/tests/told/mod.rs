//! The store of this step, and the recorder that listens to all that it is asked.

use std::{
    fmt::{self, Debug, Formatter},
    sync::mpsc,
};

use async_trait::async_trait;
use conversation::Watched;
use step_17::{
    accounts::{Account, Accounts},
    apart::Apart,
    memcached::Memcached,
    name::Name,
    sessions::{Entry, Sessions},
};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

use crate::database::{Place, place};

/// Keeps the clock of a runtime that stands still from going on by itself: while it waits for
/// Memcached, it has nothing to do.
pub(crate) fn hold_the_clock() -> mpsc::Sender<()> {
    let (held, let_go) = mpsc::channel();
    tokio::task::spawn_blocking(move || let_go.recv());
    held
}

/// A store each call of which is told, and the accounts that go with it.
#[derive(Clone)]
pub(crate) struct Told(pub(crate) Watched<Memcached>, Apart<Memcached>);

impl Told {
    pub(crate) fn new() -> Self {
        Self::at(&place())
    }

    pub(crate) fn at(place: &Place) -> Self {
        let store = place.sessions();
        let accounts = place.accounts(&store);
        Self(Watched::hashed(store, |id| Name::of(id).to_string()), accounts)
    }

    /// Another server's, in the same place, which this one's recorder hears too.
    pub(crate) fn beside(&self, place: &Place) -> Self {
        let store = place.sessions();
        let accounts = place.accounts(&store);
        Self(self.0.beside(store), accounts)
    }
}

impl Debug for Told {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Told").field(&self.0).finish()
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

    async fn entry_of(&self, name: &Name) -> Result<Option<Entry>> {
        let asked = self.0.inner().entry_of(name);
        let tell = |it: &Option<Entry>| {
            it.as_ref().map_or("nothing".to_owned(), |it| it.name.to_string())
        };
        self.0.ask("entry_of", name.to_string(), asked, tell).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        let asked = self.0.inner().end(name);
        self.0.ask("end", name.to_string(), asked, bool::to_string).await
    }
}

/// Of accounts, what ends sessions is told.
#[async_trait]
impl Accounts for Told {
    async fn find(&self, name: &str) -> Result<Option<Account>> {
        self.0.available()?;
        self.1.find(name).await
    }

    async fn add(&self, account: Account) -> Result<bool> {
        self.0.available()?;
        self.1.add(account).await
    }

    async fn change(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<bool> {
        let asked = self.1.change(by, known, changed);
        let named = format!("{by}: {}", known.name);
        self.0.ask("change", named, asked, bool::to_string).await
    }

    async fn renew(&self, by: &Name, name: &str) -> Result<bool> {
        let asked = self.1.renew(by, name);
        self.0.ask("renew", format!("{by}: {name}"), asked, bool::to_string).await
    }

    async fn renew_all(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<bool> {
        let asked = self.1.renew_all(by, known, changed);
        self.0.ask("renew_all", by.to_string(), asked, bool::to_string).await
    }

    async fn disable(&self, by: &Name, name: &str) -> Result<bool> {
        let asked = self.1.disable(by, name);
        self.0.ask("disable", format!("{by}: {name}"), asked, bool::to_string).await
    }

    async fn enable(&self, by: &Name, name: &str) -> Result<bool> {
        self.0.available()?;
        self.1.enable(by, name).await
    }

    async fn disabled(&self) -> Result<Vec<String>> {
        self.0.available()?;
        self.1.disabled().await
    }
}
