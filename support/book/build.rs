//! Finds out whether `support/carry` can be run, so that a test without it is ignored and says so.

use std::process::Command;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(patch)");
    println!("cargo::rerun-if-env-changed=PATH");
    println!("cargo::rerun-if-changed=build.rs");
    // The patch of BSD does not merge.
    if runs("git", &["--version"]) && runs("patch", &["--merge", "--version"]) {
        println!("cargo::rustc-cfg=patch");
    }
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|out| out.status.success())
}
