//! Part IV, *Where sessions live*.

// The recorder of step 13's own tests. Their lines are shorter than the lab's.
#[rustfmt::skip]
#[path = "../../../steps/step-13/tests/told/mod.rs"]
mod told;

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

pub(crate) const PART: Part = Part {
    servers: &[(13, || shop(Memory::default()))],
    naive: &[(13, "room for three", || shop(Memory::with_room_for(3)))],
};

fn shop(store: Memory) -> Server {
    let store = Told::new(store);
    (step_13::app(store.clone(), key(), members()), Box::new(store.0))
}

fn members() -> InMemory {
    let account = Account::new("administrator".to_owned(), ADMINISTRATORS.to_owned());
    let account = Account { is_administrator: true, ..account };
    let accounts = InMemory::default();
    finish(accounts.add(account));
    accounts
}
