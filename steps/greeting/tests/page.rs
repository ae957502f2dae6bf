//! What chapter 3 has its reader type makes this package.

use std::fs;

#[test]
fn the_page_prints_all_that_the_program_is_made_of() {
    let page = fs::read_to_string("../../src/03-the-session-layer.md");
    let page = page.expect("the page can be read");
    for line in [
        "cargo new greeting",
        "{{#include ../steps/greeting/Cargo.toml:deps}}",
        "{{#include ../steps/greeting/src/main.rs}}",
    ] {
        assert!(page.lines().any(|it| it == line), "{line} is not printed");
    }
    let files = fs::read_dir("src").expect("it can be listed").count();
    assert_eq!(files, 1, "there is no file beside the one that is printed");
}
