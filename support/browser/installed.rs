// Finds out whether there is a browser, so that a test without it is ignored and says so. Each package
// whose tests need it includes this file in its build script.

use std::{
    env,
    path::{Path, PathBuf},
};

/// Tells it to the tests, and gives the browser's path.
fn tell_chromium() -> Option<PathBuf> {
    println!("cargo::rerun-if-env-changed=PATH");
    let chromium = program("chromium");
    let chromedriver = program("chromedriver");
    flag("chromium", chromium.is_some() && chromedriver.is_some());
    chromium
}

/// The program's path. Where it is missing, each folder it could be installed to is watched.
fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|it| it.is_file());
    match &found {
        Some(program) => watch(program),
        None => {
            env::split_paths(&path).filter(|folder| folder.is_dir()).for_each(|it| watch(&it))
        }
    }
    found
}

fn watch(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

fn flag(name: &str, is_set: bool) {
    println!("cargo::rustc-check-cfg=cfg({name})");
    if is_set {
        println!("cargo::rustc-cfg={name}");
    }
}
