//! `src/lab/lab.wasm` is what `lab/build` makes of the sources as they stand, and is small.

mod scripts;

use std::{collections::BTreeSet, fs};

use lab::record::{address, hash, ingredients};
use scripts::{read, root};

const RENEW: &str = "run `bash lab/build` and commit src/lab/";

#[test]
fn the_lab_is_made_of_the_sources_as_they_stand() {
    let record = read(&root().join("src/lab/lab.record"));
    let recorded: BTreeSet<&str> = record.lines().skip(5).collect();
    let now = ingredients(root());
    let now: BTreeSet<&str> = now.iter().map(String::as_str).collect();
    let new: Vec<_> = now.difference(&recorded).collect();
    let gone: Vec<_> = recorded.difference(&now).collect();
    assert!(new.is_empty() && gone.is_empty(), "stale: {new:#?} was {gone:#?}\n{RENEW}");
}

#[test]
fn the_record_is_of_this_file() {
    let wasm = fs::read(root().join("src/lab/lab.wasm")).expect("the lab is built");
    let record = read(&root().join("src/lab/lab.record"));
    assert!(record.contains(&format!("{} lab.wasm\n", hash(&wasm))), "{RENEW}");
}

#[test]
fn the_script_fetches_this_file_and_no_older_one() {
    let wasm = fs::read(root().join("src/lab/lab.wasm")).expect("the lab is built");
    let script = read(&root().join("src/lab/session-lab.js"));
    let fetched = format!("new URL(\"../../lab/{}\",", address(&wasm));
    assert!(script.contains(&fetched), "{RENEW}");
}

#[test]
fn the_lab_is_small() {
    let record = read(&root().join("src/lab/lab.record"));
    let sizes = record.lines().find_map(|line| line.strip_prefix("bytes: ")).expect("sizes");
    let (bytes, gzipped) = sizes.split_once(", gzipped: ").expect("two sizes");
    // What four steps may come to, and what each later one adds. It should be 30 KB: step 07, with a
    // handler for each kind of request under five layers, takes 80, and step 12, with 25 handlers of
    // several extractors each, 190.
    let later = lab::STEPS as usize - 4;
    let bytes: usize = bytes.parse().expect("a number");
    let gzipped: usize = gzipped.parse().expect("a number");
    assert!(bytes <= 480_000 + later * 101_000, "{bytes} bytes");
    assert!(gzipped <= 210_000 + later * 29_500, "{gzipped} bytes gzipped");
}
