//! A page without its prose: what a check of its structure depends on.

use ::book::html::{self, Piece};
use passes::fingerprint;

/// The elements whose text is their name, and those of a style sheet. A script of a page has the name
/// of the search index in it, which changes with each word of the book.
const NAMED: [&str; 13] = [
    "a", "button", "h1", "h2", "h3", "h4", "h5", "h6", "label", "option", "style", "summary",
    "title",
];

/// A hash of the elements of a page, of their attributes and of their names, and of where there is
/// other text, whatever it says.
pub(crate) fn structure(page: &str) -> u64 {
    let mut names: u32 = 0;
    let parts = html::pieces(page).into_iter().map(|piece| match piece {
        Piece::Open(tag) => {
            names += u32::from(NAMED.contains(&tag.name.as_str()));
            (tag.name, tag.attributes)
        }
        Piece::Close(name) => {
            names = names.saturating_sub(NAMED.contains(&name.as_str()).into());
            (format!("/{name}"), Vec::new())
        }
        Piece::Text(text) if names > 0 || text.trim().is_empty() => (text, Vec::new()),
        Piece::Text(_) => ("…".to_owned(), Vec::new()),
    });
    fingerprint(&parts.collect::<Vec<_>>())
}
