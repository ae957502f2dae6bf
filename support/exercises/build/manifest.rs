//! The manifest of a changed step, held to the one with which the exercises are tried.

/// A line that the change brings into the manifest, and of which `ours` has less.
///
/// Each dependency stands on one line. What is too little for the change, only a copy of the step
/// shows: `support/copy-out` builds it.
pub(crate) fn untried<'a>(before: &str, after: &'a str, ours: &str) -> Option<&'a str> {
    let mut new = after.lines().filter(|line| !before.lines().any(|it| it == *line));
    new.find(|line| !ours.lines().any(|our| has_all_of(our, line)))
}

/// Whether these are lines of one dependency, and each version and feature of `line` is in `our`.
fn has_all_of(our: &str, line: &str) -> bool {
    name(our) == name(line) && quoted(line).all(|word| quoted(our).any(|it| it == word))
}

fn name(line: &str) -> Option<&str> {
    Some(line.split_once(" = ")?.0)
}

fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2)
}
