//! All settings in one place: what each is, what it is by itself and why, and what this
//! server does not start with.
//!
//! [`table`] is what there is to know, [`Settings`] what the others get. `Settings::read` is
//! the only way from the environment to there.

mod distance;
mod files;
mod read;
mod safe;
mod show;
mod site;
mod store;
pub mod table;
mod text;
mod whole;

pub use self::{
    store::{Remote, Where},
    whole::{KeysFrom, Log, Settings},
};
