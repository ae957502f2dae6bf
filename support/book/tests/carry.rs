//! What `support/carry` does with a change of one step: the later ones get it, wherever they keep
//! the file.
#![cfg(unix)]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use tempfile::TempDir;

/// A repository of three steps; the second has rooms, the third another one.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let new = Self(tempfile::tempdir().expect("a folder"));
        new.write("support/carry", include_str!("../../carry"));
        for (step, folder) in [("08", ""), ("09", "web/"), ("10", "http/")] {
            new.write(&format!("steps/step-{step}/src/lib.rs"), &text("lib", step));
            new.write(
                &format!("steps/step-{step}/src/{folder}cookie.rs"),
                &text("cookie", step),
            );
            new.write(&format!("steps/step-{step}/tests/cookie.rs"), &text("test", step));
        }
        new.git("init --quiet");
        new.git("add .");
        new.git("-c user.name=Ada -c user.email=ada@example.org commit --quiet -m Tea");
        new
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("it can be written");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} does not hold {from:?}");
        self.write(path, &text.replace(from, to));
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        // Whoever runs the tests may have told git to do things otherwise.
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        command.current_dir(self.0.path());
        command
    }

    fn git(&self, arguments: &str) {
        let mut git = self.command("git");
        let done = git.args(arguments.split(' ')).output().expect("git");
        assert!(done.status.success(), "git {arguments}: {done:?}");
    }

    fn carry(&self, from: &str) -> Output {
        self.command("bash").args(["support/carry", from]).output().expect("bash")
    }

    /// Carries, and returns what it said of what it could not do.
    fn carry_in_part(&self, from: &str) -> String {
        let done = self.carry(from);
        assert_eq!(done.status.code(), Some(1), "{done:?}");
        String::from_utf8(done.stderr).expect("UTF-8")
    }

    fn carry_all(&self, from: &str) {
        let done = self.carry(from);
        assert!(done.status.success(), "{done:?}");
    }
}

fn text(what: &str, step: &str) -> String {
    let lines = (1..=20).map(|line| format!("// Line {line} of the {what}.\n"));
    format!("use step_{step}::tea;\n{}", lines.collect::<String>())
}

#[test]
#[cfg_attr(not(patch), ignore = "needs git and GNU patch: apt-get install git patch")]
fn a_change_reaches_the_rooms_of_later_steps() {
    let repository = Repository::new();
    let cookie = "steps/step-08/src/cookie.rs";
    repository.replace(cookie, "// Line 9 of", "// This is step-08.\n// Line 9, changed, of");
    repository.replace("steps/step-08/src/lib.rs", "// Line 4 of", "// Line four of");
    let test = repository.read("steps/step-09/tests/cookie.rs");
    repository.carry_all("08");
    for (step, folder) in [("09", "web"), ("10", "http")] {
        let carried = repository.read(&format!("steps/step-{step}/src/{folder}/cookie.rs"));
        let changed = format!("// This is step-{step}.\n// Line 9, changed, of the cookie.\n");
        assert!(carried.contains(&changed), "{carried}");
        assert!(carried.starts_with(&format!("use step_{step}::tea;\n")), "{carried}");
        assert!(!repository.path(&format!("steps/step-{step}/src/cookie.rs")).exists());
        let lib = repository.read(&format!("steps/step-{step}/src/lib.rs"));
        assert!(lib.contains("// Line four of the lib."), "{lib}");
    }
    assert_eq!(repository.read("steps/step-09/tests/cookie.rs"), test, "not the file meant");
}

#[test]
#[cfg_attr(not(patch), ignore = "needs git and GNU patch: apt-get install git patch")]
fn a_change_in_a_room_reaches_the_later_steps_only() {
    let repository = Repository::new();
    repository.replace("steps/step-09/src/web/cookie.rs", "// Line 9 of", "// Line nine of");
    repository.carry_all("09");
    assert!(repository.read("steps/step-10/src/http/cookie.rs").contains("// Line nine of"));
    assert!(!repository.read("steps/step-08/src/cookie.rs").contains("// Line nine of"));
}

#[test]
#[cfg_attr(not(patch), ignore = "needs git and GNU patch: apt-get install git patch")]
fn a_file_that_has_no_counterpart_or_several_is_left_out_and_said() {
    let repository = Repository::new();
    repository.replace("steps/step-08/src/cookie.rs", "// Line 9 of", "// Line nine of");
    repository.replace("steps/step-08/src/lib.rs", "// Line 4 of", "// Line four of");
    repository.write("steps/step-09/src/shop/cookie.rs", "// Another.\n");
    fs::remove_file(repository.path("steps/step-10/src/http/cookie.rs")).expect("it was there");
    let said = repository.carry_in_part("08");
    assert!(said.contains("several files are named cookie.rs"), "{said}");
    assert!(said.contains("no file is named cookie.rs"), "{said}");
    assert!(!repository.read("steps/step-09/src/web/cookie.rs").contains("// Line nine of"));
    assert_eq!(repository.read("steps/step-09/src/shop/cookie.rs"), "// Another.\n");
    for step in ["09", "10"] {
        let lib = repository.read(&format!("steps/step-{step}/src/lib.rs"));
        assert!(lib.contains("// Line four of the lib."), "what can be carried is: {lib}");
    }
}

#[test]
#[cfg_attr(not(patch), ignore = "needs git and GNU patch: apt-get install git patch")]
fn what_a_later_step_has_changed_itself_is_marked() {
    let repository = Repository::new();
    repository.replace("steps/step-08/src/cookie.rs", "// Line 9 of", "// Line nine of");
    repository.replace("steps/step-09/src/web/cookie.rs", "// Line 9 of", "// Line IX of");
    let said = repository.carry_in_part("08");
    assert!(said.contains("look for <<<<<<<"), "{said}");
    assert!(repository.read("steps/step-09/src/web/cookie.rs").contains("<<<<<<<"));
    assert!(repository.read("steps/step-10/src/http/cookie.rs").contains("// Line nine of"));
}

#[test]
#[cfg_attr(not(patch), ignore = "needs git and GNU patch: apt-get install git patch")]
fn a_new_file_comes_into_the_same_place_and_a_deleted_one_goes() {
    let repository = Repository::new();
    repository.write("steps/step-08/src/web/tea.rs", "// Of step 08.\n");
    fs::remove_file(repository.path("steps/step-08/src/cookie.rs")).expect("it was there");
    repository.git("add --intent-to-add steps/step-08/src/web/tea.rs");
    repository.carry_all("08");
    for (step, folder) in [("09", "web"), ("10", "http")] {
        let tea = repository.read(&format!("steps/step-{step}/src/web/tea.rs"));
        assert_eq!(tea, format!("// Of step {step}.\n"));
        assert!(
            !repository.path(&format!("steps/step-{step}/src/{folder}/cookie.rs")).exists()
        );
    }
}

#[test]
#[cfg_attr(not(patch), ignore = "needs git and GNU patch: apt-get install git patch")]
fn a_file_that_moves_moves_in_the_later_steps() {
    let repository = Repository::new();
    fs::create_dir(repository.path("steps/step-09/src/a")).expect("a folder");
    repository.git("mv steps/step-09/src/web/cookie.rs steps/step-09/src/a/cookie.rs");
    repository.replace("steps/step-09/src/a/cookie.rs", "// Line 9 of", "// Line nine of");
    repository.carry_all("09");
    assert!(repository.read("steps/step-10/src/a/cookie.rs").contains("// Line nine of"));
    assert!(!repository.path("steps/step-10/src/http/cookie.rs").exists());
}
