//! Includes: each names a file that is there and an anchor that holds something; each anchor of
//! a step is shown.

use std::collections::BTreeSet;

use crate::book::{Book, Page};
use crate::directives::{Directive, Flaw, Part, anchors};
use crate::fault::Fault;
use crate::recordings;

/// Checks every include of every page, then every anchor of every step.
pub fn check(book: &Book) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut used = BTreeSet::new();
    for page in &book.pages {
        for directive in page.directives.iter().filter(|directive| directive.is_include()) {
            let place = (page, directive);
            match directive.include_path(&page.path) {
                Some(path) => {
                    faults.extend(include_fault(book, place, &path));
                    if let Part::Anchor(name) = &directive.part {
                        used.insert((path, name.clone()));
                    }
                }
                None => faults.push(fault(place, "leads out of the repository")),
            }
        }
    }
    faults.extend(anchor_faults(book, &used));
    faults
}

fn include_fault(book: &Book, place: (&Page, &Directive), path: &str) -> Option<Fault> {
    if place.1.kind == "playground" {
        return Some(fault(
            place,
            "use `#include` in a ```rust fence; programs do not run here",
        ));
    }
    let Some(text) = book.text(path) else {
        return Some(fault(place, &format!("there is no text file {path}; correct the path")));
    };
    match &place.1.part {
        Part::Whole if path.ends_with(".snap") => {
            Some(fault(place, "would show insta's header; write `.snap:4:`"))
        }
        Part::Whole => None,
        Part::Lines(lines) if path.ends_with(".snap") => {
            snapshot_fault(place, path, text, lines)
        }
        Part::Lines(_) => Some(fault(
            place,
            "takes lines by number, which shift; put `// ANCHOR: name` and `// ANCHOR_END: name` \
             around them and include that anchor",
        )),
        Part::Anchor(name) => named_anchor_fault(place, path, text, name),
    }
}

fn snapshot_fault(
    place: (&Page, &Directive),
    path: &str,
    text: &str,
    lines: &str,
) -> Option<Fault> {
    if lines != ":4:" {
        return Some(fault(
            place,
            "write `.snap:4:`, which leaves out insta's three header lines",
        ));
    }
    let header = recordings::header_lines(text);
    (header != Some(3)).then(|| {
        fault(
            place,
            &format!(
                "the header of {path} has {} lines, not 3, so `:4:` cuts in the wrong place; \
                 record it with `omit_expression` and without a description",
                header.unwrap_or(0)
            ),
        )
    })
}

fn named_anchor_fault(
    place: (&Page, &Directive),
    path: &str,
    text: &str,
    name: &str,
) -> Option<Fault> {
    let anchors = anchors(text);
    match anchors
        .iter()
        .find(|anchor| anchor.name == name && anchor.flaw != Some(Flaw::Unopened))
    {
        None => Some(fault(
            place,
            &format!("{path} has no `ANCHOR: {name}`; add it there or correct the name"),
        )),
        Some(anchor) if anchor.flaw == Some(Flaw::Empty) => Some(fault(
            place,
            &format!("anchor `{name}` is empty; move its comments ({path}:{})", anchor.line),
        )),
        Some(_) => None,
    }
}

fn anchor_faults(book: &Book, used: &BTreeSet<(String, String)>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in
        book.texts_below("steps").filter(|(path, _)| !path.contains("/snapshots/"))
    {
        for anchor in anchors(text) {
            let name = &anchor.name;
            let message = match anchor.flaw {
                Some(Flaw::Unclosed) => format!("`ANCHOR: {name}` has no `ANCHOR_END: {name}`"),
                Some(Flaw::Unopened) => format!("`ANCHOR_END: {name}` has no `ANCHOR: {name}`"),
                Some(Flaw::Repeated) => {
                    format!("a second `ANCHOR: {name}`: mdBook shows the first; rename one")
                }
                _ if !used.contains(&(path.to_string(), name.clone())) => {
                    format!(
                        "no page includes anchor `{name}`; include it or remove its comments"
                    )
                }
                _ => continue,
            };
            faults.push(Fault::new(path, anchor.line, message));
        }
    }
    faults
}

fn fault((page, directive): (&Page, &Directive), what: &str) -> Fault {
    Fault::new(&page.path, directive.line, format!("{}: {what}", directive.text))
}
