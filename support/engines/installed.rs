// Finds out which engines are installed, so that a test without one is left out or ignored, and
// says so. Each package whose tests need one includes this file in its build script.

use std::{env, fs, path::PathBuf, process::Command};

/// Where Debian puts the programs of each version of PostgreSQL.
const DEBIANS: &str = "/usr/lib/postgresql";

/// Where Debian puts nginx, which is not on the path of each user.
const FOR_ROOT: &str = "/usr/sbin";

/// What starts each engine, and how that is asked whether it is there.
const ENGINES: [(&str, &[[&str; 2]]); 4] = [
    ("memcached", &[["memcached", "--version"]]),
    // It shows a certificate.
    ("nginx", &[["nginx", "-v"], ["openssl", "version"], ["curl", "--version"]]),
    ("postgres", &[["initdb", "--version"]]),
    ("redis", &[["redis-server", "--version"]]),
];

fn tell_engines() {
    println!("cargo::rerun-if-env-changed=PATH");
    println!("cargo::rerun-if-changed={DEBIANS}");
    println!("cargo::rerun-if-changed={FOR_ROOT}");
    for (engine, programs) in ENGINES {
        println!("cargo::rustc-check-cfg=cfg({engine})");
        let is_there = |[program, how]: &[&str; 2]| {
            places().any(|place| answers(place.join(program), how))
        };
        if programs.iter().all(is_there) {
            println!("cargo::rustc-cfg={engine}");
        }
    }
}

fn places() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = env::split_paths(&path).collect();
    let debians = fs::read_dir(DEBIANS).into_iter().flatten().flatten();
    let debians = debians.map(|version| version.path().join("bin"));
    on_path.into_iter().chain(debians).chain([FOR_ROOT.into()])
}

fn answers(program: PathBuf, how: &str) -> bool {
    // The engines are stopped by signals.
    let unix = env::var_os("CARGO_CFG_UNIX").is_some();
    let said = Command::new(program).arg(how).output();
    unix && said.is_ok_and(|said| said.status.success())
}
