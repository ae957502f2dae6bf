//! Serves step 23 on <http://localhost:8080>, or on the port that `PORT` names, from the file
//! `shop.db`, or wherever `STORE` says. `ORIGIN`, `PROXIES`, `PROXY_HEADER`, `FRONTENDS`,
//! `PROVIDER` and `PROVIDER_CLIENT` tell it where it stands, and `TOKEN_MINUTES` how long a
//! program's access token lives. Whoever hands over a socket (`LISTEN_FDS`) has chosen the
//! port. `LOG` and `LOG_FORMAT` say what is written to stderr, `METRICS` says where what is
//! counted can be read, and `Capacity` tells how much the server takes on. The argument
//! `new-key` adds a key to a file.

use std::{
    env,
    future::pending,
    io,
    net::{SocketAddr, TcpListener as Handed},
    process::{self, ExitCode},
    time::Duration,
};

use step_23::{
    account_file::AccountFile,
    accounts::{Account, Accounts},
    apart::Apart,
    capacity::Capacity,
    handed, key_file, lifetime,
    orders::Orders,
    postgres::Postgres,
    redis::Redis,
    secret::Ring,
    serve,
    sessions::Sessions,
    site::Site,
    sqlite::Sqlite,
    sweep,
    watch::{Watch, log, page},
};
use tokio::{net::TcpListener, signal};

/// Where sessions live, unless `STORE` says otherwise.
const NEAR: &str = "sqlite:shop.db";

const HOW: &str = "STORE is not such as sqlite:shop.db, \
                   postgres://tea:tea@localhost/tea, redis://localhost, \
                   redis+sentinel://localhost:26379/tea or \
                   redis+cluster://localhost:7001.";

const NO_POSTGRES: &str = "If none is there, start one with `docker run --rm -p \
                           127.0.0.1:5432:5432 -e POSTGRES_USER=tea \
                           -e POSTGRES_PASSWORD=tea postgres:17`, or say where it \
                           is, such as STORE=postgres://tea:tea@localhost/tea.";

const NO_REDIS: &str = "If none is there, start one with `redis-server \
                        --appendonly yes`, or say where it is, such as \
                        STORE=redis://localhost.";

/// How often the file of the keys is read.
const LOOK: Duration = Duration::from_secs(5);

/// How often expired records are deleted.
const SWEEP: Duration = Duration::from_secs(60);

/// So many connections ask for the numbers at a time: the others are the shop's.
const READERS: usize = 16;

/// How long, once the server is told to stop, what is under way may take.
const GRACE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    // Before there is a second thread: it takes its words out of the environment.
    let handed = handed::listener();
    run(handed)
}

#[tokio::main]
async fn run(handed: Result<Option<Handed>, String>) -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let done = match arguments.next() {
        Some(word) if word == "new-key" => {
            let file = arguments.next().unwrap_or("session.key".into());
            key_file::add_new_key(file.as_ref())
                .map_err(|why| format!("makes no key: {why}"))
        }
        _ => serve(handed).await.map_err(|why| format!("cannot start: {why}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("step-23 {why}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(handed: Result<Option<Handed>, String>) -> Result<(), String> {
    log::begin()?;
    let handed = handed?;
    let site = Site::parse(|name| env::var_os(name))?;
    let ring = keys()?;
    let store = env::var_os("STORE").unwrap_or(NEAR.into());
    let store = store.into_string().map_err(|_| HOW)?;
    match store.split_once(':') {
        Some(("sqlite", file)) if !file.trim_matches('/').is_empty() => {
            let store = Sqlite::open(file.strip_prefix("//").unwrap_or(file))?;
            serve_from(store.clone(), ring, store, site, handed).await
        }
        Some(("postgres" | "postgresql", _)) => {
            let store = Postgres::open(&store)
                .await
                .map_err(|why| format!("the database: {why}. {NO_POSTGRES}"))?;
            let ahead = store.ahead().await.map_err(|why| why.to_string())?;
            refuse_clock("the database's clock", ahead)?;
            serve_from(store.clone(), ring, store, site, handed).await
        }
        Some(("redis" | "redis+sentinel" | "redis+cluster", _)) => {
            let file = env::var_os("ACCOUNTS_DB").unwrap_or("accounts.db".into());
            let accounts = AccountFile::open(file)?;
            let store = Redis::open(&store)
                .await
                .map_err(|why| format!("Redis: {why}. {NO_REDIS}"))?;
            let ahead = store.ahead().await.map_err(|why| why.to_string())?;
            refuse_clock("the clock of Redis", ahead)?;
            let members = Apart::new(accounts, store.clone());
            serve_from(store, ring, members, site, handed).await
        }
        _ => Err(HOW.to_owned()),
    }
}

/// The keys, which change with their file.
fn keys() -> Result<Ring, String> {
    let (ring, watch) = key_file::ring()?;
    if let Some(watch) = watch {
        watch.look_every(LOOK);
    }
    Ok(ring)
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
    site: Site,
    handed: Option<Handed>,
) -> Result<(), String> {
    let port = env::var("PORT").unwrap_or("8080".to_owned());
    if let Ok(password) = env::var("ADMINISTRATOR_PASSWORD") {
        administer(&members, password).await?;
    }
    let listener = listen(handed, &port).await.map_err(|why| {
        format!("port {port}: {why}. Choose another one, such as PORT=8081.")
    })?;
    let address = listener.local_addr().map_err(|why| why.to_string())?;
    let stopped = stopped().map_err(|why| why.to_string())?;
    let (watch, capacity) = (Watch::default(), site.capacity);
    if let Some(at) = site.metrics {
        tell(at, &watch, capacity).await?;
    }
    println!("Listening on http://localhost:{}", address.port());
    let metrics = watch.metrics.clone();
    tokio::spawn(sweep::every(SWEEP, store.clone(), metrics));
    let app = step_23::app(store, ring, members, site, watch.clone());
    serve::serve(listener, app, capacity, watch, stopped).await;
    Ok(())
}

// ANCHOR: tell
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
// ANCHOR_END: tell

/// Sees to it that there is an administrator. Who has been one keeps the password.
async fn administer(
    accounts: &impl Accounts,
    password: String,
) -> Result<(), String> {
    let account = Account::administrator(password).await?;
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
async fn listen(handed: Option<Handed>, port: &str) -> io::Result<TcpListener> {
    if let Some(handed) = handed {
        return TcpListener::from_std(handed);
    }
    let port: u16 = port.parse().map_err(io::Error::other)?;
    TcpListener::bind(("127.0.0.1", port)).await
}

/// Done at Ctrl-C, or at the SIGTERM that a service manager sends. At the next one,
/// or when `GRACE` is over, the program ends, whatever a client holds open.
fn stopped() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let (mut ctrl_c, mut sigterm) = {
        use signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    #[cfg(windows)]
    let (mut ctrl_c, mut sigterm) =
        (signal::windows::ctrl_c()?, signal::windows::ctrl_close()?);
    Ok(async move {
        tokio::select! {
            _ = ctrl_c.recv() => {}
            _ = sigterm.recv() => {}
        }
        tokio::spawn(async move {
            let why = tokio::select! {
                _ = ctrl_c.recv() => "a second signal came",
                _ = sigterm.recv() => "a second signal came",
                () = tokio::time::sleep(GRACE) => "the time is up",
            };
            eprintln!("step-23 ends with connections still open: {why}.");
            process::exit(1);
        });
    })
}
