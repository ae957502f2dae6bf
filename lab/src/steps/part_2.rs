//! Part II, *Every knob*.

use crate::steps::part::{Part, key, stored};

#[rustfmt::skip]
pub(crate) const PART: Part = Part {
    servers: &[
        (5, || stored(step_05::app)),
        (6, || stored(|store| step_06::app(store, key()))),
        (7, || stored(|store| step_07::app(store, key()))),
        (8, || stored(|store| step_08::app(store, key()))),
    ],
    naive: &[
        (6, "no signature", || stored(step_05::app)),
        (8, "two weeks", || stored(|store| step_07::app(store, key()))),
    ],
};
