//! Tests: each one asserts something, records it, or ends with a call of what does.

use std::collections::BTreeSet;

use crate::book::Book;
use crate::fault::Fault;
use crate::functions::{self, Function};

/// The folders whose packages have tests.
const FOLDERS: [&str; 3] = ["lab", "steps", "support"];
/// Plays whole programs, and looks at what they do, for the tests of all steps.
const FOR_ALL: &str = "support/trial";
/// Fails unless what it waits for comes.
const WAITS: &str = "wait_until";

/// Checks every function with `#[test]` or `#[tokio::test]`.
///
/// `.expect` and `.unwrap` assert nothing here: they are how a test gets at what it looks at. Nor
/// does a helper that is called before the end: it prepares, and may assert that for itself.
pub fn check(book: &Book) -> Vec<Fault> {
    let functions = functions(book);
    let asserting = asserting(&functions);
    let tests = functions.iter().filter(|(_, function)| function.is_test);
    let idle = tests.filter(|(file, test)| {
        let ends_with = |name: &String| asserting.contains(&(package(file), name));
        let helps = |name: &String| asserting.contains(&(FOR_ALL, name));
        !asserts(test) && !test.last_calls.iter().any(|name| ends_with(name) || helps(name))
    });
    idle.map(|(file, test)| {
        let message = format!(
            "`{}` asserts nothing and records nothing; let it, or let its last statement call \
             what does",
            test.name
        );
        Fault::new(*file, test.line, message)
    })
    .collect()
}

/// The functions of all packages, but for those of the steps and the recorder themselves: what a
/// test looks at does not look at itself.
fn functions(book: &Book) -> Vec<(&str, Function)> {
    let texts = FOLDERS.into_iter().flat_map(|folder| book.texts_below(folder));
    let of_tests = texts.filter(|(path, _)| {
        let is_looked_at =
            path.starts_with("steps/") || path.starts_with("support/conversation/");
        path.ends_with(".rs") && (path.contains("/tests/") || !is_looked_at)
    });
    of_tests
        .flat_map(|(path, text)| functions::find(text).into_iter().map(move |one| (path, one)))
        .collect()
}

/// Those that assert, or call one of their package that does, each with its package.
fn asserting<'a>(functions: &'a [(&'a str, Function)]) -> BTreeSet<(&'a str, &'a String)> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (path, function) in functions {
            let package = package(path);
            let calls = |name: &String| found.contains(&(package, name));
            if asserts(function) || function.calls.iter().any(calls) {
                found.insert((package, &function.name));
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

fn asserts(function: &Function) -> bool {
    let is_assertion = |name: &String| name.starts_with("assert") || name == "prop_assert";
    function.should_panic
        || function.macros.iter().any(|name| is_assertion(name) || name == "record")
        || function.calls.iter().any(|name| is_assertion(name) || name == WAITS)
}

/// `steps/step-03` of a file in it, `lab` of one of the lab.
fn package(path: &str) -> &str {
    let depth = if path.starts_with("lab/") { 1 } else { 2 };
    let end = path.match_indices('/').nth(depth - 1);
    end.map_or(path, |(at, _)| &path[..at])
}
