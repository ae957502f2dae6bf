//! The book's own: finds out which engines are installed, and Express.

use std::path::Path;

include!("../../support/engines/installed.rs");

/// What the Express program of the page on moving needs.
const STORE: &str = "../../support/express/node_modules/connect-redis/package.json";

fn main() {
    tell_engines();
    println!("cargo::rustc-check-cfg=cfg(express)");
    println!("cargo::rerun-if-changed={STORE}");
    let node = Command::new("node").arg("--version").output();
    if Path::new(STORE).is_file() && node.is_ok_and(|it| it.status.success()) {
        println!("cargo::rustc-cfg=express");
    }
}
