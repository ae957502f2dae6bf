//! The steps: a line for each.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};

use axum::Router;
use conversation::{Backend, Held, Row, Server, Watched};
use tower_sessions::{MemoryStore, cookie::Key};

/// A new server of each step, with an empty memory.
#[rustfmt::skip]
const SERVERS: &[fn() -> Server] = &[
    counting,
    by_hand,
    || stored(step_03::app),
    || stored(step_04::app),
    || stored(step_05::app),
    || stored(|store| step_06::app(store, key())),
    || stored(|store| step_07::app(store, key())),
    || stored(|store| step_08::app(store, key())),
];

/// The last step that the lab knows.
pub const STEPS: u64 = SERVERS.len() as u64;

pub(crate) fn server(step: u64) -> Option<Server> {
    let before = usize::try_from(step).ok()?.checked_sub(1)?;
    SERVERS.get(before).map(|new| new())
}

fn stored(app: impl FnOnce(Watched<MemoryStore>) -> Router) -> Server {
    let store = Watched::new(MemoryStore::default());
    (app(store.clone()), Box::new(store))
}

/// A key that everybody knows, for cookies that nobody else gets.
fn key() -> Key {
    Key::from(&[7; 64])
}

/// Step 01 remembers one number, for nobody in particular.
fn counting() -> Server {
    let visits = step_01::Visits::default();
    let app = step_01::app(Arc::clone(&visits));
    let rows = move || vec![row("", visits.load(Ordering::Relaxed))];
    (app, Box::new(Held(rows)))
}

/// Step 02 keeps its sessions in a map.
fn by_hand() -> Server {
    let sessions = step_02::Sessions::default();
    let app = step_02::app(Arc::clone(&sessions));
    (app, in_order_of_arrival(sessions))
}

/// A map has no order; a reader looks for the rows where they were before.
fn in_order_of_arrival(sessions: Arc<Mutex<HashMap<String, u64>>>) -> Box<dyn Backend> {
    let arrived = Mutex::new(Vec::<String>::new());
    Box::new(Held(move || {
        let sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let mut arrived = arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<String> =
            sessions.keys().filter(|id| !arrived.contains(id)).cloned().collect();
        arrived.extend(new);
        let rows = arrived.iter().filter_map(|id| Some(row(id, *sessions.get(id)?)));
        rows.collect()
    }))
}

fn row(id: &str, visits: u64) -> Row {
    Row { id: id.to_owned(), data: format!("visits = {visits}"), lives: None }
}
