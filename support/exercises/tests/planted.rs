//! Exercises with each fault that there can be, on a small step: each is told, and nothing else.

#[path = "../build/chapter.rs"]
mod chapter;
#[path = "../build/manifest.rs"]
mod manifest;
#[path = "../build/own_tests.rs"]
mod own_tests;
#[path = "../build/patch.rs"]
mod patch;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use chapter::Chapter;
use tempfile::TempDir;

const STEP: &str = "\
mod pot;

/// What there is.
pub fn tea() -> &'static str {
    crate::pot::TEA
}
";
const POT: &str = "pub(crate) const TEA: &str = \"green\";\n";
const OWN: &str = "\
use step_01::tea;

const PROGRAM: &str = env!(\"CARGO_BIN_EXE_step-01\");

fn start() -> &'static str {
    PROGRAM
}

#[test]
fn the_tea_is_green() {
    assert_eq!(tea(), \"green\");
}

#[test]
fn there_is_tea() {
    assert!(!tea().is_empty());
}

#[test]
fn the_program_starts() {
    assert!(!start().is_empty());
}
";
const BLACK: &str = "\
--- a/src/pot.rs
+++ b/src/pot.rs
@@ -1,1 +1,1 @@
-pub(crate) const TEA: &str = \"green\";
+pub(crate) const TEA: &str = \"black\";
";
const IS_BLACK: &str = "\
#[test]
fn the_tea_is_black() {
    assert_eq!(step_01::tea(), \"black\");
}
";

const MANIFEST: &str = "\
[dependencies]
kettle = { version = \"1\", features = [\"water\"] }
";
const TRIED_WITH: &str = "\
[dev-dependencies]
kettle = { version = \"1\", default-features = false, features = [\"milk\", \"water\"] }
";
/// A change of the manifest in which the last line is missing.
const WITH: &str = "\
--- a/Cargo.toml
+++ b/Cargo.toml
@@ -1,2 +1,2 @@
 [dependencies]
-kettle = { version = \"1\", features = [\"water\"] }
";

/// A repository of one step, and its exercises.
struct Fixture(TempDir);

impl Fixture {
    fn new() -> Self {
        let fixture = Self(tempfile::tempdir().expect("a folder"));
        fixture.write("step/Cargo.toml", MANIFEST);
        fixture.write("exercises.toml", TRIED_WITH);
        fixture.write("step/src/lib.rs", STEP);
        fixture.write("step/src/pot.rs", POT);
        fixture.write("step/tests/conversations.rs", OWN);
        fixture
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn exercise(&self, name: &str, files: &[(&str, &str)]) {
        for (file, text) in files {
            self.write(&format!("exercises/{name}/{file}"), text);
        }
    }

    /// The tests that come of the exercises, each with whether it fails.
    fn tests(&self) -> Vec<(String, bool)> {
        let chapter = Chapter {
            number: 1,
            step: self.path("step"),
            exercises: self.path("exercises"),
            manifest: self.path("exercises.toml"),
        };
        chapter.write(&self.path("out")).expect("the program is written");
        let out = self.path("out");
        compile(
            &self.path("step/src/lib.rs"),
            &["--crate-type=lib", "--crate-name=step_01"],
            &out,
        );
        compile(
            &out.join("chapter_01.rs"),
            &["--test", "--extern", "step_01=libstep_01.rlib", "-o", "tests"],
            &out,
        );
        let run = Command::new(out.join("tests")).arg("--test-threads=1").output();
        let said = String::from_utf8(run.expect("it runs").stdout).expect("text");
        said.lines().filter_map(outcome).collect()
    }

    fn failing(&self) -> BTreeSet<String> {
        let failing = self.tests().into_iter().filter(|(_, fails)| *fails);
        failing.map(|(name, _)| name).collect()
    }
}

fn compile(file: &Path, how: &[&str], folder: &Path) {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let done = Command::new(rustc)
        .current_dir(folder)
        .args(["--edition=2024", "--allow=warnings"])
        .args(how)
        .arg(file)
        .output()
        .expect("rustc runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// The name of a test, and whether it fails, of a line that tells them.
fn outcome(line: &str) -> Option<(String, bool)> {
    let (name, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let name = name.strip_suffix(" - should panic").unwrap_or(name);
    Some((name.to_owned(), outcome == "FAILED"))
}

#[test]
fn a_good_exercise_is_tried_on_the_step_and_on_the_change() {
    let fixture = Fixture::new();
    let files =
        [("change.patch", BLACK), ("test.rs", IS_BLACK), ("red.txt", "the_tea_is_green\n")];
    fixture.exercise("1-black", &files);
    let tests = [
        "own_tests::the_tea_is_green",
        "own_tests::there_is_tea",
        "own_tests_before::the_tea_is_green",
        "with_the_change::the_tea_is_black",
        "without_the_change::the_tea_is_black",
    ];
    let tests = tests.map(|name| (format!("exercise_1_black::{name}"), false));
    assert_eq!(fixture.tests(), tests);
    fixture.exercise("1-black", &[("red.txt", "only\nthe_tea_is_green\n")]);
    assert_eq!(fixture.tests().len(), 4, "the other tests are left out");
}

#[test]
fn each_fault_is_told() {
    let fixture = Fixture::new();
    let elsewhere = BLACK.replace("-pub(crate) const TEA", "-pub(crate) const COFFEE");
    let white = IS_BLACK.replace("\"black\"", "\"white\"");
    let is_some = IS_BLACK.replace("assert_eq!(step_01::tea(), \"black\")", "step_01::tea()");
    let same = BLACK.replace("\"black\"", "\"green\"");
    let ignored = IS_BLACK.replace("#[test]", "#[test]\n#[ignore = \"later\"]");
    let windows = format!("#![cfg(windows)]\n{IS_BLACK}");
    let counts = BLACK.replace("@@ -1,1", "@@ -1,2");
    let within = format!("mod within {{\n{}}}\n", is_some.replace("#[test]", "    #[test]"));
    for (name, files) in [
        ("1-unsolved", [("change.patch", BLACK), ("test.rs", white.as_str())]),
        ("2-green-before", [("change.patch", BLACK), ("test.rs", is_some.as_str())]),
        ("3-elsewhere", [("change.patch", elsewhere.as_str()), ("test.rs", IS_BLACK)]),
        ("4-no-patch", [("change.patch", "black, please\n"), ("test.rs", IS_BLACK)]),
        (
            "5-not-red",
            [("change.patch", BLACK), ("red.txt", "the_tea_is_green\nthere_is_tea\n")],
        ),
        ("6-red-as-well", [("change.patch", BLACK), ("red.txt", "")]),
        ("7-no-such-test", [("change.patch", BLACK), ("red.txt", "the_tea_is_cold\n")]),
        ("8-its-program", [("change.patch", BLACK), ("red.txt", "the_program_starts\n")]),
        ("9-nothing-to-try", [("change.patch", BLACK), ("why.txt", "")]),
        ("10-no-test", [("change.patch", BLACK), ("test.rs", "fn brew() {}\n")]),
        ("11-only-nothing", [("change.patch", BLACK), ("red.txt", "only\n")]),
        ("12-no-change", [("change.patch", same.as_str()), ("red.txt", "")]),
        ("13-ignored", [("change.patch", BLACK), ("test.rs", ignored.as_str())]),
        ("17-elsewhere", [("change.patch", BLACK), ("test.rs", windows.as_str())]),
        ("14-wrong-counts", [("change.patch", counts.as_str()), ("test.rs", IS_BLACK)]),
        ("15-green-within", [("change.patch", BLACK), ("test.rs", within.as_str())]),
    ] {
        fixture.exercise(name, &files);
    }
    let files =
        [("change.patch", BLACK), ("red.txt", "the_tea_is_green\n"), ("tests.rs", IS_BLACK)];
    fixture.exercise("16-misnamed", &files);
    let failing = [
        "exercise_10_no_test::is_whole",
        "exercise_11_only_nothing::is_whole",
        "exercise_12_no_change::is_whole",
        "exercise_13_ignored::is_whole",
        "exercise_14_wrong_counts::is_whole",
        "exercise_15_green_within::without_the_change::within::the_tea_is_black",
        "exercise_16_misnamed::is_whole",
        "exercise_17_elsewhere::is_whole",
        "exercise_1_unsolved::with_the_change::the_tea_is_black",
        "exercise_2_green_before::without_the_change::the_tea_is_black",
        "exercise_3_elsewhere::is_whole",
        "exercise_4_no_patch::is_whole",
        "exercise_5_not_red::own_tests::there_is_tea",
        "exercise_6_red_as_well::own_tests::the_tea_is_green",
        "exercise_7_no_such_test::is_whole",
        "exercise_8_its_program::is_whole",
        "exercise_9_nothing_to_try::is_whole",
    ];
    assert_eq!(fixture.failing(), BTreeSet::from(failing.map(str::to_owned)));
}

#[test]
fn what_a_manifest_asks_for_is_tried_or_told() {
    let fixture = Fixture::new();
    let with = |line: &str| format!("{WITH}+{line}\n{BLACK}");
    for (name, line) in [
        ("1-good", r#"kettle = { version = "1", features = ["milk", "water"] }"#),
        ("2-misspelt", r#"kettle = { version = "1", features = ["mlik", "water"] }"#),
        ("3-newer", r#"kettle = { version = "2", features = ["milk", "water"] }"#),
        ("4-another", r#"teapot = "1""#),
    ] {
        fixture.exercise(name, &[("change.patch", &with(line)), ("test.rs", IS_BLACK)]);
    }
    let failing =
        ["2_misspelt", "3_newer", "4_another"].map(|name| format!("exercise_{name}::is_whole"));
    assert_eq!(fixture.failing(), BTreeSet::from(failing));
}

/// Where a test runs may turn it red, too.
#[test]
fn a_test_that_is_red_without_the_change_is_told() {
    let fixture = Fixture::new();
    let is_at_home = "
#[test]
fn it_is_at_home() {
    assert!(module_path!().starts_with(\"conversations\"));
}
";
    fixture.write("step/tests/conversations.rs", &format!("{OWN}{is_at_home}"));
    let files = [("change.patch", BLACK), ("red.txt", "only\nit_is_at_home\n")];
    fixture.exercise("1-elsewhere", &files);
    let failing = ["exercise_1_elsewhere::own_tests_before::it_is_at_home".to_owned()];
    assert_eq!(fixture.failing(), BTreeSet::from(failing));
}
