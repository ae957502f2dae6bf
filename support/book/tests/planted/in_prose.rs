//! Faults in what is written: includes, code blocks, commands, versions.

use book::{diffs, fences, includes, order, steps, versions};

use crate::fixture::{Fixture, ONE, TWO};

const LIB: &str = "steps/step-01/src/lib.rs";
const VISIT: &str = "steps/step-01/tests/snapshots/visit.snap";

#[test]
fn a_good_book_passes() {
    let fixture = Fixture::good();
    fixture.assert_good(includes::check);
    fixture.assert_good(fences::check);
    fixture.assert_good(steps::check);
    fixture.assert_good(versions::check);
}

#[test]
fn an_include_of_a_missing_file_is_caught() {
    let fixture = Fixture::good();
    fixture.append(TWO, "\n{{#rustdoc_include ../steps/step-01/src/gone.rs}}\n");
    fixture.assert_caught(includes::check, (TWO, "gone.rs"), "there is no text file");
}

#[test]
fn an_include_that_leads_out_is_caught() {
    let fixture = Fixture::good();
    fixture.append(TWO, "\n{{#include ../../secrets}}\n");
    fixture.assert_caught(includes::check, (TWO, "secrets"), "leads out of the repository");
}

#[test]
fn an_include_of_a_missing_anchor_is_caught() {
    let fixture = Fixture::good();
    fixture.append(TWO, "\n```rust\n{{#include ../steps/step-01/src/lib.rs:greets}}\n```\n");
    fixture.assert_caught(includes::check, (TWO, ":greets"), "has no `ANCHOR: greets`");
}

#[test]
fn an_include_of_an_empty_anchor_is_caught() {
    let fixture = Fixture::good();
    fixture.append(LIB, "// ANCHOR: void\n\n// ANCHOR_END: void\n");
    fixture.append(TWO, "\n```rust\n{{#include ../steps/step-01/src/lib.rs:void}}\n```\n");
    fixture.assert_caught(includes::check, (TWO, ":void"), "`void` is empty");
}

#[test]
fn an_include_of_code_by_line_numbers_is_caught() {
    for lines in [":2:3", ":2", ":2:", "::3"] {
        let fixture = Fixture::good();
        fixture
            .append(TWO, &format!("\n{{{{#include ../steps/step-01/src/lib.rs{lines}}}}}\n"));
        fixture.assert_caught(includes::check, (TWO, "lib.rs"), "takes lines by number");
    }
}

#[test]
fn an_include_of_a_snapshot_with_its_header_is_caught() {
    let fixture = Fixture::good();
    fixture.replace(ONE, ".snap:4:", ".snap");
    fixture.assert_caught(includes::check, (ONE, "visit.snap"), "would show insta's header");
    fixture.replace(ONE, "visit.snap", "visit.snap:5:");
    fixture.assert_caught(includes::check, (ONE, "visit.snap"), "write `.snap:4:`");
}

#[test]
fn a_snapshot_with_a_longer_header_is_caught() {
    let fixture = Fixture::good();
    fixture.replace(VISIT, "source:", "expression: text\nsource:");
    fixture.assert_caught(includes::check, (ONE, "visit.snap"), "has 4 lines, not 3");
}

#[test]
fn an_anchor_that_no_page_includes_is_caught() {
    let fixture = Fixture::good();
    fixture.append(LIB, "// ANCHOR: alone\nmod a;\n// ANCHOR_END: alone\n");
    fixture.assert_caught(includes::check, (LIB, "ANCHOR: alone"), "no page includes");
}

#[test]
fn an_anchor_without_its_other_half_is_caught() {
    let fixture = Fixture::good();
    fixture.append(LIB, "// ANCHOR: open\nmod a;\n");
    fixture.assert_caught(includes::check, (LIB, "ANCHOR: open"), "has no `ANCHOR_END: open`");
    let fixture = Fixture::good();
    fixture.append(LIB, "mod a;\n// ANCHOR_END: shut\n");
    fixture.assert_caught(includes::check, (LIB, "ANCHOR_END: shut"), "has no `ANCHOR: shut`");
}

#[test]
fn a_second_anchor_of_the_same_name_is_caught() {
    let fixture = Fixture::good();
    fixture.append(LIB, "// ANCHOR: greet again\nmod a;\n// ANCHOR_END: greet\n");
    fixture.assert_caught(includes::check, (LIB, "greet again"), "a second `ANCHOR: greet`");
}

#[test]
fn a_fence_without_a_language_is_caught() {
    let fixture = Fixture::good();
    fixture.append(TWO, "\n```\nplain words\n```\n");
    fixture.replace(TWO, "```\nplain", "``` \nplain");
    fixture.assert_caught(fences::check, (TWO, "``` "), "names no language");
}

#[test]
fn code_by_indentation_is_caught() {
    let fixture = Fixture::good();
    fixture.append(TWO, "\nWords.\n\n    indented\n");
    fixture.assert_caught(fences::check, (TWO, "indented"), "in a fence");
}

#[test]
fn rust_that_nothing_compiles_is_caught() {
    for body in ["let a = 1;\n", "{{#include x.rs:y}}\nlet a = 1;\n", ""] {
        let fixture = Fixture::good();
        fixture.append(TWO, &format!("\n```rust,ignore\n{body}```\n"));
        fixture.assert_caught(fences::check, (TWO, "rust,ignore"), "no test compiles");
    }
}

#[test]
fn an_excuse_that_excuses_nothing_is_caught() {
    let fixture = Fixture::good();
    fixture.replace(ONE, "greet(name)", "{{#include ../steps/step-01/src/lib.rs:greet}}");
    fixture.assert_caught(fences::check, (ONE, "not run"), "excuses nothing");
    let fixture = Fixture::good();
    fixture.replace(ONE, "not run: a fragment", "not run:");
    fixture.assert_caught(fences::check, (ONE, "not run"), "gives no reason");
}

#[test]
fn a_chapter_without_a_step_is_caught() {
    let fixture = Fixture::good();
    fixture.append("src/SUMMARY.md", "\n[Three](03-three.md)\n");
    fixture.write("src/03-three.md", "# Three\n");
    let faults = steps::check(&fixture.book());
    let messages: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(
        messages[0].starts_with("src/03-three.md:1: this chapter has no step"),
        "{messages:?}"
    );
    assert_eq!(messages.len(), 3, "and neither of its commands: {messages:?}");
}

#[test]
fn a_step_without_a_chapter_is_caught() {
    let fixture = Fixture::good();
    fixture.write("steps/step-03/Cargo.toml", "[package]\nname = \"step-03\"\n");
    let place = ("steps/step-03/Cargo.toml", "");
    fixture.assert_caught(steps::check, place, "has no chapter");
}

#[test]
fn a_chapter_without_its_commands_is_caught() {
    let fixture = Fixture::good();
    fixture.replace(ONE, "cargo test -p step-01", "cargo test");
    fixture.assert_caught(steps::check, (ONE, ""), "does not say `cargo test -p step-01`");
}

#[test]
fn two_chapters_of_one_number_are_caught() {
    let fixture = Fixture::good();
    fixture.append("src/SUMMARY.md", "\n[Again](02-zwei.md)\n");
    fixture.write("src/02-zwei.md", "`cargo run -p step-02` and `cargo test -p step-02`\n");
    fixture.assert_caught(steps::check, ("src/02-zwei.md", ""), "renumber one");
}

#[test]
fn a_further_page_of_a_chapter_is_listed_below_it_and_shows_no_diff() {
    let fixture = Fixture::good();
    let entry = "- [Two](02-two.md)\n  - [Again](02-again.md)\n";
    fixture.replace("src/SUMMARY.md", "- [Two](02-two.md)\n", entry);
    let page = "# Again\n\n`cargo run -p step-02` and `cargo test -p step-02`\n";
    fixture.write("src/02-again.md", page);
    fixture.assert_good(steps::check);
    fixture.assert_good(order::check);
    fixture.assert_good(diffs::check);
    fixture.replace("src/02-again.md", "cargo test -p step-02", "cargo test");
    fixture.assert_caught(steps::check, ("src/02-again.md", ""), "does not say");
}

#[test]
fn a_page_that_the_summary_does_not_list_is_caught() {
    let fixture = Fixture::good();
    fixture.write("src/lost.md", "# Lost\n");
    fixture.assert_caught(steps::check, ("src/lost.md", ""), "does not list this page");
}

#[test]
fn a_listed_page_that_is_missing_is_caught() {
    let fixture = Fixture::good();
    fixture.remove("src/appendix.md");
    fixture.assert_caught(
        steps::check,
        ("src/SUMMARY.md", "appendix.md"),
        "there is no src/appe",
    );
}

#[test]
fn a_command_for_a_package_that_is_missing_is_caught() {
    for page in [ONE, "src/appendix.md", "README.md"] {
        let fixture = Fixture::good();
        fixture.append(
            page,
            "\n`cargo test --release -p teapot`. `cargo run -p step-NN` is fine.\n",
        );
        fixture.assert_caught(steps::check, (page, "teapot"), "no package `teapot`");
    }
}

#[test]
fn a_flag_of_another_command_is_not_a_package() {
    let fixture = Fixture::good();
    fixture.append(TWO, "\nAfter `cargo build`, `mkdir -p data`; cargo run && mkdir -p data\n");
    fixture.assert_good(steps::check);
}

#[test]
fn a_step_that_is_missing_is_caught() {
    for word in ["step-09", "step_09"] {
        let fixture = Fixture::good();
        fixture.append(
            "README.md",
            &format!("\nsee `steps/{word}/src`, not footstep-08 or step-NN\n"),
        );
        fixture.assert_caught(steps::check, ("README.md", word), "write \"chapter 9\"");
    }
}

#[test]
fn a_version_that_is_not_the_locked_one_is_caught() {
    for claim in [
        "axum 0.7",
        "`axum` v0.8.4 and `axum` 0.7",
        "axum@0.7.1",
        "**axum** version 0.7",
        "axum\n0.7.",
        "`axum = \"0.7\"`",
        "axum = { features = [\"x\"], version = \"=0.7\" }",
        "`cargo install axum --version 0.7.9`",
    ] {
        let fixture = with_axum();
        fixture.append(TWO, &format!("\n{claim}\n"));
        fixture.assert_caught(
            versions::check,
            (TWO, "0.7"),
            "is not the locked version: 0.8.4",
        );
    }
}

#[test]
fn a_version_that_is_a_locked_one_is_not_a_fault() {
    let fixture = with_axum();
    fixture.append(
        TWO,
        "\naxum 0.8, axum 0.8.4, axum 0, axum-login 0.7, axum has 0.7 and axum.\n",
    );
    fixture.append(TWO, "\n```toml\naxum = { version = \"0.8\" }\n```\n");
    fixture.append(TWO, "\naxum\n\n0.7 begins another paragraph\n");
    fixture.assert_good(versions::check);
}

#[test]
fn the_versions_of_mdbook_and_rust_are_held_too() {
    let fixture = with_axum();
    fixture.append(TWO, "\nmdBook 0.5.3\n");
    fixture.assert_caught(versions::check, (TWO, "0.5.3"), "version: 0.5.4");
    let fixture = Fixture::good();
    fixture.replace("README.md", "Rust 1.88", "Rust 1.90");
    fixture.assert_caught(versions::check, ("README.md", "1.90"), "1.88");
}

#[test]
fn the_versions_of_npm_packages_are_held_too() {
    let fixture = Fixture::good();
    let manifest = "{\"dependencies\": {\"express-session\": \"1.19.0\"}}";
    fixture.write("support/express/package.json", manifest);
    fixture.append(TWO, "\nexpress-session 1.19 and `express-session`\n");
    fixture.assert_good(versions::check);
    fixture.append(TWO, "\nexpress-session 1.18\n");
    fixture.assert_caught(versions::check, (TWO, "1.18"), "version: 1.19.0");
}

#[test]
fn a_version_of_the_past_may_be_excused_while_it_is_one() {
    let excuse = "<!-- version: historical -->";
    let fixture = with_axum();
    fixture.append(TWO, &format!("\n{excuse}\naxum 0.7 was otherwise.\n"));
    fixture.append(TWO, &format!("\n{excuse}\n```toml\n[dependencies]\naxum = \"0.7\"\n```\n"));
    fixture.append(TWO, &format!("\n| axum 0.6 | {excuse} |\n"));
    fixture.assert_good(versions::check);
    fixture.replace(TWO, "axum 0.6", "axum 0.8");
    fixture.assert_caught(versions::check, (TWO, "axum 0.8"), "excuses no version");
}

fn with_axum() -> Fixture {
    let fixture = Fixture::good();
    for (name, version) in [("axum", "0.8.4"), ("mdbook-driver", "0.5.4")] {
        let package = format!("\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
        fixture.append("Cargo.lock", &package);
    }
    fixture
}
