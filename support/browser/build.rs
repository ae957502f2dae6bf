//! Finds out whether there is a browser, axe-core, and an engine to keep sessions in, so that a test
//! without them is ignored and says so.

include!("installed.rs");

mod engines {
    include!("../engines/installed.rs");

    pub(crate) fn find() {
        tell_engines();
    }
}

const AXE: &str = "node_modules/axe-core/axe.min.js";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=installed.rs");
    if let Some(path) = tell_chromium() {
        println!("cargo::rustc-env=CHROMIUM={}", path.display());
    }
    flag("certutil", program("certutil").is_some());
    flag("axe_core", axe_core());
    engines::find();
}

fn axe_core() -> bool {
    let found = Path::new(AXE).is_file();
    let missing = if Path::new("node_modules").is_dir() { "node_modules" } else { "." };
    watch(Path::new(if found { AXE } else { missing }));
    found
}
