//! Comments of the steps: none is wider than a page, where its last word would stand alone.

use crate::book::Book;
use crate::fault::Fault;

/// So many characters of code stand in a line of a page at its full width. `steps/rustfmt.toml`
/// keeps code below, and does not touch comments.
const WIDEST: usize = 92;

/// Checks the sources of every step.
pub fn check(book: &Book) -> Vec<Fault> {
    let sources = book.texts_below("steps").filter(|(path, _)| path.contains("/src/"));
    sources.flat_map(|(path, text)| faults(path, text)).collect()
}

fn faults(path: &str, text: &str) -> Vec<Fault> {
    let lines = text.lines().enumerate();
    let wide = lines.filter(|(_, line)| is_comment(line) && line.chars().count() > WIDEST);
    wide.map(|(at, _)| {
        let message = format!("a comment of more than {WIDEST} characters; break it before");
        Fault::new(path, at + 1, message)
    })
    .collect()
}

/// What `//!` says stands at the head of a file, and no page shows that.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") && !line.starts_with("//!")
}
