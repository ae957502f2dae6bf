//! The security checklist, appendix E: each of its rows is attacked on the whole server, as a
//! program of its own, over sockets, on each store.

mod around;
mod cookie;
mod forms;
mod identifiers;
mod people;
mod programs;
mod shop;
mod signing_in;
mod store;
mod stores;
mod the_end;
mod there_and_back;
mod time;
mod wire;

#[path = "../other_places/mod.rs"]
mod other_places;
