//! Recordings: each transcript, figure and diff that a test wrote is shown by a page.

use std::collections::BTreeSet;

use crate::book::Book;
use crate::fault::Fault;

/// Where the diffs between the steps are kept.
pub const DIFFS: &str = "support/book/tests/snapshots";

/// Checks that every recording is included.
pub fn check(book: &Book) -> Vec<Fault> {
    let mut shown = BTreeSet::new();
    for page in &book.pages {
        shown.extend(book.included(page).map(|(_, path)| path));
    }
    let unseen = recordings(book).filter(|(path, _)| !shown.contains(*path));
    unseen.flat_map(|(path, _)| unseen_faults(book, path)).collect()
}

/// The number of lines of insta's header, up to and with the second `---`.
pub fn header_lines(snapshot: &str) -> Option<usize> {
    let mut lines = snapshot.lines();
    (lines.next()? == "---").then_some(())?;
    Some(lines.position(|line| line == "---")? + 2)
}

fn recordings(book: &Book) -> impl Iterator<Item = (&str, &str)> {
    let of_steps = book.texts_below("steps").filter(|(path, _)| {
        let parts: Vec<&str> = path.split('/').collect();
        matches!(parts.as_slice(), ["steps", _, "tests", "snapshots", ..])
    });
    of_steps.chain(book.texts_below(DIFFS))
}

fn unseen_faults(book: &Book, path: &str) -> Vec<Fault> {
    if path.contains(".snap.new") {
        // Of the diffs, `diffs::stale` says it.
        return if path.starts_with(DIFFS) { Vec::new() } else { news_faults(book, path) };
    }
    let message = format!("no page shows this recording; add `{{{{#include ../{path}:4:}}}}`");
    let is_recording = path.ends_with(".snap");
    is_recording.then(|| Fault::new(path, 1, message)).into_iter().collect()
}

/// What came out otherwise than before, and each line that shows it.
fn news_faults(book: &Book, path: &str) -> Vec<Fault> {
    let message = "a recording not accepted yet; `cargo insta review` it or delete it";
    let shown = path.trim_end_matches(".new");
    let mut faults = vec![Fault::new(path, 1, message)];
    for page in &book.pages {
        let here = book.included(page).filter(|(_, included)| included == shown);
        faults.extend(here.map(|(directive, _)| {
            let message =
                format!("shows {shown}, which came out otherwise; read them together");
            Fault::new(&page.path, directive.line, message)
        }));
    }
    faults
}
