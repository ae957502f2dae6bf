//! Plays what the book's pages show in a terminal, and holds what they print to what comes.
//!
//! A `console` block belongs to the step that the last `cargo run -p step-NN` above it starts, or
//! to the step of its chapter. The test of a step, [`plays`], plays the blocks that belong to it, in
//! the order in which they stand, with the step's own program on a free port and `sh` in a temporary
//! folder. There `localhost:8080` is that program, and nothing else answers. [`page`] reads the
//! blocks, [`stage`] has the shell and the servers, [`form`] compares.
//!
//! support/book/README.md says what an author writes.

pub mod form;
pub mod page;
mod play;
mod stage;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use passes::Passes;

pub use play::play;

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

/// Plays the blocks of a step in each page, with its program, except those that are known to pass.
///
/// # Panics
/// If something else comes than what a page prints; the message names each page and line.
pub fn hold(step: &str, program: &str) {
    let passes = Passes::of("what_the_pages_show_in_a_terminal_comes");
    let program = Path::new(program);
    let built = fs::read(program).map(|bytes| passes::fingerprint(&bytes));
    let built = built.expect("the program can be read");
    let curl = Command::new("curl").arg("--version").output().expect("curl runs").stdout;
    let faults: Vec<String> = pages()
        .iter()
        .flat_map(|(path, text)| {
            let blocks = page::of_step(page::blocks(path, text), step);
            if blocks.is_empty() {
                return Vec::new();
            }
            let name = path.replace('/', "-");
            passes.look(&name, (&blocks, built, &curl), || play(path, &blocks, program))
        })
        .collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The pages of the book, the README and CONTRIBUTING: path and text.
fn pages() -> Vec<(String, String)> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the repository");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a page can be read");
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        (name, text)
    };
    let chapters = fs::read_dir(root.join("src")).expect("the book has pages");
    let mut pages: Vec<_> = chapters
        .map(|entry| entry.expect("a page").path())
        .chain(["README.md", "CONTRIBUTING.md"].map(|name| root.join(name)))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(read)
        .collect();
    pages.sort();
    pages
}
