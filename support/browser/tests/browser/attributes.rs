//! The attributes of the session cookie, each shown in Chromium.
//!
//! The tables that these tests keep in `tests/snapshots` are what chapter 5 prints. A second site
//! needs no DNS: `*.example` and `*.localhost` are this computer, see `Browser`.

mod cases;
mod jar;
mod kept;
mod origins;
mod partitions;
mod removal;
mod scripts;
mod sent;
mod site;
mod table;
