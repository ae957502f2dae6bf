// Finds out whether express-session can be run, so that a test without it is ignored and says so.
// Each package whose tests need it includes this file in its build script.

use std::{path::Path, process::Command};

/// What is there once all of package.json is installed: what is built last, too.
const INSTALLED: [&str; 8] = [
    "../express/node_modules/express-session/package.json",
    "../express/node_modules/connect-memcached/package.json",
    "../express/node_modules/connect-pg-simple/package.json",
    "../express/node_modules/connect-redis/package.json",
    "../express/node_modules/cors/package.json",
    "../express/node_modules/jsonwebtoken/package.json",
    "../express/node_modules/passport/package.json",
    "../express/node_modules/sqlite3/build/Release/node_sqlite3.node",
];

fn main() {
    println!("cargo::rustc-check-cfg=cfg(express)");
    println!("cargo::rerun-if-env-changed=PATH");
    let installed = INSTALLED.iter().all(|file| Path::new(file).is_file());
    // Where one is missing, the folder that it could be installed to is watched.
    let watched = if installed { &INSTALLED[..] } else { &["../express"] };
    watched.iter().for_each(|file| println!("cargo::rerun-if-changed={file}"));
    let node = Command::new("node").arg("--version").output();
    if installed && node.is_ok_and(|out| out.status.success()) {
        println!("cargo::rustc-cfg=express");
    }
}
