//! A session store that watches the store it wraps.

use std::{
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use async_trait::async_trait;
use axum::Router;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

use crate::{deed::Deed, tokens::Token};

/// One call that the server made to its store, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `create`, `load`, `save` or `delete`, or what else this store can be asked.
    pub verb: &'static str,
    /// The session identifier, or whatever else the call names.
    pub id: String,
    /// The data that went to the store, as JSON; empty for `load` and `delete`.
    pub sent: String,
    /// How long the record is to live, for `create` and `save`.
    pub lives: Option<Duration>,
    /// What the store answered: data as JSON, `nothing`, an error, or empty.
    pub answer: String,
}

impl Call {
    /// The identifier of the record that was sent or loaded: a rotation names the one of before,
    /// too.
    pub(crate) fn record(&self) -> &str {
        self.id.rsplit(' ').next().unwrap_or_default()
    }
}

/// A row that the server holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What the store finds it by: the session identifier, or a hash of it; empty where there is
    /// none.
    pub id: String,
    /// The data, as JSON or as text.
    pub data: String,
    /// How long it has still to live; zero or less once expired; `None` for ever.
    pub lives: Option<Duration>,
}

/// The keys that one of the servers has.
#[derive(Clone, Debug, PartialEq)]
pub struct KeysOf {
    /// What the one is called that signs.
    pub signs: &'static str,
    /// What those are called that open what they have signed, the oldest first.
    pub opens: Vec<&'static str>,
    /// What whoever runs the server can do with them, in the words of a script.
    pub changes: Vec<&'static str>,
}

/// What came of a change to one of the servers.
pub struct Changed {
    /// What is told of it, for the record.
    pub told: String,
    /// What answers in the place of this server from now on, if it is another one.
    pub app: Option<Router>,
}

/// What a [`Conversation`](crate::Conversation) asks of the server's memory.
#[async_trait]
pub trait Backend: Send + Sync {
    /// The calls made since the last time of asking.
    fn calls(&self) -> Vec<Call>;
    /// Everything held now, oldest first.
    fn rows(&self) -> Vec<Row>;
    /// Lets time pass for everything held.
    async fn age(&self, by: Duration);
    /// Hears that the clock has moved by itself, so that nothing held need be moved.
    fn tick(&self, _by: Duration) {}
    /// Another server beside those that there are, on the same memory, if there can be one.
    fn another(&self) -> Option<Router> {
        None
    }
    /// Whether there can be another server.
    fn has_room(&self) -> bool {
        self.another().is_some()
    }
    /// What takes the place of a server that ends, counted from zero, on the same memory; none if
    /// the memory ends with it.
    fn restarted(&self, _server: usize) -> Option<Router> {
        None
    }
    /// The tokens in an answer that came now, where the servers give any, as
    /// [`tokens_in`](crate::tokens_in) finds them: who does not call it, does not have it compiled.
    fn tokens(&self, _answer: &str, _now: OffsetDateTime) -> Vec<Token> {
        Vec::new()
    }
    /// The keys of each server, where they can be changed.
    fn keys(&self) -> Vec<KeysOf> {
        Vec::new()
    }
    /// Changes a server, counted from zero, in one of the ways that [`keys`](Self::keys) tells.
    ///
    /// # Errors
    /// Says what cannot be done.
    fn operate(&self, _server: usize, what: &str) -> Result<Changed, String> {
        Err(format!("there is no server here that {what}"))
    }
    /// What was done to the memory behind the server's back since the last time of asking, with
    /// the identifier of each row that was planted.
    fn deeds(&self) -> Vec<(Deed, Option<String>)> {
        Vec::new()
    }
    /// Does the next call of this name at once and keeps its answer back, until it is told `None`.
    fn hold(&self, _verb: Option<&'static str>) {}
    /// Whether an answer is kept back.
    fn holds(&self) -> bool {
        false
    }
    /// Plants a row, fails or recovers, as the deed says.
    async fn undergo(&self, _deed: &Deed) -> Result<(), String> {
        Err("this server has no store that could be told to".to_owned())
    }
}

/// A store that passes each call on to another one and remembers it.
///
/// It ages rows by moving their expiry, and every date in their data, into the past, so that
/// neither the store nor the server needs a clock of the test's. What the test itself takes makes
/// no row older, and is taken back from every date that is told.
pub struct Watched<S> {
    inner: Arc<S>,
    called: fn(&Id) -> String,
    ledger: Arc<Mutex<Ledger>>,
}

struct Ledger {
    /// When the story began, whose clock stands still.
    began: OffsetDateTime,
    calls: Vec<Call>,
    rows: Vec<Kept>,
    failing: Option<String>,
    to_hold: Option<&'static str>,
    holds: bool,
    deeds: Vec<(Deed, Option<String>)>,
}

/// A row, and when the dates of its record were true.
struct Kept {
    id: Id,
    row: Row,
    then: OffsetDateTime,
}

impl<S> Clone for Watched<S> {
    fn clone(&self) -> Self {
        let (inner, ledger) = (Arc::clone(&self.inner), Arc::clone(&self.ledger));
        Self { inner, called: self.called, ledger }
    }
}

impl<S> fmt::Debug for Watched<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}

impl<S: SessionStore> Watched<S> {
    /// Watches `store`, which finds a row by the session's identifier.
    pub fn new(store: S) -> Self {
        Self::hashed(store, Id::to_string)
    }

    /// Watches `store`, which finds a row by what `called` makes of the identifier.
    pub fn hashed(store: S, called: fn(&Id) -> String) -> Self {
        let ledger = Ledger {
            began: OffsetDateTime::now_utc(),
            calls: Vec::new(),
            rows: Vec::new(),
            failing: None,
            to_hold: None,
            holds: false,
            deeds: Vec::new(),
        };
        Self { inner: Arc::new(store), called, ledger: Arc::new(Mutex::new(ledger)) }
    }

    /// Watches `store` too: another server's way to the same rows.
    pub fn beside(&self, store: S) -> Self {
        let ledger = Arc::clone(&self.ledger);
        Self { inner: Arc::new(store), called: self.called, ledger }
    }

    /// The store.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Asks the store for something that `SessionStore` cannot say, and remembers the call: what
    /// it names, and its answer in words.
    ///
    /// # Errors
    /// Passes on what the store answers.
    pub async fn ask<T: Send>(
        &self,
        verb: &'static str,
        named: String,
        work: impl Future<Output = session_store::Result<T>> + Send,
        tell: impl FnOnce(&T) -> String + Send,
    ) -> session_store::Result<T> {
        let answer = match self.available() {
            Ok(()) => work.await,
            Err(error) => Err(error),
        };
        self.forget_what_is_gone().await;
        let told = match &answer {
            Ok(answer) => tell(answer),
            Err(error) => format!("error: {error}"),
        };
        let (sent, lives) = (String::new(), None);
        self.note(Call { verb, id: named, sent, lives, answer: told }).await;
        answer
    }

    /// Makes every later call fail with this message, as a store that is out of reach does.
    pub fn fail(&self, message: &str) {
        let mut ledger = self.ledger();
        ledger.failing = Some(message.to_owned());
        ledger.deeds.push((Deed::Fail(message.to_owned()), None));
    }

    /// Ends what [`fail`](Self::fail) began.
    pub fn recover(&self) {
        let mut ledger = self.ledger();
        ledger.failing = None;
        ledger.deeds.push((Deed::Recover, None));
    }

    /// Writes a row behind the server's back: an older version's, or a corrupt one.
    /// Returns its session identifier.
    ///
    /// # Errors
    /// Passes on what the store answers.
    pub async fn plant(&self, data: Value, lives: Duration) -> session_store::Result<String> {
        let text = serde_json::to_string(&data).expect("a JSON value is JSON");
        let deed = Deed::Plant { data: text, lives };
        let data = data.as_object().cloned().unwrap_or_default().into_iter().collect();
        let expiry_date = OffsetDateTime::now_utc() + lives;
        let mut record = Record { id: Id::default(), data, expiry_date };
        self.inner.create(&mut record).await?;
        let id = record.id.to_string();
        let now = OffsetDateTime::now_utc();
        let row = self.row(&record, now);
        let mut ledger = self.ledger();
        ledger.keep(record.id, row, now);
        ledger.deeds.push((deed, Some(id.clone())));
        Ok(id)
    }

    /// Changes the record of a row behind the server's back.
    ///
    /// # Errors
    /// Passes on what the store answers.
    pub async fn change(
        &self,
        row: &Row,
        change: impl FnOnce(&mut Record),
    ) -> session_store::Result<()> {
        let ids: Vec<Id> = self.ledger().rows.iter().map(|kept| kept.id).collect();
        let id = ids.into_iter().find(|id| (self.called)(id) == row.id);
        let record = match id {
            Some(id) => self.inner.load(&id).await?,
            None => None,
        };
        let gone = || session_store::Error::Backend("there is no such row".to_owned());
        let mut record = record.ok_or_else(gone)?;
        change(&mut record);
        self.inner.save(&record).await
    }

    /// Whether the store may be asked at all.
    ///
    /// # Errors
    /// What [`fail`](Self::fail) has said.
    pub fn available(&self) -> session_store::Result<()> {
        match &self.ledger().failing {
            Some(message) => Err(session_store::Error::Backend(message.clone())),
            None => Ok(()),
        }
    }

    /// Keeps a record that was written, if it was, and remembers the call.
    pub async fn wrote(
        &self,
        verb: &'static str,
        named: String,
        record: &Record,
        done: &session_store::Result<()>,
    ) {
        let now = OffsetDateTime::now_utc();
        let row = self.row(record, now);
        if done.is_ok() {
            self.ledger().keep(record.id, row.clone(), now);
        }
        let Row { data: sent, lives, .. } = row;
        self.note(Call { verb, id: named, sent, lives, answer: failure(done) }).await;
    }

    /// Strikes the rows out that should live, and that the store does not find any more: it may
    /// have put one in the place of another.
    pub async fn forget_what_is_gone(&self) {
        let lives = |kept: &&Kept| kept.row.lives.is_some_and(Duration::is_positive);
        let ids: Vec<Id> =
            self.ledger().rows.iter().filter(lives).map(|kept| kept.id).collect();
        for id in ids {
            if matches!(self.inner.load(&id).await, Ok(None)) {
                self.ledger().rows.retain(|kept| kept.id != id);
            }
        }
    }

    /// Strikes out what the store holds no more, whether it should live or has expired.
    pub fn keep(&self, is_held: impl Fn(&Row) -> bool) {
        self.ledger().rows.retain(|kept| is_held(&kept.row));
    }

    fn row(&self, record: &Record, now: OffsetDateTime) -> Row {
        let lives = record_lives(record, now);
        let data = self.ledger().data(record, now);
        Row { id: (self.called)(&record.id), data, lives: Some(lives) }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn note(&self, call: Call) {
        let verb = call.verb;
        self.ledger().calls.push(call);
        let held = self.ledger().to_hold.take_if(|to_hold| *to_hold == verb).is_some();
        if held {
            self.ledger().holds = true;
            // Whoever lets the answer go polls again.
            poll_fn(|_| if self.ledger().holds { Poll::Pending } else { Poll::Ready(()) })
                .await;
        }
    }

    /// Moves what the store holds by this time, less what the test itself took since it was true.
    async fn age_row(
        &self,
        id: Id,
        then: OffsetDateTime,
        by: Duration,
    ) -> session_store::Result<()> {
        let Some(mut record) = self.inner.load(&id).await? else { return Ok(()) };
        let now = OffsetDateTime::now_utc();
        let by = by - (now - then);
        record.expiry_date -= by;
        record.data.values_mut().for_each(|value| age_dates(value, by));
        self.inner.save(&record).await?;
        self.ledger().keep_data(&record, now);
        Ok(())
    }
}

impl Ledger {
    /// The record's data as JSON, as its story tells it.
    fn data(&self, record: &Record, now: OffsetDateTime) -> String {
        json(record, now - self.began)
    }

    fn keep(&mut self, id: Id, row: Row, then: OffsetDateTime) {
        let kept = Kept { id, row, then };
        match self.rows.iter_mut().find(|old| old.id == id) {
            Some(old) => *old = kept,
            None => self.rows.push(kept),
        }
    }

    fn keep_data(&mut self, record: &Record, now: OffsetDateTime) {
        let data = self.data(record, now);
        if let Some(kept) = self.rows.iter_mut().find(|kept| kept.id == record.id) {
            (kept.row.data, kept.then) = (data, now);
        }
    }

    fn age(&mut self, by: Duration) {
        for Kept { row, .. } in &mut self.rows {
            row.lives = row.lives.map(|lives| lives - by);
        }
    }
}

#[async_trait]
impl<S: SessionStore> Backend for Watched<S> {
    fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.ledger().calls)
    }

    fn rows(&self) -> Vec<Row> {
        self.ledger().rows.iter().map(|kept| kept.row.clone()).collect()
    }

    async fn age(&self, by: Duration) {
        let held = |kept: &Kept| (kept.id, kept.then);
        let rows: Vec<_> = self.ledger().rows.iter().map(held).collect();
        for (id, then) in rows {
            self.age_row(id, then, by).await.expect("the watched store answers");
        }
        self.ledger().age(by);
    }

    fn tick(&self, by: Duration) {
        let mut ledger = self.ledger();
        ledger.began += by;
        ledger.age(by);
    }

    fn hold(&self, verb: Option<&'static str>) {
        let mut ledger = self.ledger();
        (ledger.to_hold, ledger.holds) = (verb, false);
    }

    fn holds(&self) -> bool {
        self.ledger().holds
    }

    fn deeds(&self) -> Vec<(Deed, Option<String>)> {
        std::mem::take(&mut self.ledger().deeds)
    }

    async fn undergo(&self, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Fail(message) => self.fail(message),
            Deed::Recover => self.recover(),
            Deed::Plant { data, lives } => {
                let data = serde_json::from_str(data).map_err(|why| why.to_string())?;
                self.plant(data, *lives).await.map_err(|why| why.to_string())?;
            }
            _ => return Err("the store has no part in this".to_owned()),
        }
        Ok(())
    }
}

#[async_trait]
impl<S: SessionStore> SessionStore for Watched<S> {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let done = match self.available() {
            Ok(()) => self.inner.create(record).await,
            Err(error) => Err(error),
        };
        self.wrote("create", record.id.to_string(), record, &done).await;
        done
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let done = match self.available() {
            Ok(()) => self.inner.save(record).await,
            Err(error) => Err(error),
        };
        self.wrote("save", record.id.to_string(), record, &done).await;
        done
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let found = match self.available() {
            Ok(()) => self.inner.load(id).await,
            Err(error) => Err(error),
        };
        let answer = match &found {
            Ok(Some(record)) => self.ledger().data(record, OffsetDateTime::now_utc()),
            Ok(None) => "nothing".to_owned(),
            Err(error) => format!("error: {error}"),
        };
        self.note(Call {
            verb: "load",
            id: id.to_string(),
            sent: String::new(),
            lives: None,
            answer,
        })
        .await;
        found
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let done = match self.available() {
            Ok(()) => self.inner.delete(id).await,
            Err(error) => Err(error),
        };
        if done.is_ok() {
            self.ledger().rows.retain(|kept| kept.id != *id);
        }
        let answer = failure(&done);
        let id = id.to_string();
        self.note(Call { verb: "delete", id, sent: String::new(), lives: None, answer }).await;
        done
    }
}

fn failure(done: &session_store::Result<()>) -> String {
    done.as_ref().err().map(|error| format!("error: {error}")).unwrap_or_default()
}

/// Rounded to the second: the time that the test itself takes must not show.
fn record_lives(record: &Record, now: OffsetDateTime) -> Duration {
    let lives = record.expiry_date - now;
    Duration::seconds((lives + Duration::milliseconds(500)).whole_seconds())
}

/// Sorted by key, since the record's own map has no order; each date that much earlier.
fn json(record: &Record, earlier: Duration) -> String {
    let mut sorted = Map::new();
    for (key, value) in &record.data {
        let mut value = value.clone();
        age_dates(&mut value, earlier);
        sorted.insert(key.clone(), value);
    }
    serde_json::to_string(&sorted).expect("JSON values are JSON")
}

fn age_dates(value: &mut Value, by: Duration) {
    match value {
        Value::String(text) => {
            if let Ok(date) = OffsetDateTime::parse(text, &Rfc3339) {
                *text =
                    (date - by).format(&Rfc3339).expect("a date of this era has four digits");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| age_dates(item, by)),
        Value::Object(fields) => fields.values_mut().for_each(|field| age_dates(field, by)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The memory of a server that has no store to watch: only its rows can be seen.
pub struct Held<F>(pub F);

#[async_trait]
impl<F: Fn() -> Vec<Row> + Send + Sync> Backend for Held<F> {
    fn calls(&self) -> Vec<Call> {
        Vec::new()
    }

    fn rows(&self) -> Vec<Row> {
        (self.0)()
    }

    async fn age(&self, _by: Duration) {}
}
