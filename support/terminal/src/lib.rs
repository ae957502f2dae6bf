//! Plays what the book's pages show in a terminal, and holds what they print to what comes.
//!
//! A `console` block belongs to the step that the last `cargo run -p step-NN` above it starts, or
//! to the step of its chapter. The test of a step, [`plays`], plays the blocks that belong to it, in
//! the order in which they stand, with the step's own program on a free port and `sh` in a temporary
//! folder. There `localhost:8080` is that program, and nothing else answers. [`page`] reads the
//! blocks, `stage` has the shell and the servers, [`form`] compares.
//!
//! support/book/README.md says what an author writes.

pub mod form;
#[cfg(curl)]
mod hold;
pub mod page;
#[cfg(curl)]
mod play;
#[cfg(curl)]
mod stage;

#[cfg(curl)]
pub use crate::{hold::hold, play::play};

/// The test of a step: what the pages show of its program is what comes.
#[cfg(curl)]
#[macro_export]
macro_rules! plays {
    () => {
        #[test]
        fn what_the_pages_show_in_a_terminal_comes() {
            $crate::hold(
                env!("CARGO_PKG_NAME"),
                env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))),
            );
        }
    };
}

/// The test of a step that needs an engine beside it: `plays_with!(postgres, "how to install it")`,
/// where the test's own build script tells whether there is one.
#[cfg(curl)]
#[macro_export]
macro_rules! plays_with {
    ($engine:ident, $install:literal) => {
        #[test]
        #[cfg_attr(not($engine), ignore = $install)]
        fn what_the_pages_show_in_a_terminal_comes() {
            $crate::hold(
                env!("CARGO_PKG_NAME"),
                env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))),
            );
        }
    };
}

/// The test of a step, where it cannot be run.
#[cfg(not(curl))]
#[macro_export]
macro_rules! plays_with {
    ($engine:ident, $install:literal) => {
        $crate::plays!();
    };
}

/// The test of a step, where it cannot be run.
#[cfg(not(curl))]
#[macro_export]
macro_rules! plays {
    () => {
        #[test]
        #[ignore = "needs curl: sudo apt-get install curl"]
        fn what_the_pages_show_in_a_terminal_comes() {
            $crate::hold(env!("CARGO_PKG_NAME"), "");
        }
    };
}
