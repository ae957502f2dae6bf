//! Finds out whether there is a browser, axe-core, and an engine to keep sessions in, so that a test
//! without them is ignored and says so.

use std::{
    env,
    path::{Path, PathBuf},
};

mod engines {
    include!("../engines/installed.rs");

    pub(crate) fn find() {
        tell_engines();
    }
}

const AXE: &str = "node_modules/axe-core/axe.min.js";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PATH");
    let chromium = program("chromium");
    let chromedriver = program("chromedriver");
    flag("chromium", chromium.is_some() && chromedriver.is_some());
    if let Some(path) = &chromium {
        println!("cargo::rustc-env=CHROMIUM={}", path.display());
    }
    flag("certutil", program("certutil").is_some());
    flag("axe_core", axe_core());
    engines::find();
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

fn axe_core() -> bool {
    let found = Path::new(AXE).is_file();
    let missing = if Path::new("node_modules").is_dir() { "node_modules" } else { "." };
    watch(Path::new(if found { AXE } else { missing }));
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
