//! The list of the tests that the book names, where a name on a page leads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::book::Book;
use crate::fault::Fault;
use crate::tests::{self, Test};
use crate::tests_named::names;

/// Where the list is kept, which appendix G includes.
pub const LIST: &str = "support/book/tests.md";

/// Checks that the list has every test that is named now, and no other.
pub fn check(book: &Book) -> Vec<Fault> {
    let is_current = book.text(LIST) == Some(&write(book));
    let message = "not the tests of today; run `cargo run -p book --bin tests`";
    if is_current { Vec::new() } else { vec![Fault::new(LIST, 1, message)] }
}

/// The list, by packages and files. Where several steps have a test, the first is named, and behind
/// it the others.
pub fn write(book: &Book) -> String {
    let pages = book.pages.iter();
    let named: BTreeSet<&str> = pages.flat_map(names).map(|name| name.text.as_str()).collect();
    let mut homes: BTreeMap<&str, Vec<&Test>> = BTreeMap::new();
    let tests = tests::all(book);
    for test in tests.iter().filter(|test| named.contains(test.name.as_str())) {
        homes.entry(&test.name).or_default().push(test);
    }
    let mut folders: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for (name, homes) in &homes {
        let files = folders.entry(homes[0].folder()).or_default();
        files.entry(&homes[0].path).or_default().push(entry(name, &homes[1..]));
    }
    folders.iter().fold(String::new(), |mut list, (folder, files)| {
        let package = folder.rsplit('/').next().unwrap_or_default();
        // Writing to a String does not fail.
        let _ = writeln!(list, "## {package}\n");
        for (path, entries) in files {
            let _ = writeln!(list, "In `{path}`:\n\n{}\n", entries.join("\n"));
        }
        list
    })
}

/// The name with the id that links lead to, and the other steps that have the test.
fn entry(name: &str, others: &[&Test]) -> String {
    let steps = others.iter().filter_map(|test| test.step());
    let steps: Vec<String> = steps.map(|step| format!("{step:02}")).collect();
    let also = match steps.as_slice() {
        [] => String::new(),
        [one] => format!(", also in step {one}"),
        _ => format!(", also in steps {}", steps.join(", ")),
    };
    format!("- <code id=\"{name}\">{name}</code>{also}")
}
