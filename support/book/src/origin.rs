//! Where a piece of rendered HTML came from: the line of the Markdown, or of the include.

use crate::book::{Book, Page};
use crate::html::{self, Tag};

/// How the name of a recorded ladder ends.
pub const LADDER: &str = "_ladder.snap";

/// A line of a page and, for something included, where it really stands.
#[derive(Clone, Debug)]
pub struct Place {
    /// The line of the page.
    pub line: usize,
    /// Empty, or ` (in file:line)`.
    pub note: String,
}

/// The places in a page and in what it includes that hold a tag for which `wanted` holds.
pub fn of_tags(book: &Book, page: &Page, wanted: impl Fn(&Tag) -> bool) -> Vec<Place> {
    let mut places: Vec<Place> = page
        .markdown
        .tags
        .iter()
        .filter(|tag| wanted(tag))
        .map(|tag| Place { line: tag.line, note: String::new() })
        .collect();
    for (directive, path) in book.included(page).filter(|(_, path)| is_markup(path)) {
        let pieces = html::pieces(book.text(&path).unwrap_or_default());
        places.extend(html::tags(&pieces).filter(|tag| wanted(tag)).map(|tag| Place {
            line: directive.line,
            note: format!(" (in {path}:{})", tag.line),
        }));
    }
    places
}

/// The places of a link or image that mdBook rendered with this target.
pub fn of_target(book: &Book, page: &Page, target: &str) -> Vec<Place> {
    let mut places: Vec<Place> = page
        .markdown
        .links
        .iter()
        .filter(|link| link.target == target || as_html(&link.target) == target)
        .map(|link| Place { line: link.line, note: String::new() })
        .collect();
    places.extend(of_tags(book, page, |tag| {
        targets(tag).any(|value| value == target || as_html(value) == target)
    }));
    or_text(places, page, target)
}

/// The places that give something this id.
pub fn of_id(book: &Book, page: &Page, id: &str) -> Vec<Place> {
    let places = of_tags(book, page, |tag| tag.attribute("id") == Some(id));
    or_text(places, page, id)
}

/// The attributes of a tag that lead somewhere.
pub fn targets(tag: &Tag) -> impl Iterator<Item = &str> {
    ["href", "src", "xlink:href", "poster"].into_iter().filter_map(|name| tag.attribute(name))
}

/// What mdBook makes of a link to a page: `x.md#y` becomes `x.html#y`.
pub fn as_html(target: &str) -> String {
    let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
    match path.strip_suffix(".md") {
        Some(stem) if fragment.is_empty() => format!("{stem}.html"),
        Some(stem) => format!("{stem}.html#{fragment}"),
        None => target.to_string(),
    }
}

fn or_text(places: Vec<Place>, page: &Page, needle: &str) -> Vec<Place> {
    if places.is_empty() {
        vec![Place { line: page.line_of(needle), note: String::new() }]
    } else {
        places
    }
}

fn is_markup(path: &str) -> bool {
    [".svg", ".html", ".md", LADDER].iter().any(|ending| path.ends_with(ending))
}
