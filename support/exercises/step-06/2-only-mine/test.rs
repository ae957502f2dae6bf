//! A key that others may read is refused, in one line.
#![cfg(unix)]

use std::{
    env,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{self, Command},
};

use step_06::secret;

/// Says to this program that it is to look for the key and nothing else.
const LOOK: &str = "LOOK_FOR_THE_KEY";

/// What comes of a key in this file. The environment belongs to a whole program, so this one
/// starts itself once more.
fn key_from(file: &Path) -> String {
    let this = concat!(module_path!(), "::a_key_that_others_may_read_is_refused");
    let (_, this) = this.split_once("::").expect("a program and a module");
    let program = env::current_exe().expect("a program runs");
    let output = Command::new(program)
        .args([this, "--exact", "--nocapture"])
        .env_remove("SESSION_KEY")
        .env("SESSION_KEY_FILE", file)
        .env(LOOK, "")
        .output();
    let said = output.expect("it runs").stderr;
    String::from_utf8(said).expect("text")
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    if env::var_os(LOOK).is_some() {
        eprintln!("{}", secret::key().map_or_else(|why| why, |_| "here it is".to_owned()));
        process::exit(0);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("session.key");
    secret::write_new_key(&file).expect("a key is written");
    for (mode, is_taken) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).expect("it is ours");
        let said = key_from(&file);
        assert_eq!(said == "here it is\n", is_taken, "{mode:o}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
