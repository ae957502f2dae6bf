//! Servers side by side, and the recorder that listens to all that their store is asked.

pub(crate) mod shelf;

use std::{
    cell::Cell,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use axum::Router;
use base64::{Engine, prelude::BASE64_STANDARD};
use conversation::{Backend, Call, Deed, Row, Token, Watched, tokens_in};
use step_24::{
    accounts::{Account, Accounts},
    app,
    name::Name,
    orders::{Order, Orders},
    secret::{Keys, Ring},
    sessions::{Entry, Sessions},
    site::{Site, Tokens},
    watch::Watch,
};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use shelf::Shelf;

thread_local! {
    /// What the clock says by which the servers judge access tokens. It stands still but for
    /// the time that is played.
    static CLOCK: Cell<OffsetDateTime> = const { Cell::new(OffsetDateTime::UNIX_EPOCH) };
}

fn put_forward(by: Duration) {
    CLOCK.set(CLOCK.get() + by);
}

/// The keys of a server that has one: 64 bytes that nobody has to guess.
pub(crate) fn ring() -> Ring {
    let key = BASE64_STANDARD.encode([7; 64]);
    Ring::new(Keys::parse(&key).expect("a key"))
}

/// A store each call of which is told, and the servers on it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    watched: Watched<Shelf>,
    placed: Arc<AtomicUsize>,
    takes_no_orders: Arc<AtomicBool>,
    tokens: Tokens,
}

impl Told {
    pub(crate) fn new() -> Self {
        trial::forbid_in_logs(&["a cup before noon"]);
        CLOCK.set(OffsetDateTime::now_utc());
        let shelf = Shelf::default();
        let watched = Watched::hashed(shelf, |id| Name::of(id).to_string());
        let (placed, takes_no_orders) = Default::default();
        let tokens = Tokens { now: || CLOCK.get(), ..Tokens::default() };
        Self { watched, placed, takes_no_orders, tokens }
    }

    /// The same store, on which servers give programs what `set` makes of the usual tokens.
    #[allow(dead_code, reason = "most tests give the usual ones")]
    pub(crate) fn giving(mut self, set: impl FnOnce(Tokens) -> Tokens) -> Self {
        self.tokens = set(self.tokens);
        self
    }

    /// A store that takes each write, whichever version it brings. The servers on it are the
    /// same: what is lost there is lost because nothing is compared.
    #[allow(dead_code, reason = "the tests of keys compare")]
    pub(crate) fn naive() -> Self {
        let store = Self::new();
        store.inner().compare_nothing();
        store
    }

    /// Another server.
    pub(crate) fn server(&self) -> Router {
        self.server_at(Site { tokens: self.tokens, ..Site::default() })
    }

    /// Another server, with keys of its own.
    #[allow(dead_code, reason = "most tests have one key")]
    pub(crate) fn server_with(&self, ring: Ring) -> Router {
        let site = Site { tokens: self.tokens, ..Site::default() };
        app(self.clone(), ring, self.clone(), site, Watch::default())
    }

    /// Another server, which stands here.
    #[allow(dead_code, reason = "most tests have nobody in front")]
    pub(crate) fn server_at(&self, site: Site) -> Router {
        app(self.clone(), ring(), self.clone(), site, Watch::default())
    }

    /// Whether it takes no orders, and is well else.
    #[allow(dead_code, reason = "in the page all of it fails, or nothing")]
    pub(crate) fn takes_no_orders(&self, takes_none: bool) {
        self.takes_no_orders.store(takes_none, Ordering::SeqCst);
    }

    /// How often an order was to be placed.
    #[allow(dead_code, reason = "the page does not count")]
    pub(crate) fn placed(&self) -> usize {
        self.placed.load(Ordering::SeqCst)
    }
}

impl Deref for Told {
    type Target = Watched<Shelf>;

    fn deref(&self) -> &Self::Target {
        &self.watched
    }
}

#[async_trait]
impl Backend for Told {
    fn calls(&self) -> Vec<Call> {
        self.watched.calls()
    }

    fn rows(&self) -> Vec<Row> {
        self.watched.rows()
    }

    async fn age(&self, by: Duration) {
        // Whoever moves dates changes no session.
        self.inner().is_quiet(true);
        self.watched.age(by).await;
        self.inner().is_quiet(false);
        put_forward(by);
    }

    fn tick(&self, by: Duration) {
        self.watched.tick(by);
        put_forward(by);
    }

    fn tokens(&self, answer: &str, now: OffsetDateTime) -> Vec<Token> {
        tokens_in(answer, now)
    }

    fn deeds(&self) -> Vec<(Deed, Option<String>)> {
        self.watched.deeds()
    }

    fn hold(&self, verb: Option<&'static str>) {
        self.watched.hold(verb);
    }

    fn holds(&self) -> bool {
        self.watched.holds()
    }

    async fn undergo(&self, deed: &Deed) -> std::result::Result<(), String> {
        self.watched.undergo(deed).await
    }

    fn another(&self) -> Option<Router> {
        Some(self.server())
    }

    fn restarted(&self, _server: usize) -> Option<Router> {
        Some(self.server())
    }
}

#[async_trait]
impl SessionStore for Told {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.watched.create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.watched.save(record).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.watched.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.watched.delete(id).await
    }
}

#[async_trait]
impl Sessions for Told {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        let done = match self.watched.available() {
            Ok(()) => self.watched.inner().rotate(before, record).await,
            Err(error) => Err(error),
        };
        self.watched.forget_what_is_gone().await;
        let named = format!("{before} to {}", record.id);
        self.watched.wrote("rotate", named, record, &done).await;
        done
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        let asked = self.watched.inner().successor_of(name);
        let tell = |it: &Option<Name>| {
            it.map_or("nothing".to_owned(), |name| name.to_string())
        };
        self.watched.ask("successor_of", name.to_string(), asked, tell).await
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        let named = member.unwrap_or("every member").to_owned();
        let asked = self.watched.inner().entries_of(member);
        let tell = |entries: &Vec<Entry>| names(entries);
        self.watched.ask("entries_of", named, asked, tell).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        let asked = self.watched.inner().end(name);
        self.watched.ask("end", name.to_string(), asked, bool::to_string).await
    }

    async fn end_unless_changed(&self, name: &Name, version: i64) -> Result<()> {
        let asked = self.watched.inner().end_unless_changed(name, version);
        let named = format!("{name}, if it is version {version}");
        let tell = |(): &()| String::new();
        self.watched.ask("end_unless_changed", named, asked, tell).await
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        let named: Vec<String> = names.iter().map(Name::to_string).collect();
        let named = match names {
            [] => format!("{by}: nobody"),
            _ => format!("{by}: {}", named.join(", ")),
        };
        let asked = self.watched.inner().end_by(by, names);
        self.watched.ask("end_by", named, asked, usize::to_string).await
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        let asked = self.watched.inner().delete_expired();
        let how_many = |names: &Vec<Name>| names.len().to_string();
        self.watched.ask("delete_expired", String::new(), asked, how_many).await
    }
}

/// In the order in which they began: the store's is that of names, which are random.
fn names(entries: &[Entry]) -> String {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by_key(|entry| {
        entry.data.get("device").and_then(|device| device["number"].as_u64())
    });
    let names: Vec<String> =
        entries.iter().map(|entry| entry.name.to_string()).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// Of accounts, what ends sessions is told.
#[async_trait]
impl Accounts for Told {
    async fn find(&self, name: &str) -> Result<Option<Account>> {
        self.watched.available()?;
        self.watched.inner().find(name).await
    }

    async fn add(&self, account: Account) -> Result<bool> {
        self.watched.available()?;
        self.watched.inner().add(account).await
    }

    async fn set_password(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<Option<usize>> {
        let asked = self.watched.inner().set_password(by, known, changed);
        self.watched
            .ask("set_password", format!("{by}: {}", known.name), asked, ended)
            .await
    }

    async fn disable(&self, by: &Name, name: &str) -> Result<Option<usize>> {
        let asked = self.watched.inner().disable(by, name);
        self.watched.ask("disable", format!("{by}: {name}"), asked, ended).await
    }

    async fn enable(&self, by: &Name, name: &str) -> Result<bool> {
        self.watched.available()?;
        self.watched.inner().enable(by, name).await
    }

    async fn disabled(&self) -> Result<Vec<String>> {
        self.watched.available()?;
        self.watched.inner().disabled().await
    }
}

#[async_trait]
impl Orders for Told {
    async fn place(&self, order: &Order) -> Result<()> {
        self.placed.fetch_add(1, Ordering::SeqCst);
        if self.takes_no_orders.load(Ordering::SeqCst) {
            return Err(Error::Backend("the disk is full".to_owned()));
        }
        let asked = self.watched.inner().place(order);
        let named = format!("{}: {}", order.key, order.teas);
        self.watched.ask("place", named, asked, |(): &()| String::new()).await
    }

    async fn orders_of(&self, member: &str) -> Result<Vec<Order>> {
        self.watched.available()?;
        self.watched.inner().orders_of(member).await
    }
}

fn ended(count: &Option<usize>) -> String {
    count.map_or("nothing".to_owned(), |count| count.to_string())
}
