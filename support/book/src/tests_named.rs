//! Tests that the prose names: each exists, so that a reader who looks for it finds it.

use std::collections::BTreeSet;

use crate::book::{Book, Page};
use crate::fault::Fault;

/// Fewer words may be anything: a method, a field, a snapshot.
const LEAST_WORDS: usize = 4;

/// Checks the names of tests in pages, README.md and CONTRIBUTING.md.
///
/// What counts as a name of a test is code of four words or more: `` `a_forged_id_is_refused` ``,
/// or the same in `<code>`.
pub fn check(book: &Book) -> Vec<Fault> {
    let tests = tests(book);
    book.prose().flat_map(|page| page_faults(page, &tests)).collect()
}

fn tests(book: &Book) -> BTreeSet<&str> {
    let sources = ["steps", "support"].into_iter().flat_map(|folder| book.texts_below(folder));
    let rust = sources.filter(|(path, _)| path.ends_with(".rs"));
    let after_fn = rust.flat_map(|(_, text)| text.split("fn ").skip(1));
    after_fn.filter_map(|text| text.split_once('(')).map(|(name, _)| name.trim()).collect()
}

fn page_faults(page: &Page, tests: &BTreeSet<&str>) -> Vec<Fault> {
    let lines = (1..).zip(page.text.lines());
    let named = lines.flat_map(|(line, text)| names(text).map(move |name| (line, name)));
    named
        .filter(|(_, name)| !tests.contains(name))
        .map(|(line, name)| {
            let message = format!("there is no test `{name}`; name one that there is");
            Fault::new(&page.path, line, message)
        })
        .collect()
}

fn names(line: &str) -> impl Iterator<Item = &str> {
    let pieces = line.split(['`', '<', '>']);
    pieces.filter(|piece| {
        let word = |word: &str| !word.is_empty() && word.chars().all(is_of_a_name);
        piece.split('_').count() >= LEAST_WORDS && piece.split('_').all(word)
    })
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}
