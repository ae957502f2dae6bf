//! Step 24 on a store that panics, fails and hangs now and then, as `FAULTS` says:
//! `panic=997,fail=499,late=701,hang=1999` is one call in so many. Others are what no store may do:
//! with `foreign` it loads another's session, with `same` it gives two the same identifier, with
//! `forget` it keeps nothing of a save, with `spare` it ends nothing that it is to end for somebody.

use std::{
    env,
    future::pending,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use step_24::{
    account_file::AccountFile,
    accounts::{Account, Accounts},
    apart::Apart,
    key_file,
    name::Name,
    orders::Orders,
    redis::Redis,
    serve,
    sessions::{Entry, Sessions},
    site::Site,
    sqlite::Sqlite,
    watch::Watch,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

#[tokio::main]
async fn main() -> std::result::Result<(), String> {
    let store = env::var("STORE").map_err(|why| format!("STORE: {why}"))?;
    if let Some(file) = store.strip_prefix("sqlite:") {
        let store = Sqlite::open(file)?;
        return serve_from(store.clone(), store).await;
    }
    let accounts = env::var("ACCOUNTS_DB").map_err(|why| format!("ACCOUNTS_DB: {why}"))?;
    let accounts = AccountFile::open(accounts)?;
    let store = Redis::open(&store).await.map_err(|why| why.to_string())?;
    serve_from(store.clone(), Apart::new(accounts, store)).await
}

async fn serve_from<Store: Sessions + Clone>(
    store: Store,
    members: impl Accounts + Orders,
) -> std::result::Result<(), String> {
    let faults = Arc::new(Faults::parse(&env::var("FAULTS").unwrap_or_default())?);
    let password = env::var("ADMINISTRATOR_PASSWORD").map_err(|why| why.to_string())?;
    let administrator = Account::administrator(password).await?;
    members.add(administrator).await.map_err(|why| why.to_string())?;
    let site = Site::parse(|name| env::var_os(name))?;
    let key = env::var_os("SESSION_KEY_FILE").ok_or("SESSION_KEY_FILE is not set")?;
    let ring = key_file::Watch::begin(key.as_ref())?.ring();
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|why| why.to_string())?;
    let address = listener.local_addr().map_err(|why| why.to_string())?;
    let mut term = signal(SignalKind::terminate()).map_err(|why| why.to_string())?;
    println!("Listening on http://localhost:{}", address.port());
    let (watch, capacity) = (Watch::default(), site.capacity);
    let store = Faulty { inner: store, faults: faults.clone() };
    let app = step_24::app(store, ring, members, site, watch.clone());
    let stopped = async move { term.recv().await.unwrap_or_default() };
    serve::serve(listener, app, capacity, watch, stopped).await;
    eprintln!("{}", faults.counted());
    Ok(())
}

/// What goes wrong, and how often it has.
#[derive(Debug, Default)]
struct Faults {
    panics: Every,
    fails: Every,
    fails_late: Every,
    hangs: Every,
    foreign: Every,
    same: Every,
    forgets: Every,
    spares: Every,
    /// The session that was loaded last, and the identifier that was made last.
    last_loaded: Mutex<Option<Record>>,
    last_made: Mutex<Option<Id>>,
}

/// Comes true once in so many times; never, if that is 0.
#[derive(Debug, Default)]
struct Every {
    most: usize,
    asked: AtomicUsize,
}

impl Every {
    fn is_due(&self) -> bool {
        self.most > 0
            && (self.asked.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(self.most)
    }

    fn times(&self) -> usize {
        self.asked.load(Ordering::Relaxed).checked_div(self.most).unwrap_or(0)
    }
}

impl Faults {
    fn parse(text: &str) -> std::result::Result<Self, String> {
        let mut faults = Self::default();
        for fault in text.split(',').filter(|it| !it.is_empty()) {
            let (name, most) = fault.split_once('=').ok_or("FAULTS is not such as fail=9")?;
            let every = match name {
                "panic" => &mut faults.panics,
                "fail" => &mut faults.fails,
                "late" => &mut faults.fails_late,
                "hang" => &mut faults.hangs,
                "foreign" => &mut faults.foreign,
                "same" => &mut faults.same,
                "forget" => &mut faults.forgets,
                "spare" => &mut faults.spares,
                _ => return Err(format!("FAULTS has no {name}")),
            };
            every.most = most.parse().map_err(|_| format!("FAULTS: {most} is no number"))?;
        }
        Ok(faults)
    }

    fn counted(&self) -> String {
        let [panics, fails, late, hangs] =
            [&self.panics, &self.fails, &self.fails_late, &self.hangs].map(Every::times);
        format!("faults: panics={panics} fails={} hangs={hangs}", fails + late)
    }
}

/// Any store, some calls of which go wrong.
#[derive(Clone, Debug)]
struct Faulty<Store> {
    inner: Store,
    faults: Arc<Faults>,
}

impl<Store> Faulty<Store> {
    /// A call, or what goes wrong instead, or afterwards: then it is done, and nobody hears so.
    async fn call<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let faults = &self.faults;
        if faults.panics.is_due() {
            panic!("a planted panic");
        }
        if faults.hangs.is_due() {
            return pending().await;
        }
        let failed = || Error::Backend("a planted failure".to_owned());
        if faults.fails.is_due() {
            return Err(failed());
        }
        let is_late = faults.fails_late.is_due();
        let done = call.await?;
        if is_late { Err(failed()) } else { Ok(done) }
    }

    /// What was loaded, or what was loaded last.
    fn mixed_up(&self, found: Option<Record>) -> Option<Record> {
        let found = found?;
        let mut last = self.faults.last_loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let before = last.replace(found.clone()).filter(|it| it.id != found.id);
        match before {
            Some(before) if self.faults.foreign.is_due() => {
                Some(Record { id: found.id, ..before })
            }
            _ => Some(found),
        }
    }

    /// The identifier that was made, or the one that was made last.
    fn taken_twice(&self, made: Id) -> Id {
        let mut last = self.faults.last_made.lock().unwrap_or_else(PoisonError::into_inner);
        match last.replace(made) {
            Some(before) if self.faults.same.is_due() => before,
            _ => made,
        }
    }
}

#[async_trait]
impl<Store: SessionStore> SessionStore for Faulty<Store> {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.call(self.inner.create(record)).await?;
        record.id = self.taken_twice(record.id);
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        if self.faults.forgets.is_due() {
            return Ok(());
        }
        self.call(self.inner.save(record)).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        Ok(self.mixed_up(self.call(self.inner.load(id)).await?))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.call(self.inner.delete(id)).await
    }
}

#[async_trait]
impl<Store: Sessions> Sessions for Faulty<Store> {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        self.call(self.inner.rotate(before, record)).await
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        self.call(self.inner.successor_of(name)).await
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        self.call(self.inner.entries_of(member)).await
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        self.call(self.inner.end(name)).await
    }

    async fn end_unless_changed(&self, name: &Name, version: i64) -> Result<()> {
        self.call(self.inner.end_unless_changed(name, version)).await
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        if self.faults.spares.is_due() {
            return Ok(names.len());
        }
        self.call(self.inner.end_by(by, names)).await
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        self.inner.delete_expired().await
    }
}
