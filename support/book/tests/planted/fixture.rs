//! A small book in a temporary folder, good until a test plants a fault in it.

use std::fs;
use std::path::Path;

use book::{Book, Fault, diffs};
use tempfile::TempDir;

pub(crate) struct Fixture(TempDir);

pub(crate) const ONE: &str = "src/01-one.md";
pub(crate) const TWO: &str = "src/02-two.md";
pub(crate) const LADDER: &str = "steps/step-01/tests/snapshots/visit_ladder.snap";
pub(crate) const RINGS: &str = "src/rings.svg";
pub(crate) const DIFF: &str = "support/book/tests/snapshots/diff_step_02.snap";

const FILES: &[(&str, &str)] = &[
    ("book.toml", include_str!("fixture/book.toml")),
    ("Cargo.toml", include_str!("fixture/workspace.toml")),
    ("Cargo.lock", include_str!("fixture/lock.toml")),
    ("README.md", include_str!("fixture/readme.md")),
    ("src/SUMMARY.md", include_str!("fixture/summary.md")),
    ("src/appendix.md", include_str!("fixture/appendix.md")),
    (ONE, include_str!("fixture/one.md")),
    (TWO, include_str!("fixture/two.md")),
    ("src/cup.png", "not looked into"),
    (RINGS, include_str!("fixture/rings.svg")),
    ("steps/step-01/Cargo.toml", include_str!("fixture/step-01.toml")),
    ("steps/step-01/src/lib.rs", include_str!("fixture/step-01.rs")),
    ("steps/step-01/tests/snapshots/visit.snap", include_str!("fixture/visit.txt")),
    (LADDER, include_str!("fixture/visit_ladder.txt")),
    ("steps/step-02/Cargo.toml", include_str!("fixture/step-02.toml")),
    ("steps/step-02/src/lib.rs", include_str!("fixture/step-02.rs")),
];

impl Fixture {
    pub(crate) fn good() -> Self {
        let fixture = Self(tempfile::tempdir().expect("a temporary folder"));
        for (path, text) in FILES {
            fixture.write(path, text);
        }
        fixture.record_diffs();
        fixture
    }

    pub(crate) fn book(&self) -> Book {
        Book::load(self.0.path()).expect("the fixture can be read")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        let folder = path.parent().expect("a file is in a folder");
        fs::create_dir_all(folder).expect("the folder can be made");
        fs::write(path, text).expect("the file can be written");
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.0.path().join(path);
        let removed =
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        removed.expect("what is removed was there");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join(path)).expect("the file is there")
    }

    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} does not hold {from:?}");
        self.write(path, &text.replacen(from, to, 1));
    }

    pub(crate) fn append(&self, path: &str, text: &str) {
        self.write(path, &format!("{}{text}", self.read(path)));
    }

    /// Writes the diffs as insta would.
    pub(crate) fn record_diffs(&self) {
        for diff in diffs::all(&self.book()) {
            self.write(&diff.path(), &format!("---\nsource: main.rs\n---\n{}", diff.text));
        }
    }

    /// Asserts that the check finds one fault: in this file, on the first line that holds
    /// `line_with`, with a message that holds `message`.
    #[track_caller]
    pub(crate) fn assert_caught(
        &self,
        check: impl Fn(&Book) -> Vec<Fault>,
        (path, line_with): (&str, &str),
        message: &str,
    ) {
        let faults = check(&self.book());
        let list: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let [fault] = faults.as_slice() else {
            panic!("one fault expected, found {}:\n{}", list.len(), list.join("\n"));
        };
        assert_eq!(fault.file, path, "{fault}");
        assert_eq!(fault.line, self.line(path, line_with), "{fault}");
        assert!(fault.message.contains(message), "{fault}");
    }

    #[track_caller]
    pub(crate) fn assert_good(&self, check: impl Fn(&Book) -> Vec<Fault>) {
        let faults = check(&self.book());
        let list: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(list.is_empty(), "no fault expected:\n{}", list.join("\n"));
    }

    fn line(&self, path: &str, line_with: &str) -> usize {
        if line_with.is_empty() || Path::new(path).extension().is_none() {
            return 1;
        }
        book::book::line_of(&self.read(path), line_with)
            .unwrap_or_else(|| panic!("{path} has no line with {line_with:?}"))
    }
}
