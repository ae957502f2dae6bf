//! Circles: no two modules of a crate name each other, directly or by a detour.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::book::Book;
use crate::fault::Fault;
use crate::modules::{module_of, named_in};

/// The folders that hold crates.
const CRATES: [&str; 3] = ["lab", "steps", "support"];

/// A file of a crate.
struct Source<'a> {
    module: String,
    path: &'a str,
    text: &'a str,
}

/// Each module of a crate, with those that it names and the first place where it does so. The root
/// is a module like any other.
type Names<'a> = BTreeMap<String, BTreeMap<String, Place<'a>>>;

struct Place<'a> {
    path: &'a str,
    line: usize,
}

/// Checks every crate that has more than one file, those of tests too.
pub fn check(book: &Book) -> Vec<Fault> {
    let mut faults = Vec::new();
    for sources in crates(book).values() {
        match read(sources) {
            Ok(names) => faults.extend(circles(&names).iter().map(|one| fault(&names, one))),
            Err(fault) => faults.push(fault),
        }
    }
    faults
}

/// Of each module of the crate whose root is in this folder, the modules that it names. Empty if
/// there is no such crate, or if it cannot be read.
pub(crate) fn named_by_module(book: &Book, folder: &str) -> BTreeMap<String, BTreeSet<String>> {
    let crates = crates(book);
    let names = crates.get(folder).and_then(|sources| read(sources).ok()).unwrap_or_default();
    let modules = names.into_iter();
    modules.map(|(module, named)| (module, named.into_keys().collect())).collect()
}

/// The files of each crate, by the folder that its `lib.rs` or `main.rs` is in.
fn crates(book: &Book) -> BTreeMap<&str, Vec<Source<'_>>> {
    let files = CRATES.into_iter().flat_map(|folder| book.texts_below(folder));
    let files: BTreeMap<&str, &str> = files.filter(|(path, _)| path.ends_with(".rs")).collect();
    let has_root = |folder: &&str| {
        ["lib.rs", "main.rs"]
            .iter()
            .any(|root| files.contains_key(&*format!("{folder}/{root}")))
    };
    let mut crates: BTreeMap<&str, Vec<Source<'_>>> = BTreeMap::new();
    for (path, text) in &files {
        let Some(folder) = folders(path).find(has_root) else { continue };
        let module = module_of(&path[folder.len() + 1..]);
        crates.entry(folder).or_default().push(Source { module, path, text });
    }
    crates
}

/// The folders that a file is in, the nearest first.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(at, _)| &path[..at])
}

fn read<'a>(sources: &[Source<'a>]) -> Result<Names<'a>, Fault> {
    let modules: BTreeSet<String> = sources.iter().map(|one| one.module.clone()).collect();
    let mut names = Names::new();
    for Source { module, path, text } in sources {
        let named = named_in(text, module, &modules).map_err(|why| {
            let message = format!("this cannot be read as Rust: {why}");
            Fault::new(*path, why.span().start().line, message)
        })?;
        let of_this = names.entry(module.clone()).or_default();
        for (other, line) in named {
            of_this.entry(other).or_insert(Place { path, line });
        }
    }
    Ok(names)
}

/// The shortest circle through each module that is in one, from its first module by name.
fn circles<'a>(names: &'a Names<'_>) -> BTreeSet<Vec<&'a str>> {
    let mut circles = BTreeSet::new();
    for mut circle in names.keys().filter_map(|module| way_back(names, module)) {
        let first = (0..circle.len()).min_by_key(|at| circle[*at]).unwrap_or(0);
        circle.rotate_left(first);
        circles.insert(circle);
    }
    circles
}

/// The shortest way from a module to itself: the modules on it, itself first.
fn way_back<'a>(names: &'a Names<'_>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut seen = BTreeSet::new();
    let mut ways = VecDeque::from([vec![start]]);
    while let Some(way) = ways.pop_front() {
        for next in names.get(*way.last()?).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                return Some(way);
            }
            if seen.insert(next) {
                ways.push_back([way.as_slice(), &[next]].concat());
            }
        }
    }
    None
}

fn fault(names: &Names<'_>, circle: &[&str]) -> Fault {
    let nexts = circle.iter().cycle().skip(1);
    let arrows: Vec<(&Place<'_>, String)> = circle
        .iter()
        .zip(nexts)
        .map(|(one, next)| {
            let place = &names[*one][*next];
            (place, format!("{} names {}", shown(one), shown(next)))
        })
        .collect();
    let (first, says) = &arrows[0];
    let others: Vec<String> = arrows[1..]
        .iter()
        .map(|(place, says)| format!("{}:{}: {says}", place.path, place.line))
        .collect();
    let message = format!(
        "{says}, and comes back to itself: {}; put what both need into a module that names \
         neither",
        others.join(", ")
    );
    Fault::new(first.path, first.line, message)
}

fn shown(module: &str) -> String {
    if module.is_empty() { "the crate's root".to_string() } else { format!("`{module}`") }
}
