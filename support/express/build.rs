//! Finds out whether express-session can be run, so that a test without it is ignored and says so.

use std::{path::Path, process::Command};

const EXPRESS_SESSION: &str = "node_modules/express-session/package.json";

fn main() {
    println!("cargo::rustc-check-cfg=cfg(express)");
    println!("cargo::rerun-if-env-changed=PATH");
    let installed = Path::new(EXPRESS_SESSION).is_file();
    // Where it is missing, the folder that it could be installed to is watched.
    let watched = if installed { EXPRESS_SESSION } else { "." };
    println!("cargo::rerun-if-changed={watched}");
    let node = Command::new("node").arg("--version").output();
    if installed && node.is_ok_and(|out| out.status.success()) {
        println!("cargo::rustc-cfg=express");
    }
}
