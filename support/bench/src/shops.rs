//! The servers of the steps, each as its own program makes it.

// The store of the step's own tests. Its lines are shorter than these.
#[rustfmt::skip]
#[path = "../../../steps/step-24/tests/told/shelf.rs"]
#[allow(dead_code, reason = "nothing fails here, and time does not pass")]
mod shelf;

use std::path::Path;

use axum::Router;
use base64::{Engine, prelude::BASE64_STANDARD};
use step_24::watch::Watch;
use tower_sessions::{MemoryStore, cookie::Key};

/// Another run opens what this one has signed.
const KEY: [u8; 64] = [7; 64];

/// The server that has this name.
pub(crate) async fn app(
    name: &str,
    place: &str,
    folder: &Path,
    watch: Watch,
) -> Result<Router, String> {
    if let Some(store) = name.strip_prefix("step 24, ") {
        return step_24_in(store, place, folder, watch).await;
    }
    let key = Key::from(&KEY);
    Ok(match name {
        "step 03, `MemoryStore`" => step_03::app(MemoryStore::default()),
        "step 08, `MemoryStore`" => {
            step_08::app(step_08::sweep::Swept::new(MemoryStore::default()), key)
        }
        "step 12, `MemoryStore`" => {
            let store = step_12::sweep::Swept::new(MemoryStore::default());
            step_12::app(store, key, step_12::accounts::InMemory::default())
        }
        "step 14, SQLite, FULL" => {
            let store = step_14::sqlite::Sqlite::open(folder.join("shop.db"))?;
            step_14::app(store.clone(), key, store)
        }
        "step 15, PostgreSQL" => {
            let store = step_15::postgres::Postgres::open(place).await?;
            step_15::app(store.clone(), key, store)
        }
        "step 16, Redis" => {
            let accounts =
                step_16::account_file::AccountFile::open(folder.join("accounts.db"))?;
            let store = step_16::redis::Redis::open(place).await?;
            let accounts = step_16::apart::Apart::new(accounts, store.clone());
            step_16::app(store, key, accounts)
        }
        _ => return Err(format!("no such server: {name}")),
    })
}

async fn step_24_in(
    store: &str,
    place: &str,
    folder: &Path,
    watch: Watch,
) -> Result<Router, String> {
    use step_24::{
        account_file::AccountFile,
        apart::Apart,
        app,
        postgres::Postgres,
        redis::Redis,
        secret::{Keys, Ring},
        site::Site,
        sqlite::Sqlite,
    };

    let ring = Ring::new(Keys::parse(&BASE64_STANDARD.encode(KEY))?);
    let site = Site::default();
    Ok(match store {
        "in memory" => {
            trial::learn_nothing();
            let store = shelf::Shelf::default();
            app(store.clone(), ring, store, site, watch)
        }
        "SQLite, FULL" => {
            let store = Sqlite::open(folder.join("shop.db"))?;
            app(store.clone(), ring, store, site, watch)
        }
        "PostgreSQL" => {
            let store = Postgres::open(place).await?;
            app(store.clone(), ring, store, site, watch)
        }
        "Redis" => {
            let accounts = AccountFile::open(folder.join("accounts.db"))?;
            let store = Redis::open(place).await?;
            app(store.clone(), ring, Apart::new(accounts, store), site, watch)
        }
        _ => return Err(format!("step 24 keeps no sessions there: {store}")),
    })
}
