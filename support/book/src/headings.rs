//! Headings: none stands twice on a page, where a link to its words would lead to the first.

use std::collections::BTreeMap;

use crate::book::{Book, Page};
use crate::fault::Fault;

/// Checks headings and the terms of definition lists, to which mdBook gives ids alike.
pub fn check(book: &Book) -> Vec<Fault> {
    book.prose().flat_map(page_faults).collect()
}

fn page_faults(page: &Page) -> Vec<Fault> {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for title in &page.markdown.titles {
        if let Some(line) = first.get(&id(&title.text)) {
            let message = format!(
                "\"{}\" stands on line {line} too, and a link leads there; rename one",
                title.text
            );
            faults.push(Fault::new(&page.path, title.line, message));
        } else {
            first.insert(id(&title.text), title.line);
        }
    }
    faults
}

/// What mdBook makes its id of: letters, digits and hyphens.
fn id(title: &str) -> String {
    let hyphened = title.trim().to_lowercase().replace(char::is_whitespace, "-");
    hyphened.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}
