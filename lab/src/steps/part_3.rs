//! Part III, *Signing in and out*.

use conversation::Server;
use step_09::naive::Renewal;
use step_10::naive::Ending;
use step_11::naive::Guard;
use step_12::accounts::{Account, Accounts};

use crate::finish::finish;
use crate::steps::part::{ADMINISTRATORS, Part, key, stored};

#[rustfmt::skip]
pub(crate) const PART: Part = Part {
    servers: &[
        (9, || stored(|store| step_09::app(store, key(), step_09::accounts::InMemory::default()))),
        (10, || stored(|store| step_10::app(store, key(), step_10::accounts::InMemory::default()))),
        (11, || stored(|store| step_11::app(store, key(), step_11::accounts::InMemory::default()))),
        (12, || stored(|store| step_12::app(step_12::sweep::Swept::new(store), key(), members()))),
    ],
    naive: &[
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
    ],
};

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

fn members() -> step_12::accounts::InMemory {
    let account = Account::new("administrator".to_owned(), ADMINISTRATORS.to_owned());
    let account = Account { is_administrator: true, ..account };
    let accounts = step_12::accounts::InMemory::default();
    finish(accounts.add(account));
    accounts
}
