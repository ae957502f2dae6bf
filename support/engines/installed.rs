// Finds out which engines are installed, so that a test without one is left out or ignored, and
// says so. Each package whose tests need one includes this file in its build script.

use std::{env, fs, path::PathBuf, process::Command};

/// Where Debian puts the programs of each version of PostgreSQL.
const DEBIANS: &str = "/usr/lib/postgresql";

fn tell_engines() {
    println!("cargo::rustc-check-cfg=cfg(memcached, postgres, redis)");
    println!("cargo::rerun-if-env-changed=PATH");
    println!("cargo::rerun-if-changed={DEBIANS}");
    let engines =
        [("memcached", "memcached"), ("postgres", "initdb"), ("redis", "redis-server")];
    for (engine, program) in engines {
        if places().any(|place| answers(place.join(program))) {
            println!("cargo::rustc-cfg={engine}");
        }
    }
}

fn places() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = env::split_paths(&path).collect();
    let debians = fs::read_dir(DEBIANS).into_iter().flatten().flatten();
    on_path.into_iter().chain(debians.map(|version| version.path().join("bin")))
}

fn answers(program: PathBuf) -> bool {
    // The engines are stopped by signals.
    let unix = env::var_os("CARGO_CFG_UNIX").is_some();
    let said = Command::new(program).arg("--version").output();
    unix && said.is_ok_and(|said| said.status.success())
}
