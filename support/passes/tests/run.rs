//! What passed in a run of the whole workspace is run again when something has changed.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, ExitStatus, Output},
};

use tempfile::TempDir;

const WHOLE: &str = "cargo test --workspace";

/// A repository with one step, whose test program writes down that it runs.
struct Repository {
    folder: TempDir,
    ran: TempDir,
}

impl Repository {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let new = Self { folder, ran: tempfile::tempdir().expect("a folder") };
        for path in ["lab/scripts", "steps/step-01", "support/browser", "target/debug/deps"] {
            fs::create_dir_all(new.path(path)).expect("a folder");
        }
        new.write("steps/step-01/visit.snap", "GET /");
        new.write("lab/scripts/step-01-visit.snap", "Ada: GET /");
        new.write("target/debug/step-01", "the server");
        new.test_program("true");
        new
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).expect("it can be written");
    }

    /// Compiles a test program that ends like this shell command.
    fn test_program(&self, end: &str) {
        let program = self.path("target/debug/deps/conversations-1");
        let script = format!("#!/bin/sh\nmktemp -p '{}'\n{end}", self.ran.path().display());
        fs::write(&program, script).expect("it can be written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it runs");
    }

    /// Has the program run in the folder of a package, as a cargo with this command line does.
    fn run(&self, package: &str, cargo: &str, ci: Option<&str>) -> ExitStatus {
        self.output(package, cargo, ci).status
    }

    fn output(&self, package: &str, cargo: &str, ci: Option<&str>) -> Output {
        let run = concat!(env!("CARGO_MANIFEST_DIR"), "/run");
        let program = self.path("target/debug/deps/conversations-1");
        // The shell shows the words behind the program in its command line, and no more.
        let mut shell = Command::new("sh");
        shell.args(["-c", "\"$RUN\" \"$PROGRAM\"; exit $?"]).args(cargo.split(' '));
        shell.env("RUN", run).env("PROGRAM", program).env_remove("CI");
        shell.envs(ci.map(|ci| ("CI", ci)));
        shell.current_dir(self.path(package)).output().expect("a shell")
    }

    fn times_run(&self) -> usize {
        fs::read_dir(self.ran.path()).expect("a folder").count()
    }

    /// Runs the whole workspace, and tells whether the program of step 01 ran.
    fn runs(&self) -> bool {
        let before = self.times_run();
        assert!(self.run("steps/step-01", WHOLE, None).success());
        self.times_run() > before
    }
}

#[test]
fn what_passed_is_run_again_when_something_has_changed() {
    let repository = Repository::new();
    assert!(repository.runs());
    assert!(!repository.runs());
    for path in
        ["steps/step-01/visit.snap", "lab/scripts/step-01-visit.snap", "target/debug/step-01"]
    {
        repository.write(path, "another");
        assert!(repository.runs(), "{path} has changed");
        assert!(!repository.runs());
    }
    repository.write("steps/step-01/new.snap", "");
    assert!(repository.runs(), "a file is new");
    repository.test_program("exit 0");
    assert!(repository.runs(), "the tests have changed");
    assert!(!repository.runs());
}

#[test]
fn what_failed_is_run_again_and_fails_again() {
    let repository = Repository::new();
    assert!(repository.runs());
    repository.write("steps/step-01/visit.snap", "wrong");
    repository.test_program("exit 101");
    for times in 2..=3 {
        assert_eq!(repository.run("steps/step-01", WHOLE, None).code(), Some(101));
        assert_eq!(repository.times_run(), times);
    }
}

#[test]
fn everything_runs_in_ci_and_what_is_asked_for_by_name() {
    let repository = Repository::new();
    assert!(repository.runs());
    repository.run("steps/step-01", WHOLE, Some("true"));
    assert_eq!(repository.times_run(), 2);
    repository.run("steps/step-01", "cargo test -p step-01", None);
    assert_eq!(repository.times_run(), 3);
}

#[test]
fn tests_that_look_at_the_pages_run() {
    let repository = Repository::new();
    for times in 1..=2 {
        repository.run("support/browser", WHOLE, None);
        assert_eq!(repository.times_run(), times);
    }
}

#[test]
fn a_recording_that_came_out_otherwise_is_told_with_the_lines_that_show_it() {
    let repository = Repository::new();
    fs::create_dir_all(repository.path("steps/step-01/tests/snapshots")).expect("a folder");
    fs::create_dir_all(repository.path("src")).expect("a folder");
    let include = "{{#include ../steps/step-01/tests/snapshots/visit.snap:4:}}";
    repository.write("src/01-one.md", &format!("# One\n\n```text\n{include}\n```\n"));
    repository.write("src/02-two.md", "# Two\n\nNothing of it.\n");
    repository.write("steps/step-01/tests/snapshots/visit.snap.new", "GET /");
    let told = "src/01-one.md:4: shows steps/step-01/tests/snapshots/visit.snap, which came out \
                otherwise\n";
    for (end, code, expected) in [("exit 101", Some(101), told), ("true", Some(0), "")] {
        repository.test_program(end);
        for (cargo, ci) in [(WHOLE, None), (WHOLE, Some("true")), ("cargo test -p x", None)] {
            let output = repository.output("steps/step-01", cargo, ci);
            assert_eq!(output.status.code(), code, "{end}");
            assert_eq!(String::from_utf8_lossy(&output.stderr), expected, "{end}, {cargo}");
        }
    }
}
