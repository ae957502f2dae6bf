//! Holds every page to what comes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use passes::Passes;

use crate::{page, play::play};

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
    let mut paths = ["README.md", "CONTRIBUTING.md"].map(|name| root.join(name)).to_vec();
    find(&root.join("src"), &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a page can be read");
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        (name, text)
    };
    paths.into_iter().map(read).collect()
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder can be listed") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            find(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
}
