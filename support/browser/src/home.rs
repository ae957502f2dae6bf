//! A home folder, with what Chromium looks for in it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where Chromium looks for the authorities that its user has added, below the home folder.
const AUTHORITIES: &str = ".pki/nssdb";

/// A program that starts Chromium at home in this folder, where this authority is believed.
pub(crate) fn of_a_believer(folder: &Path, chromium: &str, authority: &Path) -> PathBuf {
    let authorities = folder.join(AUTHORITIES);
    fs::create_dir_all(&authorities).expect("a folder in the profile");
    let database = format!("sql:{}", authorities.display());
    let authority = authority.display().to_string();
    let certutil = |arguments: &[&str]| {
        run("certutil", &[&["-d", database.as_str()], arguments].concat());
    };
    certutil(&["-N", "--empty-password"]);
    certutil(&["-A", "-n", "a test's own", "-t", "C,,", "-i", &authority]);
    let program = folder.join("chromium-at-home");
    let home = folder.display();
    let script = format!("#!/bin/sh\nHOME='{home}' exec '{chromium}' \"$@\"\n");
    fs::write(&program, script).expect("a file in the profile");
    run("chmod", &["u+x", &program.display().to_string()]);
    program
}

fn run(program: &str, arguments: &[&str]) {
    let said = Command::new(program).args(arguments).output();
    let said = said.unwrap_or_else(|why| panic!("{program} does not start: {why}"));
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}
