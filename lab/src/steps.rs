//! The steps: a line for each.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};

use axum::Router;
use conversation::{Backend, Held, Row, Server, Watched};
use step_09::naive::Renewal;
use step_10::naive::Ending;
use step_11::naive::Guard;
use step_12::accounts::{Account, Accounts};
use tower_sessions::{MemoryStore, cookie::Key};

use crate::finish::finish;

/// Makes a new server, with an empty memory.
type New = fn() -> Server;

/// A server of each step.
#[rustfmt::skip]
const SERVERS: &[New] = &[
    counting,
    by_hand,
    || stored(step_03::app),
    || stored(step_04::app),
    || stored(step_05::app),
    || stored(|store| step_06::app(store, key())),
    || stored(|store| step_07::app(store, key())),
    || stored(|store| step_08::app(store, key())),
    || stored(|store| step_09::app(store, key(), step_09::accounts::InMemory::default())),
    || stored(|store| step_10::app(store, key(), step_10::accounts::InMemory::default())),
    || stored(|store| step_11::app(store, key(), step_11::accounts::InMemory::default())),
    || stored(|store| step_12::app(step_12::sweep::Swept::new(store), key(), members())),
];

/// The servers of a step that look right and are not, as the chapter calls them.
#[rustfmt::skip]
const NAIVE: &[(u64, &str, New)] = &[
    (9, "the identifier stays", || renewing(Renewal::None)),
    (9, "flush", || renewing(Renewal::Flush)),
    (9, "clear", || renewing(Renewal::Clear)),
    (10, "delete", || ending(Ending::Delete)),
    (10, "clear", || ending(Ending::Clear)),
    (10, "remove", || ending(Ending::Remove)),
    (10, "flush, and a store that is not strict", || ending(Ending::FlushOnly)),
    (11, "SameSite", || guarded(Guard::SameSite)),
    (11, "SameSite and Origin", || guarded(Guard::Origin)),
    (11, "SameSite and a token", || guarded(Guard::Token)),
    (11, "double submit", || guarded(Guard::DoubleSubmit)),
];

/// The last step that the lab knows.
pub const STEPS: u64 = SERVERS.len() as u64;

/// A new server of this step: its own, or the naive one of this name.
pub(crate) fn server(step: u64, naive: Option<&str>) -> Option<Server> {
    if let Some(name) = naive {
        let mut all = NAIVE.iter().filter(|(of, ..)| *of == step);
        return all.find(|(_, known, _)| *known == name).map(|(.., new)| new());
    }
    let before = usize::try_from(step).ok()?.checked_sub(1)?;
    SERVERS.get(before).map(|new| new())
}

/// What the naive servers of this step are called.
pub(crate) fn naive(step: u64) -> Vec<&'static str> {
    NAIVE.iter().filter(|(of, ..)| *of == step).map(|(_, name, _)| *name).collect()
}

fn stored(app: impl FnOnce(Watched<MemoryStore>) -> Router) -> Server {
    let store = Watched::new(MemoryStore::default());
    (app(store.clone()), Box::new(store))
}

/// A key that everybody knows, for cookies that nobody else gets.
fn key() -> Key {
    Key::from(&[7; 64])
}

fn renewing(renewal: Renewal) -> Server {
    let accounts = step_09::accounts::InMemory::default();
    stored(|store| step_09::naive::app(renewal, store, key(), accounts))
}

fn ending(ending: Ending) -> Server {
    let accounts = step_10::accounts::InMemory::default();
    stored(|store| step_10::naive::app(ending, store, key(), accounts))
}

fn guarded(guard: Guard) -> Server {
    let accounts = step_11::accounts::InMemory::default();
    stored(|store| step_11::naive::app(guard, store, key(), accounts))
}

/// The administrator of step 12, whose password is "a cup before noon".
fn members() -> step_12::accounts::InMemory {
    const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$x/lhTQ5ddhd/RLBaihBt5w$hG5ki1o0fs8Q+dgUvbqex4bIPhj+RHUI7S5pn+W1Qus";
    let account = Account::new("administrator".to_owned(), HASH.to_owned());
    let account = Account { is_administrator: true, ..account };
    let accounts = step_12::accounts::InMemory::default();
    finish(accounts.add(account));
    accounts
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
