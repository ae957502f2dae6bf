//! Part IV, *Where sessions live*.

// The recorders of the steps' own tests. Their lines are shorter than the lab's.
#[rustfmt::skip]
#[path = "../../../steps/step-13/tests/told/mod.rs"]
mod told;
#[rustfmt::skip]
#[path = "../../../steps/step-18/tests/told/mod.rs"]
mod told_18;

use conversation::Server;
use step_13::{
    accounts::{Account, Accounts, InMemory},
    memory::Memory,
};

use crate::{
    finish::finish,
    steps::part::{ADMINISTRATORS, Part, key},
};
use told::Told;
use told_18::Caches;

pub(crate) const PART: Part = Part {
    servers: &[(13, || shop(Memory::default())), (18, || with(Caches::Hear))],
    naive: &[
        (13, "room for three", || shop(Memory::with_room_for(3))),
        (18, "the cache of tower-sessions", || with(Caches::AreNaive)),
        (18, "messages are lost", || with(Caches::AreDeaf)),
    ],
};

fn shop(store: Memory) -> Server {
    let store = Told::new(store);
    (step_13::app(store.clone(), key(), members()), Box::new(store.0))
}

/// A server with a cache, beside which others can join.
fn with(caches: Caches) -> Server {
    let store = told_18::Told::new(caches);
    (store.server(), Box::new(store))
}

fn members() -> InMemory {
    let account = Account::new("administrator".to_owned(), ADMINISTRATORS.to_owned());
    let account = Account { is_administrator: true, ..account };
    let accounts = InMemory::default();
    finish(accounts.add(account));
    accounts
}
