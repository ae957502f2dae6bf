//! A step's own tests, turned into those of a changed step, in which some are to be red.

use std::collections::BTreeSet;

/// A function of a file that rustfmt has written, with what stands above it.
struct Function<'a> {
    name: &'a str,
    text: &'a str,
}

/// What only the tests of the step itself can use: its program, and its folder.
const ITS_OWN: [&str; 2] = ["PROGRAM", "CARGO_MANIFEST_DIR"];

/// The tests of `text`, of which those that `list` names are to panic, and the others to pass.
///
/// If the list begins with `only`, the others are left out. So are those that start the step's
/// program, which is not the changed one, or look into its folder.
///
/// # Errors
/// Names a test that is not there.
pub(crate) fn expecting(text: &str, list: &str) -> Result<String, String> {
    let functions = functions(text);
    let of_the_step = of_the_step(&functions);
    let (is_only, list) =
        list.strip_prefix("only\n").map_or((false, list), |list| (true, list));
    let red: BTreeSet<&str> = list.lines().collect();
    if is_only && red.is_empty() {
        return Err("it names no test, and leaves out all others".to_owned());
    }
    let mut written = text.to_owned();
    for name in &red {
        if !functions.iter().any(|one| one.name == *name && one.is_test()) {
            return Err(format!("there is no test `{name}`"));
        }
        if of_the_step.contains(name) {
            return Err(format!("`{name}` needs the step's own program or folder"));
        }
    }
    for test in functions.iter().filter(|one| one.is_test()) {
        if red.contains(test.name) {
            written = written.replace(test.text, &format!("#[should_panic]\n{}", test.text));
        } else if is_only || of_the_step.contains(test.name) {
            written = written.replace(test.text, &test.without_attributes());
        }
    }
    Ok(written)
}

/// The tests of `text` that `list` names, and no others: without the change, they are to pass.
pub(crate) fn named(text: &str, list: &str) -> String {
    let is_named = |test: &&Function| list.lines().any(|name| name == test.name);
    let functions = functions(text);
    let others = functions.iter().filter(|one| one.is_test() && !is_named(one));
    others
        .fold(text.to_owned(), |text, test| text.replace(test.text, &test.without_attributes()))
}

/// The functions that use what is the step's own, by themselves or through another.
fn of_the_step<'a>(functions: &[Function<'a>]) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::from(ITS_OWN);
    loop {
        let calls = |one: &&Function| words(one.text).any(|word| found.contains(word));
        let more: BTreeSet<&str> = functions.iter().filter(calls).map(|one| one.name).collect();
        if more.is_subset(&found) {
            return found;
        }
        found.extend(more);
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

fn functions(text: &str) -> Vec<Function<'_>> {
    let blocks = text.split_inclusive("\n}\n");
    blocks.filter_map(function).collect()
}

/// What ends with a line `}` is a function, and what stands above it up to an empty line.
fn function(block: &str) -> Option<Function<'_>> {
    let start = block.find("\nfn ").or_else(|| block.find("\nasync fn "));
    let start = start.map_or(0, |at| at + 1);
    let head = block[start..].strip_prefix("async ").unwrap_or(&block[start..]);
    let name = head.strip_prefix("fn ")?.split(['(', '<']).next()?;
    let above = block[..start].rfind("\n\n").map_or(0, |at| at + 2);
    Some(Function { name, text: &block[above..] })
}

impl Function<'_> {
    fn is_test(&self) -> bool {
        self.text.lines().any(is_attribute)
    }

    fn without_attributes(&self) -> String {
        let lines = self.text.lines().filter(|line| !line.starts_with("#["));
        lines.map(|line| format!("{line}\n")).collect()
    }
}

/// Whether a test begins with this line, wherever that stands.
pub(crate) fn is_attribute(line: &str) -> bool {
    let line = line.trim_start();
    line == "#[test]" || line.starts_with("#[tokio::test")
}

/// What is asked for on Unix only is tried there only.
const ON_UNIX: &str = "#![cfg(unix)]";

/// Why the tests of an exercise prove nothing.
pub(crate) fn fault(test: &str) -> Option<&'static str> {
    let leaves_out = |line: &str| {
        let line = line.trim_start();
        let left_out = ["#[ignore", "#[cfg", "#!["];
        line != ON_UNIX && left_out.iter().any(|attribute| line.starts_with(attribute))
    };
    if !test.lines().any(is_attribute) {
        Some("there is no test in it")
    } else if test.lines().any(leaves_out) {
        Some("a test may be left out")
    } else {
        None
    }
}
