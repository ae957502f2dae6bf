//! The security checklist, appendix E: each of its rows is attacked on the whole server, as a
//! program of its own, over sockets, on each store.

mod cookie;
mod forms;
mod identifiers;
mod people;
mod shop;
mod signing_in;
mod store;
mod stores;
mod the_end;
mod time;
mod wire;
