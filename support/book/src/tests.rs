//! The tests of the repository: what is marked as one, where it stands, what it records.

use std::collections::BTreeSet;

use crate::book::Book;
use crate::functions;

/// What makes each function that it names a test, of which it makes several.
const ROWS: &str = "on_each_store! {";

/// A function marked `#[test]` or `#[tokio::test]`, or named by `on_each_store!`.
#[derive(Debug)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// The file it stands in.
    pub path: String,
    /// Whether `#[ignore]` keeps it from ever being run. What `cfg_attr` ignores where a program is
    /// missing runs elsewhere.
    pub is_ignored: bool,
    /// The texts in its body, among them the names of what it records.
    pub texts: BTreeSet<String>,
}

impl Test {
    /// The number of the step whose test this is.
    pub fn step(&self) -> Option<u32> {
        let (number, _) = self.path.strip_prefix("steps/step-")?.split_once('/')?;
        number.parse().ok()
    }

    /// The folder of its package: `steps/step-03`.
    pub fn folder(&self) -> &str {
        let within =
            ["/tests/", "/src/"].into_iter().find_map(|part| self.path.split_once(part));
        within.map_or(self.path.as_str(), |(folder, _)| folder)
    }
}

/// Every test below `steps/`, `support/` and `lab/`, in order of the files. What is no Rust,
/// [`crate::circles`] names.
pub fn all(book: &Book) -> Vec<Test> {
    let folders = ["lab", "steps", "support"];
    let files = folders.into_iter().flat_map(|folder| book.texts_below(folder));
    // To read a file without a test takes time and finds nothing.
    let has_tests = |text: &str| text.contains("test") || text.contains(ROWS);
    let rust = files.filter(|(path, text)| path.ends_with(".rs") && has_tests(text));
    rust.flat_map(|(path, text)| in_file(path, text)).collect()
}

fn in_file(path: &str, text: &str) -> Vec<Test> {
    let rows = rows_of(text);
    let is_test = |function: &functions::Function| {
        function.is_test || rows.contains(function.name.as_str())
    };
    let tests = functions::find(text).into_iter().filter(is_test);
    tests
        .map(|function| Test {
            name: function.name,
            path: path.to_owned(),
            is_ignored: function.is_ignored,
            texts: function.texts,
        })
        .collect()
}

/// The functions that `on_each_store!` names in this text.
fn rows_of(text: &str) -> BTreeSet<&str> {
    let lists = text.split(ROWS).skip(1).filter_map(|rest| rest.split('}').next());
    lists.flat_map(|list| list.split(',')).map(str::trim).collect()
}
