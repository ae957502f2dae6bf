//! Recordings: each transcript, figure and diff that a test wrote is shown by a page.

use std::collections::BTreeSet;

use crate::book::Book;
use crate::fault::Fault;

/// Where the diffs between the steps are kept.
pub const DIFFS: &str = "support/book/tests/snapshots";

/// Checks that every recording is included, and none that is not for reading.
pub fn check(book: &Book) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut shown = BTreeSet::new();
    for page in &book.pages {
        for (directive, path) in book.included(page) {
            if book.text(&path).is_some_and(is_metadata) {
                let message = format!("{path} only describes the figure; include {path}.svg");
                faults.push(Fault::new(&page.path, directive.line, message));
            }
            shown.insert(path);
        }
    }
    let unseen = recordings(book).filter(|(path, _)| !shown.contains(*path));
    faults.extend(unseen.filter_map(|(path, text)| unseen_fault(path, text)));
    faults
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

fn unseen_fault(path: &str, text: &str) -> Option<Fault> {
    if path.contains(".snap.new") {
        // Of the diffs, `diffs::stale` says it.
        let message = "a recording not accepted yet; `cargo insta review` it or delete it";
        return (!path.starts_with(DIFFS)).then(|| Fault::new(path, 1, message));
    }
    let transcript = path.ends_with(".snap") && !is_metadata(text);
    let figure = path.contains(".snap.");
    (transcript || figure).then(|| {
        let part = if transcript { ":4:" } else { "" };
        let message =
            format!("no page shows this recording; add `{{{{#include ../{path}{part}}}}}`");
        Fault::new(path, 1, message)
    })
}

/// Beside `x.snap.svg` stands `x.snap`, which only says that the other is there.
fn is_metadata(text: &str) -> bool {
    header_lines(text).is_some_and(|lines| {
        text.lines().take(lines).any(|line| line == "snapshot_kind: binary")
    })
}
