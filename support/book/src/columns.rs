//! The columns of appendix A: each row has what Express does on the left and what answers it on the
//! right, and names the tests in this order.

use std::collections::BTreeSet;

use crate::book::{Book, Page};
use crate::fault::Fault;
use crate::markdown::{Markdown, Row};
use crate::tests;

const APPENDIX: &str = "src/appendix-express-session.md";
/// The first is Express itself where it is not express-session that does it.
const HEADS: [[&str; 3]; 2] = [
    ["express-session", "tower-sessions", "Shown by"],
    ["Express", "tower-sessions", "Shown by"],
];

/// Where Express is played, and where what answers it is.
const EXPRESS: [&str; 2] = ["support/express/app.js", "support/express/tests/express"];
const ANSWERS: [&str; 2] = ["support/express/tests/answers", "steps"];

/// Checks every table of the appendix.
pub fn check(book: &Book) -> Vec<Fault> {
    let Some(page) = book.pages.iter().find(|page| page.path == APPENDIX) else {
        return Vec::new();
    };
    let sides = Sides::of(book);
    let rows = page.markdown.rows.iter();
    rows.filter_map(|row| Some(fault(page, row, sides.flaw(row)?))).collect()
}

fn fault(page: &Page, row: &Row, flaw: String) -> Fault {
    Fault::new(&page.path, row.line, flaw)
}

/// The words that either side is written in.
struct Sides {
    express: BTreeSet<String>,
    answers: BTreeSet<String>,
    /// The names of the tests that play Express.
    express_tests: BTreeSet<String>,
}

impl Sides {
    fn of(book: &Book) -> Self {
        let tests = tests::all(book).into_iter();
        let express = tests.filter(|test| test.path.starts_with(EXPRESS[1]));
        Self {
            express: words_below(book, EXPRESS),
            answers: words_below(book, ANSWERS),
            express_tests: express.map(|test| test.name).collect(),
        }
    }

    fn flaw(&self, row: &Row) -> Option<String> {
        let [left, right, shown] = row.cells.as_slice() else {
            return Some(format!("a row of {} columns, not of three", row.cells.len()));
        };
        if row.is_head {
            let head = [left, right, shown].map(|cell| cell.trim());
            return (!HEADS.contains(&head))
                .then(|| format!("the columns are {}", HEADS[0].join(", ")));
        }
        if let Some(code) = foreign(left, &self.express, &self.answers) {
            return Some(format!(
                "`{code}` is none of Express; it belongs in the second column"
            ));
        }
        if let Some(code) = foreign(right, &self.answers, &self.express) {
            return Some(format!("`{code}` is of Express; it belongs in the first column"));
        }
        let of_express = |name: &String| self.express_tests.contains(name);
        let names: Vec<bool> = codes(shown).iter().map(of_express).collect();
        (!names.is_sorted_by(|one, other| one >= other))
            .then(|| "a test of Express stands behind its answer; put it first".to_string())
    }
}

/// The code in a cell of which a word is known to the other side only.
fn foreign(cell: &str, own: &BTreeSet<String>, others: &BTreeSet<String>) -> Option<String> {
    codes(cell)
        .into_iter()
        .find(|code| words(code).any(|word| !own.contains(&word) && others.contains(&word)))
}

fn codes(cell: &str) -> Vec<String> {
    let codes = Markdown::parse(cell).codes.into_iter();
    codes.map(|code| code.text).collect()
}

fn words_below(book: &Book, folders: [&str; 2]) -> BTreeSet<String> {
    let below = folders.into_iter().flat_map(|folder| book.texts_below(folder));
    let file = folders.into_iter().filter_map(|path| book.text(path));
    below.map(|(_, text)| text).chain(file).flat_map(words).collect()
}

/// In lower case, as the name of a header is any case.
fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')));
    let words = words.filter(|word| word.starts_with(|c: char| c.is_alphabetic()));
    words.map(str::to_lowercase)
}
