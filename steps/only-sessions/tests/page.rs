//! What the page has its reader type makes this package.

use std::{collections::BTreeMap, fs};

use toml::{Table, Value};

/// A dependency: its version, whether it has its default features, and the others.
type Dependency = (String, bool, Vec<String>);

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn of_manifest() -> BTreeMap<String, Dependency> {
    let manifest: Table = read("Cargo.toml").parse().expect("it is TOML");
    let dependencies = manifest["dependencies"].as_table().expect("a table");
    dependencies
        .iter()
        .map(|(name, said)| (name.clone(), dependency(said)))
        .collect()
}

fn dependency(said: &Value) -> Dependency {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let Some(said) = said.as_table() else { return (text(said), true, Vec::new()) };
    let defaults =
        said.get("default-features").is_none_or(|it| it.as_bool() == Some(true));
    let features =
        said.get("features").and_then(Value::as_array).into_iter().flatten();
    (text(&said["version"]), defaults, features.map(text).collect())
}

/// What the `cargo add` lines of the page write.
fn of_page() -> BTreeMap<String, Dependency> {
    let page = read("../../src/only-sessions.md");
    let lines = page.lines().filter_map(|line| line.strip_prefix("cargo add "));
    lines.flat_map(added).collect()
}

fn added(line: &str) -> Vec<(String, Dependency)> {
    let words: Vec<&str> = line.split(' ').collect();
    let defaults = !words.contains(&"--no-default-features");
    let features = words.iter().skip_while(|word| **word != "--features").nth(1);
    let features: Vec<String> =
        features.iter().flat_map(|it| it.split(',')).map(str::to_owned).collect();
    let packages = words.iter().filter_map(|word| word.split_once('@'));
    packages
        .map(|(name, version)| {
            (name.to_owned(), (version.to_owned(), defaults, features.clone()))
        })
        .collect()
}

#[test]
fn the_commands_of_the_page_add_what_this_package_has() {
    assert_eq!(of_page(), of_manifest());
}

#[test]
fn the_page_prints_every_file_whole() {
    let page = read("../../src/only-sessions.md");
    for file in fs::read_dir("src").expect("it can be listed") {
        let name = file.expect("it can be listed").file_name();
        let name = name.to_string_lossy();
        let include = format!("{{{{#include ../steps/only-sessions/src/{name}}}}}");
        assert!(page.lines().any(|line| line == include), "{name} is not printed");
    }
}
