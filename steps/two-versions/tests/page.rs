//! What chapter 4 has its reader type makes this package.

use std::fs;

#[test]
fn the_page_prints_all_that_the_program_is_made_of() {
    let page = fs::read_to_string("../../src/04-typed-data.md");
    let page = page.expect("the page can be read");
    let is_printed = |line: &str| page.lines().any(|it| it == line);
    assert!(is_printed("cargo new two-versions"));
    assert!(is_printed("{{#include ../steps/two-versions/Cargo.toml:deps}}"));
    for file in fs::read_dir("src").expect("it can be listed") {
        let name = file.expect("it can be listed").file_name();
        let name = name.to_string_lossy();
        let include = format!("{{{{#include ../steps/two-versions/src/{name}}}}}");
        assert!(is_printed(&include), "{name} is not printed");
    }
}
