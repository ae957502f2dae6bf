//! Servers side by side, each with a cache, and the recorder that listens to all that their
//! store is asked.

pub(crate) mod naive;
pub(crate) mod shelf;

use std::{cell::Cell, ops::Deref, sync::LazyLock, time::Instant};

use async_trait::async_trait;
use axum::Router;
use conversation::{Backend, Call, Deed, Row, Watched};
use step_18::{
    accounts::{Account, Accounts},
    app,
    cache::Cache,
    cached::Cached,
    name::Name,
    sessions::{Entry, Sessions},
};
use time::Duration;
use tower_sessions::{
    SessionStore,
    cookie::Key,
    session::{Id, Record},
    session_store::Result,
};

use naive::Naive;
use shelf::Shelf;

thread_local! {
    /// How much time has been made to pass. Each test has a thread of its own.
    static PASSED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// The clock of the caches. It stands still, and goes on when time is made to pass; that of the
/// page is moved by the page.
pub(crate) fn clock() -> Instant {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    if cfg!(target_family = "wasm") {
        Instant::now()
    } else {
        *BEGAN + PASSED.get().unsigned_abs()
    }
}

/// Lets time pass for the caches alone.
pub(crate) fn pass(time: Duration) {
    PASSED.set(PASSED.get() + time);
}

/// What stands in front of the store of each server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Caches {
    /// A cache that hears of each session that changes.
    Hear,
    /// A cache whose messages are all lost.
    AreDeaf,
    /// What tower-sessions has.
    AreNaive,
}

/// A store each call of which is told, and the servers on it.
#[derive(Clone, Debug)]
pub(crate) struct Told(pub(crate) Watched<Shelf>, Caches);

impl Told {
    pub(crate) fn new(caches: Caches) -> Self {
        let shelf = Shelf::default();
        Self(Watched::hashed(shelf, |id| Name::of(id).to_string()), caches)
    }

    /// Another server, with a cache of its own.
    pub(crate) fn server(&self) -> Router {
        let (store, key) = (self.clone(), Key::from(&[7; 64]));
        if let Caches::AreNaive = self.1 {
            return app(Naive::new(store.clone()), key, store);
        }
        let cache = Cache::by(clock);
        cache.open();
        if let Caches::Hear = self.1 {
            self.0.inner().tell(&cache);
        }
        app(Cached::new(store.clone(), cache), key, store)
    }
}

impl Deref for Told {
    type Target = Watched<Shelf>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

#[async_trait]
impl Backend for Told {
    fn calls(&self) -> Vec<Call> {
        self.0.calls()
    }

    fn rows(&self) -> Vec<Row> {
        self.0.rows()
    }

    async fn age(&self, by: Duration) {
        pass(by);
        self.0.age(by).await;
    }

    fn tick(&self, by: Duration) {
        self.0.tick(by);
    }

    fn deeds(&self) -> Vec<(Deed, Option<String>)> {
        self.0.deeds()
    }

    fn hold(&self, verb: Option<&'static str>) {
        self.0.hold(verb);
    }

    fn holds(&self) -> bool {
        self.0.holds()
    }

    async fn undergo(&self, deed: &Deed) -> std::result::Result<(), String> {
        self.0.undergo(deed).await
    }

    fn another(&self) -> Option<Router> {
        Some(self.server())
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
        let named: Vec<String> = names.iter().map(Name::to_string).collect();
        let named = match names {
            [] => format!("{by}: nobody"),
            _ => format!("{by}: {}", named.join(", ")),
        };
        let asked = self.0.inner().end_by(by, names);
        self.0.ask("end_by", named, asked, usize::to_string).await
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        let asked = self.0.inner().delete_expired();
        let how_many = |names: &Vec<Name>| names.len().to_string();
        self.0.ask("delete_expired", String::new(), asked, how_many).await
    }
}

fn names(entries: &[Entry]) -> String {
    let names: Vec<String> =
        entries.iter().map(|entry| entry.name.to_string()).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// Of accounts, what ends sessions is told.
#[async_trait]
impl Accounts for Told {
    async fn find(&self, name: &str) -> Result<Option<Account>> {
        self.0.available()?;
        self.0.inner().find(name).await
    }

    async fn add(&self, account: Account) -> Result<bool> {
        self.0.available()?;
        self.0.inner().add(account).await
    }

    async fn set_password(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<Option<usize>> {
        let asked = self.0.inner().set_password(by, known, changed);
        self.0
            .ask("set_password", format!("{by}: {}", known.name), asked, ended)
            .await
    }

    async fn disable(&self, by: &Name, name: &str) -> Result<Option<usize>> {
        let asked = self.0.inner().disable(by, name);
        self.0.ask("disable", format!("{by}: {name}"), asked, ended).await
    }

    async fn enable(&self, by: &Name, name: &str) -> Result<bool> {
        self.0.available()?;
        self.0.inner().enable(by, name).await
    }

    async fn disabled(&self) -> Result<Vec<String>> {
        self.0.available()?;
        self.0.inner().disabled().await
    }
}

fn ended(count: &Option<usize>) -> String {
    count.map_or("nothing".to_owned(), |count| count.to_string())
}
