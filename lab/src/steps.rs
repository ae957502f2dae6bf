//! The steps, as the book's summary groups them: a module for each part of the book, and a line in
//! it for each step. Each part is a feature, so that its file for the page has no other steps in it.

mod part;
#[cfg(feature = "part-1")]
mod part_1;
#[cfg(feature = "part-2")]
mod part_2;
#[cfg(feature = "part-3")]
mod part_3;
#[cfg(feature = "part-4")]
mod part_4;
#[cfg(feature = "part-5")]
mod part_5;
#[cfg(feature = "part-5")]
mod signing;

use conversation::Server;

use crate::steps::part::{New, Part};

/// The parts that this lab has.
const PARTS: &[Part] = &[
    #[cfg(feature = "part-1")]
    part_1::PART,
    #[cfg(feature = "part-2")]
    part_2::PART,
    #[cfg(feature = "part-3")]
    part_3::PART,
    #[cfg(feature = "part-4")]
    part_4::PART,
    #[cfg(feature = "part-5")]
    part_5::PART,
];

/// The steps of each part of the book that this lab has: of all parts, unless it was built for one.
pub fn parts() -> impl Iterator<Item = Vec<u64>> {
    PARTS.iter().map(|part| part.servers.iter().map(|(step, _)| *step).collect())
}

/// A new server of this step: its own, or the naive one of this name.
pub(crate) fn server(step: u64, naive: Option<&str>) -> Option<Server> {
    if let Some(name) = naive {
        let mut all = naive_of(step);
        return all.find(|(known, _)| *known == name).map(|(_, new)| new());
    }
    let mut all = PARTS.iter().flat_map(|part| part.servers);
    all.find(|(of, _)| *of == step).map(|(_, new)| new())
}

/// What the naive servers of this step are called.
pub(crate) fn naive(step: u64) -> Vec<&'static str> {
    naive_of(step).map(|(name, _)| name).collect()
}

fn naive_of(step: u64) -> impl Iterator<Item = (&'static str, New)> {
    let all = PARTS.iter().flat_map(|part| part.naive);
    all.filter(move |(of, ..)| *of == step).map(|(_, name, new)| (*name, *new))
}
