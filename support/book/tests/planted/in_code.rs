//! Faults in the steps: recordings that nobody sees, stale and large diffs, manifests.

use book::manifests::{self, Allowance};
use book::{Book, Fault, diffs, recordings, use_lines, widths};

use crate::fixture::{DIFF, Fixture, ONE, TWO};

const MANIFEST: &str = "steps/step-01/Cargo.toml";
const NO_PACKAGES: &[Allowance] = &[Allowance { from: 1, packages: 0 }];

#[test]
fn a_good_book_passes() {
    let fixture = Fixture::good();
    fixture.assert_good(recordings::check);
    fixture.assert_good(diffs::check);
    fixture.assert_good(diffs::stale);
    fixture.assert_good(manifests_alone);
}

fn manifests_alone(book: &Book) -> Vec<Fault> {
    manifests::check_against(book, NO_PACKAGES)
}

#[test]
fn a_recording_that_no_page_shows_is_caught() {
    let snapshots = "steps/step-01/tests/snapshots";
    for (name, text) in [
        ("unseen.snap", "---\nsource: x\n---\nGET /\n"),
        ("unseen_ladder.snap", "---\nsource: x\n---\n<ol></ol>\n"),
    ] {
        let fixture = Fixture::good();
        let path = format!("{snapshots}/{name}");
        fixture.write(&path, text);
        fixture.assert_caught(recordings::check, (&path, ""), "recording");
    }
}

#[test]
fn a_recording_that_came_out_otherwise_is_caught_with_the_line_that_shows_it() {
    for name in ["visit.snap", "visit_ladder.snap"] {
        let fixture = Fixture::good();
        let path = format!("steps/step-01/tests/snapshots/{name}");
        let text = fixture.read(&path);
        fixture.write(&format!("{path}.new"), &text.replace("200 OK", "302 Found"));
        let line = book::book::line_of(&fixture.read(ONE), name).expect("it is shown");
        let faults = recordings::check(&fixture.book());
        let places: Vec<_> = faults.iter().map(|one| (one.file.as_str(), one.line)).collect();
        assert_eq!(places, [(format!("{path}.new").as_str(), 1), (ONE, line)]);
        assert!(faults[1].message.contains("came out otherwise"), "{}", faults[1]);
    }
}

#[test]
fn a_diff_that_no_page_shows_is_caught() {
    let fixture = Fixture::good();
    fixture.replace(
        TWO,
        "{{#include ../support/book/tests/snapshots/diff_step_02.snap:4:}}",
        "",
    );
    fixture.assert_caught(recordings::check, (DIFF, ""), "no page shows");
    fixture.assert_caught(diffs::check, (TWO, ""), "does not show its diff");
}

#[test]
fn a_diff_is_what_a_reader_would_see() {
    let fixture = Fixture::good();
    let expected = "\
---
source: main.rs
---
--- step-01/src/lib.rs
+++ step-02/src/lib.rs
@@ -2,5 +2,7 @@

 /// A greeting from step_02.
 pub fn greet(name: &str) -> String {
-    format!(\"Hello, {name}\")
+    // Politely.
+
+    format!(\"Good day, {name}\")
 }
";
    assert_eq!(fixture.read(DIFF), expected);
    let diffs = diffs::all(&fixture.book());
    assert_eq!(diffs.iter().map(|diff| diff.changed).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_diff_names_new_files_and_the_readers_part_of_the_manifest() {
    let fixture = Fixture::good();
    fixture.write("steps/step-02/src/tea.rs", "pub struct Tea;\n");
    fixture.write("steps/step-02/tests/tea.rs", "not the reader's\n");
    fixture.replace("steps/step-02/Cargo.toml", "\n# The", "\n[features]\n\n# The");
    fixture.append("steps/step-02/Cargo.toml", "tea = \"1\"\n");
    let text = &diffs::all(&fixture.book())[0].text;
    let headers: Vec<&str> =
        text.lines().filter(|l| l.starts_with("--- ") || l.starts_with("+++ ")).collect();
    assert_eq!(
        headers,
        [
            "--- step-01/Cargo.toml",
            "+++ step-02/Cargo.toml",
            "--- step-01/src/lib.rs",
            "+++ step-02/src/lib.rs",
            "--- /dev/null",
            "+++ step-02/src/tea.rs"
        ]
    );
    assert!(!text.contains("tea = \"1\""), "{text}");
}

#[test]
fn a_stale_diff_is_caught() {
    let fixture = Fixture::good();
    fixture.replace("steps/step-02/src/lib.rs", "Good day", "Good evening");
    fixture.assert_caught(diffs::stale, (DIFF, "Good day"), "step-01 and step-02 differ");
    fixture.assert_caught(diffs::stale, (DIFF, "Good day"), diffs::RENEW);
    fixture.record_diffs();
    fixture.assert_good(diffs::stale);
}

#[test]
fn a_diff_of_steps_that_are_gone_is_caught() {
    let fixture = Fixture::good();
    let path = "support/book/tests/snapshots/diff_step_09.snap";
    fixture.write(path, "---\nsource: main.rs\n---\n");
    fixture.assert_caught(diffs::stale, (path, ""), "delete it");
}

#[test]
fn a_missing_diff_is_caught() {
    let fixture = Fixture::good();
    fixture.remove(DIFF);
    let faults = diffs::stale(&fixture.book());
    assert_eq!(faults.iter().map(|fault| fault.file.as_str()).collect::<Vec<_>>(), [DIFF]);
}

#[test]
fn a_chapter_may_go_on_from_an_earlier_step() {
    let fixture = Fixture::good();
    let three = "src/03-three.md";
    for (from, to) in [("Cargo.toml", "Cargo.toml"), ("src/lib.rs", "src/lib.rs")] {
        let text = fixture.read(&format!("steps/step-01/{from}"));
        let text = text.replace("step-01", "step-03").replace("Hello", "Good night");
        fixture.write(&format!("steps/step-03/{to}"), &text);
    }
    let shown = "{{#include ../support/book/tests/snapshots/diff_step_03.snap:4:}}";
    fixture.write(three, &format!("# Three\n\n{shown}\n"));
    let from = |fixture: &Fixture| diffs::all(&fixture.book()).last().map(|diff| diff.from);
    assert_eq!(from(&fixture), Some(2));
    fixture.append(three, "\n<!-- goes on from: step 1 -->\n");
    assert_eq!(from(&fixture), Some(1));
    fixture.replace(three, "from: step 1", "from: step 2");
    fixture.assert_caught(diffs::check, (three, "from: step 2"), "remove the comment");
    for wrong in ["3", "0", "one"] {
        let said = format!("# Three\n\n{shown}\n\n<!-- goes on from: step {wrong} -->\n");
        fixture.write(three, &said);
        fixture.assert_caught(diffs::check, (three, "goes on"), "no such step");
    }
}

#[test]
fn a_room_of_a_step_may_come_from_another_one() {
    let fixture = Fixture::good();
    let three = "src/03-three.md";
    let manifest = fixture.read("steps/step-01/Cargo.toml").replace("step-01", "step-03");
    fixture.write("steps/step-03/Cargo.toml", &manifest);
    let (root, cup) = ("steps/step-03/src/lib.rs", "steps/step-03/src/store/cup.rs");
    let text = fixture.read("steps/step-01/src/lib.rs").replace("step_01", "step_03");
    fixture.write(root, &text);
    fixture.write("steps/step-02/src/store/cup.rs", "fn cup() {}\n");
    fixture.write("steps/step-02/src/store/pot.rs", "fn pot() {}\n");
    fixture.write("steps/step-02/src/beside.rs", "fn beside() {}\n");
    fixture.write(cup, "fn cup() {}\n");
    let shown = "{{#include ../support/book/tests/snapshots/diff_step_03.snap:4:}}";
    let said = "<!-- goes on from: step 1, store beside.rs from step 2 -->";
    fixture.write(three, &format!("# Three\n\n{shown}\n\n{said}\n"));
    let gone = "step-03 has no src/beside.rs";
    fixture.assert_caught(diffs::check, (three, "goes on"), gone);
    fixture.replace(three, "store beside.rs", "store");
    fixture.assert_good(diffs::check);
    let diff = |fixture: &Fixture| {
        let diff = diffs::all(&fixture.book()).pop().expect("it has one");
        assert_eq!((diff.from, diff.to), (1, 3));
        diff.text
    };
    let pot = "--- step-02/src/store/pot.rs\n+++ /dev/null\n@@ -1 +0,0 @@\n-fn pot() {}\n";
    assert_eq!(diff(&fixture), pot);
    fixture.replace(cup, "fn cup", "fn large_cup");
    fixture.append(root, "// three\n");
    let text = diff(&fixture);
    for header in [
        "--- step-01/src/lib.rs\n+++ step-03/src/lib.rs\n",
        "--- step-02/src/store/cup.rs\n+++ step-03/src/store/cup.rs\n",
    ] {
        assert!(text.contains(header), "{text}");
    }
    for (from, to, flaw) in [
        ("from step 2", "from step 9", "no such step"),
        ("from step 9", "from step 3", "no such step"),
        ("from step 3", "from step 1", "step-01 has no src/store; correct the path"),
    ] {
        fixture.replace(three, from, to);
        fixture.assert_caught(diffs::check, (three, "goes on"), flaw);
    }
}

#[test]
fn a_large_diff_is_caught() {
    let fixture = with_large_diff();
    fixture.assert_caught(diffs::check, (TWO, ""), "changes 102 lines of src/, more than 80");
}

#[test]
fn a_large_diff_may_be_excused_while_it_is_one() {
    let fixture = with_large_diff();
    fixture.append(TWO, "\n<!-- diff: 102 lines, because a store is one piece -->\n");
    fixture.assert_good(diffs::check);
    fixture.replace(TWO, "diff: 102", "diff: 99");
    fixture.assert_caught(diffs::check, (TWO, "diff: 99"), "say `diff: 102 lines");
    fixture.replace(TWO, "diff: 99 lines, because a store is one piece", "diff: 102 lines");
    fixture.assert_caught(diffs::check, (TWO, "diff: 102"), "no reason");
    fixture.remove("steps/step-02/src/large.rs");
    fixture.assert_caught(diffs::check, (TWO, "diff: 102"), "needs no excuse");
}

fn with_large_diff() -> Fixture {
    let fixture = Fixture::good();
    fixture.write(
        "steps/step-02/src/large.rs",
        &"// Comments do not count.\n\nmod x;\n".repeat(100),
    );
    fixture
}

/// The diff and the number of its changed lines, without what the fixture itself changes.
fn diff_of_moves(fixture: &Fixture) -> (String, usize) {
    let diff = diffs::all(&fixture.book()).remove(0);
    let (text, _) = diff.text.split_once("--- step-01/src/lib.rs").expect("it changes too");
    (text.to_owned(), diff.changed - 2)
}

/// A file of a hundred lines, which starts with these and names its step.
fn long(step: u32, start: &str) -> String {
    let lines = (0..100).map(|line| format!("const C{line}: u8 = {line};\n"));
    format!("//! Of step-{step:02}.\n\n{start}\n{}", lines.collect::<String>())
}

#[test]
fn a_file_that_only_moved_is_told_in_one_line() {
    let fixture = Fixture::good();
    fixture.write("steps/step-01/src/cookie.rs", &long(1, "use crate::tea;"));
    fixture.write("steps/step-02/src/web/cookie.rs", &long(2, "use crate::tea;"));
    fixture.write("steps/step-01/src/shop.rs", "mod cup;\n\n// ANCHOR: x\n");
    fixture.write("steps/step-02/src/cups/mod.rs", "mod cup;\n");
    let told = "\
moved src/shop.rs → src/cups/mod.rs
moved src/cookie.rs → src/web/cookie.rs
";
    assert_eq!(diff_of_moves(&fixture), (told.to_owned(), 0));
    fixture.record_diffs();
    fixture.assert_good(diffs::check);
    fixture.assert_good(diffs::stale);
    let other = ("steps/step-02/src/web/cookie.rs", "steps/step-02/src/http/cookie.rs");
    fixture.write(other.1, &fixture.read(other.0));
    fixture.remove(other.0);
    fixture.assert_caught(diffs::stale, (DIFF, "moved src/cookie.rs"), "differ otherwise");
}

#[test]
fn a_file_that_moved_and_changed_is_compared_with_its_old_place() {
    let fixture = Fixture::good();
    fixture.write("steps/step-01/src/cookie.rs", &long(1, "use crate::tea;"));
    fixture.write("steps/step-02/src/a/cookie.rs", &long(2, "use crate::shop::tea;"));
    let told = "\
moved src/cookie.rs → src/a/cookie.rs
--- step-01/src/cookie.rs
+++ step-02/src/a/cookie.rs
@@ -1,6 +1,6 @@
 //! Of step-02.

-use crate::tea;
+use crate::shop::tea;
 const C0: u8 = 0;
 const C1: u8 = 1;
 const C2: u8 = 2;
";
    assert_eq!(diff_of_moves(&fixture), (told.to_owned(), 2));
}

#[test]
fn of_two_files_of_the_same_name_the_one_more_alike_has_moved() {
    let fixture = Fixture::good();
    fixture.write("steps/step-01/src/cookie.rs", &long(1, "use crate::tea;"));
    fixture.write("steps/step-02/src/a/cookie.rs", &long(2, "use crate::shop::tea;\n// X"));
    fixture.write("steps/step-02/src/b/cookie.rs", &long(2, "use crate::shop::tea;"));
    let (text, changed) = diff_of_moves(&fixture);
    assert!(text.starts_with("--- /dev/null\n+++ step-02/src/a/cookie.rs\n"), "{text}");
    assert!(text.contains("\nmoved src/cookie.rs → src/b/cookie.rs\n--- step-01"), "{text}");
    assert_eq!(changed, 101 + 2);
    fixture.remove("steps/step-02/src/a");
    fixture.write("steps/step-01/src/a/cookie.rs", &long(1, "// Y\n// Z"));
    let (text, changed) = diff_of_moves(&fixture);
    assert!(text.starts_with("--- step-01/src/a/cookie.rs\n+++ /dev/null\n"), "{text}");
    assert!(text.contains("\nmoved src/cookie.rs → src/b/cookie.rs\n--- step-01"), "{text}");
    assert_eq!(changed, 100 + 2);
}

#[test]
fn of_a_file_that_was_split_only_what_stands_nowhere_is_gone() {
    let fixture = Fixture::good();
    let half = |from: usize| {
        let lines = (from..from + 20).map(|n| format!("const P{n}: u8 = {n};\n"));
        lines.collect::<String>()
    };
    let page = format!("{}const GONE: u8 = 0;\n{}", half(0), half(20));
    fixture.write("steps/step-01/src/cup.rs", &page);
    fixture.write("steps/step-02/src/cups/a.rs", &half(0));
    fixture.write("steps/step-02/src/cups/b.rs", &half(20));
    fixture.write("steps/step-02/src/cups/other.rs", "const NEW: u8 = 0;\n");
    let told = "\
split src/cup.rs → src/cups/a.rs, src/cups/b.rs
--- step-01/src/cup.rs
+++ /dev/null
@@ -21 +20,0 @@
-const GONE: u8 = 0;
--- /dev/null
+++ step-02/src/cups/a.rs
";
    let (text, changed) = diff_of_moves(&fixture);
    assert!(text.starts_with(told), "{text}");
    assert_eq!(changed, 1 + 20 + 20 + 1);
    // Most of it stands nowhere: it is gone.
    fixture.write("steps/step-02/src/cups/b.rs", "const NEW: u8 = 1;\n");
    fixture.write("steps/step-02/src/cups/a.rs", &half(0)[..half(0).len() / 2]);
    let (text, _) = diff_of_moves(&fixture);
    assert!(!text.contains("split"), "{text}");
}

#[test]
fn a_file_of_the_same_name_and_other_words_has_not_moved() {
    let fixture = Fixture::good();
    fixture.write("steps/step-01/src/cookie.rs", &long(1, "use crate::tea;"));
    let a_third = long(2, "use crate::tea;").lines().take(33).collect::<Vec<_>>().join("\n");
    fixture.write("steps/step-02/src/a/cookie.rs", &a_third);
    let (text, changed) = diff_of_moves(&fixture);
    assert!(!text.contains("moved"), "{text}");
    assert!(text.contains("--- step-01/src/cookie.rs\n+++ /dev/null\n"), "{text}");
    assert_eq!(changed, 101 + 31);
}

#[test]
fn what_a_copy_would_lack_is_caught() {
    for (line, message) in [
        ("license.workspace = true", "write it out"),
        ("[dependencies]\ntea = { path = \"../tea\" }", "a path out of the step"),
        ("edition = \"2021\"", "should be \"2024\""),
        ("rust-version = \"1.80\"", "should be \"1.88\""),
    ] {
        let fixture = Fixture::good();
        let key = line.split(' ').next().unwrap_or_default();
        let manifest = fixture.read(MANIFEST);
        let kept = manifest.lines().filter(|kept| !kept.starts_with(&format!("{key} =")));
        fixture.write(MANIFEST, &kept.map(|kept| format!("{kept}\n")).collect::<String>());
        fixture.replace(MANIFEST, "\n# The", &format!("{line}\n\n# The"));
        let last = line.lines().last().unwrap_or_default();
        fixture.assert_caught(manifests_only, (MANIFEST, last), message);
    }
}

/// Without what cargo says: it stumbles over some of what is planted.
fn manifests_only(book: &Book) -> Vec<Fault> {
    let faults = manifests_alone(book).into_iter();
    faults.filter(|fault| !fault.message.starts_with("cargo says")).collect()
}

#[test]
fn a_manifest_without_its_marker_is_caught() {
    let fixture = Fixture::good();
    fixture.replace(MANIFEST, "# The book's own", "# The rest");
    fixture.replace(MANIFEST, "[lints]\nworkspace = true\n", "");
    fixture.assert_caught(manifests_only, (MANIFEST, ""), "no line begins");
}

#[test]
fn a_table_on_the_wrong_side_of_the_marker_is_caught() {
    let fixture = Fixture::good();
    fixture.append(MANIFEST, "\n[features]\n");
    fixture.assert_caught(manifests_only, (MANIFEST, "[features]"), "belongs above");
    let fixture = Fixture::good();
    fixture.replace(MANIFEST, "\n[dev-dependencies]\n", "");
    fixture.assert_caught(manifests_only, (MANIFEST, "# The book's own"), "is missing below");
    fixture.replace(MANIFEST, "\n# The", "\n[dev-dependencies]\n\n# The");
    fixture.assert_caught(manifests_only, (MANIFEST, "[dev-dependencies]"), "belongs below");
    // In a copy, no test of a reader's would run in `src/`.
    let fixture = Fixture::good();
    fixture.replace(MANIFEST, "\n[lints]", "\n[lib]\ntest = false\n\n[lints]");
    fixture.assert_good(manifests_alone);
    let fixture = Fixture::good();
    fixture.replace(MANIFEST, "\n# The", "\n[lib]\ntest = false\n\n# The");
    fixture.assert_caught(manifests_only, (MANIFEST, "[lib]"), "belongs below");
}

#[test]
fn a_step_with_too_many_packages_is_caught() {
    let fixture = with_a_package("1.70");
    fixture.assert_caught(packages_only, (MANIFEST, ""), "builds 1 packages, more than the 0");
}

fn packages_only(book: &Book) -> Vec<Fault> {
    let faults = manifests_alone(book).into_iter();
    faults.filter(|fault| fault.message.contains("packages")).collect()
}

#[test]
fn an_allowance_that_is_not_used_is_caught() {
    let fixture = with_a_package("1.70");
    let ample = &[Allowance { from: 1, packages: 1 }, Allowance { from: 2, packages: 6 }];
    let faults = manifests::check_against(&fixture.book(), ample);
    let messages: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
    let expected = "from step-02 on 6 packages are allowed but at most 0 are used";
    assert!(messages.iter().any(|message| message.starts_with(expected)), "{messages:?}");
}

#[test]
fn a_dependency_that_needs_a_newer_compiler_is_caught() {
    let fixture = with_a_package("1.89.1");
    let newer = |book: &Book| {
        let faults = manifests_alone(book).into_iter();
        faults.filter(|fault| fault.message.contains("newer than")).collect()
    };
    let place = ("Cargo.toml", "rust-version");
    fixture.assert_caught(newer, place, "tea 1.0.0 needs Rust 1.89.1");
}

fn with_a_package(rust_version: &str) -> Fixture {
    let fixture = Fixture::good();
    fixture.write(
        "tea/Cargo.toml",
        &format!("[package]\nname = \"tea\"\nversion = \"1.0.0\"\nrust-version = \"{rust_version}\"\n"),
    );
    fixture.write("tea/src/lib.rs", "");
    fixture.replace(
        MANIFEST,
        "\n# The",
        "\n[dependencies]\ntea = { path = \"../../tea\" }\n\n# The",
    );
    fixture.replace("Cargo.toml", "[\"steps/*\"]", "[\"steps/*\", \"tea\"]");
    fixture.replace(
        "Cargo.lock",
        "name = \"step-01\"\nversion = \"0.1.0\"\n",
        "name = \"step-01\"\nversion = \"0.1.0\"\ndependencies = [\n \"tea\",\n]\n",
    );
    fixture.append("Cargo.lock", "\n[[package]]\nname = \"tea\"\nversion = \"1.0.0\"\n");
    fixture
}

#[test]
fn a_comment_wider_than_a_page_is_caught() {
    let source = "steps/step-01/src/wide.rs";
    for (mark, is_wide) in [("    /// ", true), ("// ", true), ("//! ", false)] {
        let fixture = Fixture::good();
        let line = format!("{mark}{}", "é".repeat(93 - mark.len()));
        fixture.write(source, &format!("fn a() {{}}\n{line}\nfn b() {{}}\n"));
        if is_wide {
            fixture.assert_caught(widths::check, (source, &line), "more than 92");
        } else {
            fixture.assert_good(widths::check);
        }
        fixture.write(source, &line[..line.len() - 'é'.len_utf8()]);
        fixture.assert_good(widths::check);
    }
}

const GREETER: &str = "use std::fmt::{\n    Display,\n};\n\n#[cfg(unix)]\nuse std::env;\n\n\
                       // ANCHOR: greet\npub fn greet() {\n    use std::io;\n}\n// ANCHOR_END: greet\n";
const USE_LINES: &str = "support/book/use-lines/01-one.rs";

/// A page that prints a part of a file with `use` lines, and their list.
fn with_use_lines() -> Fixture {
    let fixture = Fixture::good();
    fixture.write("steps/step-01/src/lib.rs", GREETER);
    for (path, list) in use_lines::all(&fixture.book()) {
        fixture.write(&path, &list);
    }
    let fold = format!("\n```rust\n{{{{#include ../{USE_LINES}}}}}\n```\n");
    fixture.append(ONE, &fold);
    fixture
}

#[test]
fn a_page_has_the_use_lines_of_the_files_that_it_prints_parts_of() {
    let fixture = with_use_lines();
    fixture.assert_good(use_lines::check);
    let list =
        "// src/lib.rs\nuse std::fmt::{\n    Display,\n};\n#[cfg(unix)]\nuse std::env;\n";
    assert_eq!(fixture.read(USE_LINES), list);
}

#[test]
fn use_lines_that_are_not_shown_or_not_of_today_are_caught() {
    let fixture = with_use_lines();
    fixture.replace(ONE, &format!("{{{{#include ../{USE_LINES}}}}}"), "");
    fixture.assert_caught(use_lines::check, (ONE, ""), "where their names come from");

    let fixture = with_use_lines();
    fixture.replace("steps/step-01/src/lib.rs", "use std::env;", "use std::fs;");
    fixture.assert_caught(use_lines::check, (USE_LINES, ""), "not the use lines of today");

    let fixture = with_use_lines();
    fixture.write("support/book/use-lines/02-two.rs", "use std::env;\n");
    let two = ("support/book/use-lines/02-two.rs", "");
    fixture.assert_caught(use_lines::check, two, "delete it");
}
