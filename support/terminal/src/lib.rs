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

/// What a test that is ignored would call.
///
/// # Panics
/// Always: there is no curl to play with.
#[cfg(not(curl))]
pub fn hold(_step: &str, _program: &str) {
    panic!("there is no curl");
}

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

/// The same for a step whose pages look into its database.
#[cfg(all(curl, sqlite3))]
#[macro_export]
macro_rules! plays_with_sqlite3 {
    () => {
        $crate::plays!();
    };
}

/// The same, where it cannot be run.
#[cfg(not(all(curl, sqlite3)))]
#[macro_export]
macro_rules! plays_with_sqlite3 {
    () => {
        #[test]
        #[ignore = "needs curl and sqlite3: sudo apt-get install curl sqlite3"]
        fn what_the_pages_show_in_a_terminal_comes() {
            $crate::hold(env!("CARGO_PKG_NAME"), "");
        }
    };
}

/// The same for a step whose pages need a PostgreSQL.
#[cfg(all(curl, postgres))]
#[macro_export]
macro_rules! plays_with_postgres {
    () => {
        $crate::plays!();
    };
}

/// The same, where it cannot be run.
#[cfg(not(all(curl, postgres)))]
#[macro_export]
macro_rules! plays_with_postgres {
    () => {
        #[test]
        #[ignore = "needs curl and PostgreSQL: sudo apt-get install curl postgresql"]
        fn what_the_pages_show_in_a_terminal_comes() {
            $crate::hold(env!("CARGO_PKG_NAME"), "");
        }
    };
}

/// The same for a step whose pages need a Redis.
#[cfg(all(curl, redis))]
#[macro_export]
macro_rules! plays_with_redis {
    () => {
        $crate::plays!();
    };
}

/// The same, where it cannot be run.
#[cfg(not(all(curl, redis)))]
#[macro_export]
macro_rules! plays_with_redis {
    () => {
        #[test]
        #[ignore = "needs curl and Redis: sudo apt-get install curl redis-server"]
        fn what_the_pages_show_in_a_terminal_comes() {
            $crate::hold(env!("CARGO_PKG_NAME"), "");
        }
    };
}

/// The same for a step whose pages need a Memcached.
#[cfg(all(curl, memcached))]
#[macro_export]
macro_rules! plays_with_memcached {
    () => {
        $crate::plays!();
    };
}

/// The same, where it cannot be run.
#[cfg(not(all(curl, memcached)))]
#[macro_export]
macro_rules! plays_with_memcached {
    () => {
        #[test]
        #[ignore = "needs curl and Memcached: sudo apt-get install curl memcached"]
        fn what_the_pages_show_in_a_terminal_comes() {
            $crate::hold(env!("CARGO_PKG_NAME"), "");
        }
    };
}

/// The same for a step whose pages put an nginx in front.
#[cfg(all(curl, nginx))]
#[macro_export]
macro_rules! plays_with_nginx {
    () => {
        $crate::plays!();
    };
}

/// The same, where it cannot be run.
#[cfg(not(all(curl, nginx)))]
#[macro_export]
macro_rules! plays_with_nginx {
    () => {
        #[test]
        #[ignore = "needs curl, nginx and openssl: sudo apt-get install curl nginx openssl"]
        fn what_the_pages_show_in_a_terminal_comes() {
            $crate::hold(env!("CARGO_PKG_NAME"), "");
        }
    };
}
