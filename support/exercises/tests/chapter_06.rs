//! The exercises of chapter 6, as `build` has written them.
#![cfg(not(clippy))]

include!(concat!(env!("OUT_DIR"), "/chapter_06.rs"));
