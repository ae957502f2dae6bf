//! A server that counts visits, in a store of the book.

use std::{path::Path, time::Instant};

use axum::{Router, routing::get};
use step_13::memory::Memory;
use step_14::sqlite::Sqlite;
use step_15::postgres::Postgres;
use step_16::redis::Redis;
use step_17::memcached::Memcached;
use step_18::{cache::Cache, cached::Cached, postgres::Postgres as Told};
use tower_sessions::{
    MemoryStore, Session, SessionManagerLayer, SessionStore, cookie::Key, session,
};

pub(crate) async fn app(store: &str, place: &str) -> Result<Router, String> {
    Ok(match store {
        "memory-store" => counter(MemoryStore::default()),
        "step-13" => counter(Memory::default()),
        "step-14" => counter(Sqlite::open(Path::new(place).join("shop.db"))?),
        "step-15" => counter(Postgres::open(place).await?),
        "step-16" => counter(Redis::open(place).await?),
        "step-17" => counter(Memcached::open(place).await?),
        "step-18" => {
            let (store, cache) = (Told::open(place).await?, Cache::by(Instant::now));
            tokio::spawn(store.clone().tell(cache.clone()));
            counter(Cached::new(store, cache))
        }
        _ => return Err(format!("no such store: {store}")),
    })
}

fn counter(store: impl SessionStore + Clone) -> Router {
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
