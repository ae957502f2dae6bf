//! Says which programs the tests can use; a test without its program is ignored, not passed.

use std::process::Command;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(node)");
    println!("cargo::rerun-if-env-changed=PATH");
    if Command::new("node").arg("--version").output().is_ok_and(|out| out.status.success()) {
        println!("cargo::rustc-cfg=node");
    }
}
