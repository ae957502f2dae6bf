//! The exercises of chapter 9, as `build` has written them.
#![cfg(not(clippy))]

include!(concat!(env!("OUT_DIR"), "/chapter_09.rs"));
