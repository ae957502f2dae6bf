//! The server that is measured: it counts visits, in a store of the book.

use std::{
    io::{self, Read},
    path::Path,
    thread,
    time::Instant,
};

use axum::{Router, routing::get};
use step_13::memory::Memory;
use step_14::sqlite::Sqlite;
use step_15::postgres::Postgres;
use step_16::redis::Redis;
use step_17::memcached::Memcached;
use step_18::{cache::Cache, cached::Cached, postgres::Postgres as Told};
use tokio::{net::TcpListener, runtime, sync::oneshot};
use tower_sessions::{
    MemoryStore, Session, SessionManagerLayer, SessionStore, cookie::Key, session,
};

/// Serves on a free port, which it prints, until its standard input ends.
pub(crate) fn until_told(store: &str, place: &str) -> Result<(), String> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|why| why.to_string())?.block_on(async {
        let app = match store {
            "memory-store" => app(MemoryStore::default()),
            "step-13" => app(Memory::default()),
            "step-14" => app(Sqlite::open(Path::new(place).join("shop.db"))?),
            "step-15" => app(Postgres::open(place).await?),
            "step-16" => app(Redis::open(place).await?),
            "step-17" => app(Memcached::open(place).await?),
            "step-18" => {
                let (store, cache) = (Told::open(place).await?, Cache::by(Instant::now));
                tokio::spawn(store.clone().tell(cache.clone()));
                app(Cached::new(store, cache))
            }
            _ => return Err(format!("no such store: {store}")),
        };
        serve(app).await.map_err(|why| why.to_string())
    })
}

fn app(store: impl SessionStore + Clone) -> Router {
    let sessions = SessionManagerLayer::new(store).with_secure(false);
    Router::new().route("/", get(count)).layer(sessions.with_signed(Key::generate()))
}

async fn count(session: Session) -> Result<String, String> {
    counted(session).await.map_err(|why| why.to_string())
}

async fn counted(session: Session) -> Result<String, session::Error> {
    let visits = session.get::<u64>("visits").await?.unwrap_or(0) + 1;
    session.insert("visits", visits).await?;
    Ok(format!("visits: {visits}"))
}

async fn serve(app: Router) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    let (end, ended) = oneshot::channel::<()>();
    thread::spawn(move || {
        // Nothing is ever written to it.
        let _ = io::stdin().read(&mut [0]);
        drop(end);
    });
    tokio::select! {
        served = axum::serve(listener, app) => served,
        _ = ended => Ok(()),
    }
}
