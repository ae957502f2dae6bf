//! Modules that name each other.

use book::{circles, lengths, rooms};

use crate::fixture::Fixture;

const CUP: &str = "steps/step-01/src/cup.rs";
const LIB: &str = "steps/step-01/src/lib.rs";
const POT: &str = "steps/step-01/src/shelf/pot.rs";
const SHELF: &str = "steps/step-01/src/shelf/mod.rs";
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
        (CUP, "use crate::{\n    shelf::{\n        Shelf,\n        pot::Pot,\n    },\n};\n"),
        (POT, "use super::super::tea;\n"),
        (TEA, "use std::{fmt, io};\nuse super::cup::*;\n"),
    ]);
    let place = (CUP, "pot::Pot");
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
    for names in ["pub use pot::Pot;", "use self::pot::Pot;", "fn f() { pot::g() }"] {
        let fixture = with(&[
            (SHELF, &format!("mod pot;\n\n{names}\npub struct Shelf;\n")),
            (POT, "use super::Shelf;\n"),
        ]);
        fixture.assert_caught(circles::check, (SHELF, names), "pot.rs:1: `shelf::pot` names");
    }
}

#[test]
fn a_module_and_the_root_that_name_each_other_are_caught() {
    let fixture = with(&[(CUP, "pub fn fill() {\n    crate::greet(\"Ada\");\n}\n")]);
    fixture.assert_good(circles::check);
    fixture.append(LIB, "\nmod cup;\n\nfn pour() {\n    cup::fill();\n}\n");
    fixture.assert_caught(
        circles::check,
        (LIB, "cup::fill"),
        "cup.rs:2: `cup` names the crate's",
    );
}

#[test]
fn what_only_looks_like_a_circle_is_none() {
    for files in [
        // The one is named in comments only.
        [
            (CUP, "//! See [`tea`](crate::tea).\n// crate::tea::Tea\n"),
            (TEA, "use crate::cup;\n"),
        ],
        // A folder has to say what is in it.
        [
            (SHELF, "pub(crate) mod pot;\n"),
            (POT, "use super::Shelf;\npub(super) struct Pot;\n"),
        ],
        // In a module inside the file, `super` is the file.
        [
            (SHELF, "mod pot;\npub use pot::Pot;\n"),
            (POT, "mod tests {\n    use super::Pot;\n}\n"),
        ],
        // The words of other crates' paths are not modules of this one.
        [(LIB, "use x::{cup::Cup};\nfn f() { x::cup::g() }\n"), (CUP, "use crate::f;\n")],
        // Nothing of the root is named by the comma at the end.
        [(LIB, "use cup::{pot, Cup};\n"), (CUP, "use crate::{\n    cup::Tea,\n};\n")],
    ] {
        with(&files).assert_good(circles::check);
    }
}

#[test]
fn a_file_that_is_not_rust_is_caught() {
    let fixture = with(&[(CUP, "//! A cup.\n\nfn fill( {\n")]);
    let faults = circles::check(&fixture.book());
    assert_eq!(faults.iter().map(|fault| fault.file.as_str()).collect::<Vec<_>>(), [CUP]);
}

const CUPS: &str = "//! Cups.\n\nmod cup;\nmod handle;\n";
const TEAS: &str = "//! Teas.\n\nmod leaf;\nmod tea;\n";

/// The root of the newest step.
const ROOMS: &str = "steps/step-02/src/lib.rs";

/// Two rooms, in which these two modules are.
fn with_rooms(cup: &str, tea: &str) -> Fixture {
    with(&[
        ("steps/step-02/src/cups/mod.rs", CUPS),
        ("steps/step-02/src/cups/cup.rs", cup),
        ("steps/step-02/src/cups/handle.rs", "//! A handle.\n"),
        ("steps/step-02/src/teas/mod.rs", TEAS),
        ("steps/step-02/src/teas/leaf.rs", "//! A leaf.\n"),
        ("steps/step-02/src/teas/tea.rs", tea),
    ])
}

#[test]
fn two_rooms_that_use_each_other_are_caught() {
    // No module is in a circle here.
    let cup = "//! A cup.\n\nuse crate::teas::leaf::Leaf;\n";
    let tea = "//! Tea.\n\nuse crate::cups::handle::Handle;\n";
    let fixture = with_rooms(cup, tea);
    fixture.assert_good(circles::check);
    let place = (ROOMS, "");
    fixture.assert_caught(rooms::check, place, "the rooms `cups`, `teas` use each other");
}

#[test]
fn a_list_of_rooms_that_is_not_of_today_is_caught() {
    let fixture = with_rooms("//! A cup.\n\nuse crate::teas::leaf::Leaf;\n", "//! Tea.\n");
    fixture.write(rooms::LIST, &rooms::write(&fixture.book()));
    fixture.assert_good(rooms::check);
    fixture.write("steps/step-02/src/teas/leaf.rs", "//! A leaf.\n\nuse crate::cups::cup;\n");
    fixture.assert_caught(rooms::check, (ROOMS, ""), "use each other");
    fixture.write("steps/step-02/src/cups/cup.rs", "//! A cup.\n");
    fixture.assert_caught(rooms::check, (rooms::LIST, ""), "not the rooms of today");
}

#[test]
fn a_long_file_of_the_newest_step_is_caught() {
    let text = "//! Tea.\n".to_owned() + &"// A leaf.\n".repeat(299);
    let fixture = with(&[("steps/step-02/src/tea.rs", &text), (TEA, &(text.clone() + "//\n"))]);
    fixture.assert_good(lengths::check);
    fixture.write("steps/step-02/src/tea.rs", &(text + "// The last leaf.\n"));
    let place = ("steps/step-02/src/tea.rs", "The last leaf");
    fixture.assert_caught(lengths::check, place, "301 lines, and 300 at most");
}
