//! The exercises of chapter 5, as `build` has written them.
#![cfg(not(clippy))]

include!(concat!(env!("OUT_DIR"), "/chapter_05.rs"));
