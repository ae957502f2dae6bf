//! The exercises of chapter 12, as `build` has written them.
#![cfg(not(clippy))]

include!(concat!(env!("OUT_DIR"), "/chapter_12.rs"));
