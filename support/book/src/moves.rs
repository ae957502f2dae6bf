//! Files that moved, found by what is in them.

use std::collections::{BTreeMap, BTreeSet};

use similar::TextDiff;

/// Texts by their paths.
pub type Files = BTreeMap<String, String>;

/// How much of a file must have stayed for it to have moved, and not to be another one.
const LEAST: f32 = 0.5;

/// Where each file that moved was before, by the path that it has now: files of the same text, and
/// of those with the same name the ones that are most alike.
pub fn moves<'a>(before: &'a Files, after: &'a Files) -> BTreeMap<&'a str, &'a str> {
    let gone = before.iter().filter(|(path, _)| !after.contains_key(*path));
    let mut pairs: Vec<(f32, &str, &str)> = gone
        .flat_map(|(from, old)| {
            let new = after.iter().filter(|(path, _)| !before.contains_key(*path));
            new.map(move |(to, new)| (likeness((from, old), (to, new)), &**from, &**to))
        })
        .filter(|(likeness, ..)| *likeness >= LEAST)
        .collect();
    pairs.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (mut left, mut moves) = (BTreeSet::new(), BTreeMap::new());
    for (_, from, to) in pairs {
        if !left.contains(from) && !moves.contains_key(to) {
            left.insert(from);
            moves.insert(to, from);
        }
    }
    moves
}

/// The files into which one that is gone was split, of those that are new: half of their lines stood
/// in it, and half of its lines stand in them. None if it was not split.
pub fn parts<'a>(
    old: &str,
    new: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<(&'a str, &'a str)> {
    let parts: Vec<(&str, &str)> =
        new.filter(|(_, text)| share(text, &[old]) >= LEAST).collect();
    let texts: Vec<&str> = parts.iter().map(|(_, text)| *text).collect();
    if share(old, &texts) >= LEAST { parts } else { Vec::new() }
}

/// How many of a text's lines stand in others too, from 0 to 1.
fn share(text: &str, others: &[&str]) -> f32 {
    let known: BTreeSet<&str> =
        others.iter().flat_map(|other| other.lines()).map(str::trim).collect();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (all, shared) = lines.fold((0_u16, 0_u16), |(all, shared), line| {
        (all + 1, shared + u16::from(known.contains(line)))
    });
    f32::from(shared) / f32::from(all.max(1))
}

/// From 0 to 1.
fn likeness((from, old): (&str, &str), (to, new): (&str, &str)) -> f32 {
    let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
    if old == new {
        1.0
    } else if name(from) == name(to) {
        TextDiff::from_lines(old, new).ratio()
    } else {
        0.0
    }
}
