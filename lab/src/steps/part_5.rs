//! Part V, *In production*.

// The recorder of the step's own tests. Its lines are shorter than the lab's.
#[rustfmt::skip]
#[path = "../../../steps/step-19/tests/told/mod.rs"]
mod told;

use conversation::Server;

use crate::steps::part::Part;
use told::Told;

pub(crate) const PART: Part = Part {
    servers: &[(19, || on(Told::new()))],
    // What chapter 19 mends is the store's part. The shop of the step before is not shown beside it:
    // it keeps no orders, and it would be a second shop in the file.
    naive: &[(19, "the last write wins", || on(Told::naive()))],
};

/// A server, beside which others can join.
fn on(store: Told) -> Server {
    (store.server(), Box::new(store))
}
