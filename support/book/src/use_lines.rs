//! Use lines: where the names come from that a page prints, of each file that it prints a part of.

use std::fmt::Write as _;

use crate::book::{Book, Page};
use crate::directives::Part;
use crate::fault::Fault;

/// Where the lists are kept, one for each page, which the page includes.
pub const LISTS: &str = "support/book/use-lines";

/// Checks that each page shows the list of its use lines, as they are today.
pub fn check(book: &Book) -> Vec<Fault> {
    let mut faults: Vec<Fault> =
        book.pages.iter().flat_map(|page| faults_of(book, page)).collect();
    for (path, _) in book.texts_below(LISTS) {
        if !all(book).any(|(list, _)| list == path) {
            faults.push(Fault::new(path, 1, "no page prints parts of files; delete it"));
        }
    }
    faults
}

/// Each list that a page needs: its path, and what it says.
pub fn all(book: &Book) -> impl Iterator<Item = (String, String)> {
    let lists = book.pages.iter().map(|page| (path_of(page), write(book, page)));
    lists.filter(|(_, list)| !list.is_empty())
}

fn faults_of(book: &Book, page: &Page) -> Vec<Fault> {
    let (path, list) = (path_of(page), write(book, page));
    if list.is_empty() {
        return Vec::new();
    }
    let mut faults = Vec::new();
    if book.text(&path).unwrap_or_default() != list {
        let message = "not the use lines of today; run `cargo run -p book --bin use_lines`";
        faults.push(Fault::new(&path, 1, message));
    }
    if !book.included(page).any(|(_, included)| included == path) {
        let message = format!(
            "the page prints parts of files, and not where their names come from; fold \
             `{{{{#include ../{path}}}}}` at its end in a ```rust fence"
        );
        faults.push(Fault::new(&page.path, 1, message));
    }
    faults
}

/// The list of a page: `src/09-signing-in.md` has `09-signing-in.rs`.
fn path_of(page: &Page) -> String {
    let name = page.path.rsplit('/').next().unwrap_or_default();
    format!("{LISTS}/{}.rs", name.trim_end_matches(".md"))
}

/// The use lines of each program's file that the page prints a part of, in the order of the page.
fn write(book: &Book, page: &Page) -> String {
    let mut list = String::new();
    for path in files_in_parts(book, page) {
        let lines = use_lines(book.text(&path).unwrap_or_default());
        if !lines.is_empty() {
            let gap = if list.is_empty() { "" } else { "\n" };
            // Writing to a String does not fail.
            let _ = writeln!(list, "{gap}// {}\n{}", told(page, &path), lines.join("\n"));
        }
    }
    list
}

fn files_in_parts(book: &Book, page: &Page) -> Vec<String> {
    let mut files = Vec::new();
    for (directive, path) in book.included(page) {
        let of_a_program = path.starts_with("steps/") && path.contains("/src/");
        let is_part = matches!(directive.part, Part::Anchor(_));
        if of_a_program && is_part && path.ends_with(".rs") && !files.contains(&path) {
            files.push(path);
        }
    }
    files
}

/// How a page calls a file: `src/lib.rs`, if it is its own step's.
fn told<'a>(page: &Page, path: &'a str) -> &'a str {
    let own = page.chapter().map(|number| format!("steps/step-{number:02}/"));
    own.and_then(|own| path.strip_prefix(&own)).unwrap_or(path)
}

/// The lines of each `use` that stands for the whole file, with the attribute before it.
fn use_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut is_within = false;
    let mut before = "";
    for line in text.lines() {
        let is_first =
            line.starts_with("use ") || line.starts_with("pub") && line.contains(" use ");
        if is_first && before.starts_with("#[") {
            lines.push(before);
        }
        if is_first || is_within {
            lines.push(line);
            is_within = !line.ends_with(';');
        }
        before = line;
    }
    lines
}
