//! From the settings to a server that listens.

use std::{
    future::pending,
    io,
    net::{SocketAddr, TcpListener as Handed},
    time::Duration,
};

use step_24::{
    account_file::AccountFile,
    accounts::{Account, Accounts},
    apart::Apart,
    capacity::Capacity,
    key_file, lifetime,
    memcached::Memcached,
    orders::Orders,
    postgres::Postgres,
    redis::Redis,
    secret::{self, Keys, Ring},
    serve,
    sessions::Sessions,
    settings::{KeysFrom, Settings, Where},
    sqlite::Sqlite,
    sweep,
    watch::{Watch, page},
};
use tokio::net::TcpListener;

use crate::stop::stopped;

const NO_KEY: &str = "Make one with `cargo run -p step-24 -- new-key session.key` \
                      and start with SESSION_KEY_FILE=session.key.";

const NO_POSTGRES: &str = "If none is there, start one with `docker run --rm -p \
                           127.0.0.1:5432:5432 -e POSTGRES_USER=tea \
                           -e POSTGRES_PASSWORD=tea postgres:17`, or say where it \
                           is, such as STORE=postgres://tea:tea@localhost/tea.";

const NO_REDIS: &str = "If none is there, start one with `redis-server \
                        --appendonly yes`, or say where it is, such as \
                        STORE=redis://localhost.";

const NO_MEMCACHED: &str = "If none is there, start one with `memcached -l 127.0.0.1`, \
                            or say where it is, such as \
                            STORE=memcached://localhost:11211.";

/// How often the file of the keys is read.
const LOOK: Duration = Duration::from_secs(5);

/// How often expired records are deleted.
const SWEEP: Duration = Duration::from_secs(60);

/// So many connections ask for the numbers at a time: the others are the shop's.
const READERS: usize = 16;

/// Opens the store that `settings` name, and serves from there until it is told to stop.
#[tokio::main]
pub(crate) async fn serve(
    settings: Settings,
    handed: Option<Handed>,
) -> Result<(), String> {
    let ring = ring(&settings.keys)?;
    match settings.store.clone() {
        Where::Sqlite(path) => {
            let store = Sqlite::open(path)?;
            serve_from(store.clone(), ring, store, settings, handed).await
        }
        Where::Postgres(at) => {
            let store = Postgres::open(&at.url)
                .await
                .map_err(|why| format!("the database: {why}. {NO_POSTGRES}"))?;
            let ahead = store.ahead().await.map_err(|why| why.to_string())?;
            refuse_clock("the database's clock", ahead)?;
            serve_from(store.clone(), ring, store, settings, handed).await
        }
        Where::Redis(at) => {
            let accounts = AccountFile::open(&settings.accounts)?;
            let store = Redis::open(&at.url)
                .await
                .map_err(|why| format!("Redis: {why}. {NO_REDIS}"))?;
            let ahead = store.ahead().await.map_err(|why| why.to_string())?;
            refuse_clock("the clock of Redis", ahead)?;
            let members = Apart::new(accounts, store.clone());
            serve_from(store, ring, members, settings, handed).await
        }
        // ANCHOR: memcached
        Where::Memcached(at) => {
            let accounts = AccountFile::open(&settings.accounts)?;
            let store = Memcached::open(&at.url, accounts.clone())
                .await
                .map_err(|why| format!("Memcached: {why}. {NO_MEMCACHED}"))?;
            let members = Apart::new(accounts, store.clone());
            serve_from(store, ring, members, settings, handed).await
        } // ANCHOR_END: memcached
    }
}

/// The keys, which change with their file.
fn ring(keys: &KeysFrom) -> Result<Ring, String> {
    match keys {
        KeysFrom::Here(keys) => Ok(Ring::new(keys.clone())),
        KeysFrom::Nowhere => Keys::parse(&secret::new_key()).map(Ring::new),
        KeysFrom::File(file) => {
            // What is wrong with a file that is there, another key does not mend.
            let is_missing = matches!(file.try_exists(), Ok(false));
            let how = if is_missing { format!(" {NO_KEY}") } else { String::new() };
            let watch = key_file::Watch::begin(file)
                .map_err(|why| format!("{why}.{how}"))?;
            let ring = watch.ring();
            watch.look_every(LOOK);
            Ok(ring)
        }
    }
}

/// A server far from the store's time would keep no session, or end none.
fn refuse_clock(which: &str, ahead: time::Duration) -> Result<(), String> {
    if ahead.abs() > lifetime::APART {
        let seconds = ahead.whole_seconds();
        return Err(format!("{which} is {seconds} s ahead. Set both."));
    }
    Ok(())
}

async fn serve_from<Store: Sessions + Clone>(
    store: Store,
    ring: Ring,
    members: impl Accounts + Orders,
    settings: Settings,
    handed: Option<Handed>,
) -> Result<(), String> {
    let (site, port) = (settings.site, settings.port);
    if let Some(password) = settings.administrator {
        administer(&members, &password).await?;
    }
    let listener = listen(handed, port).await.map_err(|why| {
        format!("port {port}: {why}. Choose another one, such as PORT=8081.")
    })?;
    let address = listener.local_addr().map_err(|why| why.to_string())?;
    let stopped = stopped().map_err(|why| why.to_string())?;
    let (watch, capacity) = (Watch::default(), site.capacity);
    if let Some(at) = site.metrics {
        tell(at, &watch, capacity).await?;
    }
    // Whoever cannot start says why, and nothing besides.
    for doubt in &settings.doubts {
        tracing::warn!("{doubt}");
    }
    println!("Listening on http://localhost:{}", address.port());
    let metrics = watch.metrics.clone();
    tokio::spawn(sweep::every(SWEEP, store.clone(), metrics));
    let app = step_24::app(store, ring, members, site, watch.clone());
    let app = match settings.moving {
        Some(moving) => moving.around(app),
        None => app,
    };
    serve::serve(listener, app, capacity, watch, stopped).await;
    Ok(())
}

/// Tells there what is counted, for as long as the program runs. Who reads it is not
/// counted.
async fn tell(
    address: SocketAddr,
    watch: &Watch,
    capacity: Capacity,
) -> Result<(), String> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|why| format!("METRICS {address}: {why}."))?;
    let (page, other) = (page::of(watch.metrics.clone()), Watch::default());
    let capacity = Capacity { connections: READERS, ..capacity };
    tokio::spawn(serve::serve(listener, page, capacity, other, pending()));
    Ok(())
}

/// Sees to it that there is an administrator. Who has been one keeps the password.
async fn administer(
    accounts: &impl Accounts,
    password: &str,
) -> Result<(), String> {
    let account = Account::administrator(password.to_owned()).await?;
    let name = account.name.clone();
    let is_new = accounts.add(account).await.map_err(|why| why.to_string())?;
    let known = accounts.find(&name).await.map_err(|why| why.to_string())?;
    if !known.is_some_and(|account| account.is_administrator) {
        return Err(format!(
            "somebody else is called {name}. Delete that account from the database."
        ));
    }
    if !is_new {
        tracing::info!("there is an administrator already, whose password stays");
    }
    Ok(())
}

/// Takes the socket that is handed over, and otherwise its own.
async fn listen(handed: Option<Handed>, port: u16) -> io::Result<TcpListener> {
    if let Some(handed) = handed {
        return TcpListener::from_std(handed);
    }
    TcpListener::bind(("127.0.0.1", port)).await
}
