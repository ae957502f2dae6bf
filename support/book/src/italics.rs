//! Italics: `*x*` is a term that the glossary has, or begins with a capital as a label or a title does;
//! what is only stressed is written `_x_`.

use std::collections::BTreeSet;

use crate::book::{Book, Page};
use crate::fault::Fault;

const GLOSSARY: &str = "src/appendix-glossary.md";

/// Checks every word in italics of every page but the glossary, where they are defined.
pub fn check(book: &Book) -> Vec<Fault> {
    let Some(glossary) = book.pages.iter().find(|page| page.path == GLOSSARY) else {
        return Vec::new();
    };
    let terms = terms(glossary);
    let others = book.pages.iter().filter(|page| page.path != GLOSSARY);
    others.flat_map(|page| page_faults(page, &terms)).collect()
}

/// Its headwords, of which an entry may have more than one, and what it has in italics.
fn terms(glossary: &Page) -> BTreeSet<String> {
    let headwords = glossary.markdown.titles.iter().flat_map(|title| title.text.split(", "));
    let italics = glossary.markdown.italics.iter().filter_map(|words| term(&words.text));
    headwords.chain(italics).map(str::to_lowercase).collect()
}

fn page_faults(page: &Page, terms: &BTreeSet<String>) -> Vec<Fault> {
    let italics = page.markdown.italics.iter();
    let named = italics.filter_map(|words| Some((words.line, term(&words.text)?)));
    let unknown = named.filter(|(_, term)| !is_capital(term) && !is_known(terms, term));
    unknown
        .map(|(line, term)| {
            let message = format!(
                "the glossary has no \"{term}\"; define it in {GLOSSARY}, or write `_{term}_` if \
                 it is only stressed"
            );
            Fault::new(&page.path, line, message)
        })
        .collect()
}

fn term(words: &str) -> Option<&str> {
    words.strip_prefix('*')
}

fn is_capital(term: &str) -> bool {
    term.starts_with(char::is_uppercase)
}

/// In the plural, too.
fn is_known(terms: &BTreeSet<String>, term: &str) -> bool {
    let term = term.to_lowercase();
    terms.contains(&term) || term.strip_suffix('s').is_some_and(|one| terms.contains(one))
}
