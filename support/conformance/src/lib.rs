//! The rules that a session store has to keep for this book's server, each played against a store
//! as somebody would who wants to see it broken.
//!
//! Make a [`Subject`] of a store, and [`play`] the rules: a [`Column`] says of each whether it
//! holds, or what happened instead. [`table`] puts columns side by side.

mod held;
mod records;
mod rules;
mod subject;
mod table;
mod verdict;

pub use rules::{Column, play, play_versions, rules, version_rules};
pub use subject::{Data, Subject};
pub use table::table;
pub use verdict::Verdict;
