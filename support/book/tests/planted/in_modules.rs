//! Modules that name each other.

use book::circles;

use crate::fixture::Fixture;

const CUP: &str = "steps/step-01/src/cup.rs";
const POT: &str = "steps/step-01/src/shelf/pot.rs";
const TEA: &str = "steps/step-01/src/tea.rs";

/// A step with these files besides its root.
fn with(files: &[(&str, &str)]) -> Fixture {
    let fixture = Fixture::good();
    for (path, text) in files {
        fixture.write(path, text);
    }
    fixture
}

#[test]
fn a_good_book_passes() {
    Fixture::good().assert_good(circles::check);
}

#[test]
fn two_modules_that_name_each_other_are_caught() {
    let fixture = with(&[
        (CUP, "//! A cup.\n\nuse crate::tea::Tea;\n"),
        (TEA, "//! Tea.\n\nuse std::fmt;\n\nuse crate::cup::Cup;\n"),
    ]);
    let place = (CUP, "use crate::tea");
    fixture.assert_caught(circles::check, place, "`cup` names `tea`, and comes back");
    fixture.assert_caught(
        circles::check,
        place,
        "steps/step-01/src/tea.rs:5: `tea` names `cup`",
    );
}

#[test]
fn a_detour_over_a_third_module_is_caught() {
    let fixture = with(&[
        (CUP, "use crate::{\n    shelf::{pot::Pot, Shelf},\n};\n"),
        (POT, "use super::super::tea;\n"),
        (TEA, "use std::{fmt, io};\nuse super::cup::*;\n"),
    ]);
    let place = (CUP, "shelf::{pot::Pot");
    fixture.assert_caught(circles::check, place, "pot.rs:1: `shelf::pot` names `tea`, steps");
    fixture.assert_caught(
        circles::check,
        place,
        "steps/step-01/src/tea.rs:2: `tea` names `cup`",
    );
}

#[test]
fn a_path_in_a_body_is_caught() {
    for body in [
        "let cup = crate::cup::Cup::<u8>::new();",
        "println!(\"{}\", crate::cup::price());",
        "match tea { super::cup::Cup { .. } => {} }",
        "use crate::{self as root, cup::{self, Cup}};",
    ] {
        let fixture = with(&[
            (CUP, "pub fn fill(tea: &crate::tea::Tea) {}\n"),
            (TEA, &format!("pub fn brew() {{\n    {body}\n}}\n")),
        ]);
        fixture.assert_caught(circles::check, (CUP, "fn fill"), "tea.rs:2: `tea` names `cup`");
    }
}

#[test]
fn a_module_and_its_folder_that_name_each_other_are_caught() {
    let shelf = "steps/step-01/src/shelf/mod.rs";
    let fixture = with(&[
        (shelf, "mod pot;\n\npub use pot::Pot;\npub struct Shelf;\n"),
        (POT, "use super::Shelf;\n"),
    ]);
    fixture.assert_caught(circles::check, (shelf, "pub use"), "names `shelf`");
}

#[test]
fn a_module_and_the_root_that_name_each_other_are_caught() {
    let lib = "steps/step-01/src/lib.rs";
    let fixture = with(&[(CUP, "pub fn fill() {\n    crate::greet(\"Ada\");\n}\n")]);
    fixture.assert_good(circles::check);
    fixture.append(lib, "\nmod cup;\n\nfn pour() {\n    cup::fill();\n}\n");
    fixture.assert_caught(
        circles::check,
        (lib, "cup::fill"),
        "cup.rs:2: `cup` names the crate's",
    );
}

#[test]
fn what_only_looks_like_a_circle_is_none() {
    let fixture = with(&[
        (CUP, "//! See [`tea`](crate::tea).\nuse crate::shelf;\n// crate::tea\n"),
        ("steps/step-01/src/shelf/mod.rs", "mod pot;\n\npub(crate) struct Shelf;\n"),
        (
            POT,
            "use super::Shelf;\npub(super) struct Pot;\n\nmod tests {\n    use super::Pot;\n}\n",
        ),
        (
            TEA,
            "use crate::cup::Cup;\nuse elsewhere::{tea::Tea, cup};\n\nfn f() { x::tea::g() }\n",
        ),
        ("steps/step-01/src/bin/cup.rs", "use crate::tea;\n"),
    ]);
    fixture.assert_good(circles::check);
}

#[test]
fn a_file_that_is_not_rust_is_caught() {
    let fixture = with(&[(CUP, "//! A cup.\n\nfn fill( {\n")]);
    let faults = circles::check(&fixture.book());
    assert_eq!(faults.iter().map(|fault| fault.file.as_str()).collect::<Vec<_>>(), [CUP]);
}
