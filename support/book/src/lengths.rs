//! Lengths: no file of the newest step is longer than what can be read in one go.

use crate::book::Book;
use crate::fault::Fault;

/// So many lines may a file of its `src/` have.
const LONGEST: usize = 300;

/// Checks the sources of the newest step: the one that readers take along.
pub fn check(book: &Book) -> Vec<Fault> {
    let Some(newest) = book.steps.last() else { return Vec::new() };
    let folder = format!("{}/src", newest.path);
    let files = book.texts_below(&folder);
    let long = files.filter(|(_, text)| text.lines().count() > LONGEST);
    long.map(|(path, text)| {
        let lines = text.lines().count();
        let message = format!("{lines} lines, and {LONGEST} at most; make two files of it");
        Fault::new(path, lines, message)
    })
    .collect()
}
