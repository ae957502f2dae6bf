//! The security checklist: each of its rows is attacked on the whole server, the newest step.

use crate::book::Book;
use crate::fault::Fault;
use crate::tests;

/// Where the checklist is.
const PAGE: &str = "src/appendix-security.md";

/// Checks that each row of the checklist names a test of the newest step.
pub fn check(book: &Book) -> Vec<Fault> {
    let tests = tests::all(book);
    let Some(newest) = tests.iter().filter_map(tests::Test::step).max() else {
        return Vec::new();
    };
    let is_shown = |row: &str| {
        named_of(row, newest).iter().any(|name| {
            tests.iter().any(|test| test.step() == Some(newest) && test.name == *name)
        })
    };
    let lines = book.text(PAGE).unwrap_or_default().lines();
    let rows = (1..).zip(lines).filter(|(_, line)| is_row(line));
    rows.filter(|(_, row)| !is_shown(row))
        .map(|(line, _)| {
            let what = format!(
                "no test of step {newest} is named: attack the whole server, and name the test \
                 before (step {newest})"
            );
            Fault::new(PAGE, line, what)
        })
        .collect()
}

/// Neither the head of a table, nor the line below it.
fn is_row(line: &str) -> bool {
    line.starts_with("| ") && !line.starts_with("| Requirement ")
}

/// What a row names before `(step 24)`, back to the step before.
fn named_of(row: &str, step: u32) -> Vec<&str> {
    let Some((before, _)) = row.split_once(&format!(" (step {step:02})")) else {
        return Vec::new();
    };
    let own = before.rsplit([')', '|']).next().unwrap_or_default();
    own.split('`').skip(1).step_by(2).collect()
}
