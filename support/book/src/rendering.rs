//! Rendering: mdBook has nothing to say, and leaves no `{{#` behind.

use crate::book::{Book, Page};
use crate::directives;
use crate::fault::Fault;
use crate::html::{Piece, Tag};

/// Checks what mdBook said and wrote.
pub fn check(book: &Book) -> Vec<Fault> {
    let rendered = book.rendered();
    let mut faults: Vec<Fault> =
        rendered.messages.iter().map(|message| message_fault(book, message)).collect();
    for page in &book.pages {
        if let Some(html) = rendered.pages.get(&page.html_path()) {
            faults.extend(html.main().iter().flat_map(|piece| raw_faults(page, piece)));
        }
    }
    faults
}

/// mdBook names a page, or quotes the directive; either leads to a line.
fn message_fault(book: &Book, message: &str) -> Fault {
    let said = format!("mdBook says: {}", message.trim().replace('\n', " "));
    for page in &book.pages {
        let quoted = page.directives.iter().find(|one| message.contains(&one.text));
        if let Some(directive) = quoted {
            return Fault::new(&page.path, directive.line, said);
        }
    }
    let named = |page: &&Page| message.contains(page.path.trim_start_matches("src/"));
    match book.pages.iter().find(named) {
        Some(page) => Fault::new(&page.path, line_in_message(page, message), said),
        None => Fault::new("book.toml", 1, said),
    }
}

/// mdBook quotes the tag or the name it stumbled over in backticks.
fn line_in_message(page: &Page, message: &str) -> usize {
    let quoted = message.split('`').skip(1).step_by(2);
    let mut needles = quoted.map(|quote| quote.trim_end_matches('>'));
    needles.find_map(|needle| crate::book::line_of(&page.text, needle)).unwrap_or(1)
}

fn raw_faults(page: &Page, piece: &Piece) -> Vec<Fault> {
    match piece {
        Piece::Text(text) => raw_in(page, text),
        Piece::Open(Tag { attributes, .. }) => {
            attributes.iter().flat_map(|(_, value)| raw_in(page, value)).collect()
        }
        Piece::Close(_) => Vec::new(),
    }
}

fn raw_in(page: &Page, text: &str) -> Vec<Fault> {
    text.match_indices("{{#")
        .map(|(at, _)| text[at..].lines().next().unwrap_or_default())
        .filter(|rest| !is_escaped(page, rest))
        .map(|rest| raw_fault(page, rest))
        .collect()
}

/// `\{{#include x}}` is meant to be read.
fn is_escaped(page: &Page, rest: &str) -> bool {
    page.directives.iter().any(|one| one.escaped && rest.starts_with(&one.text))
}

fn raw_fault(page: &Page, rest: &str) -> Fault {
    let shown = directives::find(rest).first().map_or(rest.to_string(), |one| one.text.clone());
    let message = format!(
        "`{shown}` reaches the reader as it stands; correct it, or write `\\{shown}` to show it"
    );
    Fault::new(&page.path, page.line_of(&shown), message)
}
