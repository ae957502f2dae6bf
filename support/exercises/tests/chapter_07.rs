//! The exercises of chapter 7, as `build` has written them.
#![cfg(not(clippy))]

include!(concat!(env!("OUT_DIR"), "/chapter_07.rs"));
