//! What `src/lab/lab.wasm` was made from: a line for each file, and for each package outside this
//! repository, with its hash. A line that is no longer true means that the lab is stale.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use toml::{Table, Value};

/// The lines that say what goes into the lab as the files under `root` stand now.
///
/// # Panics
/// If a manifest or the lock file cannot be read.
pub fn ingredients(root: &Path) -> Vec<String> {
    let lock = table(&root.join("Cargo.lock"));
    let packages = lock["package"].as_array().expect("a lock file lists packages");
    let mut found = Found { root, packages, files: BTreeSet::new(), lines: BTreeMap::new() };
    found.files.insert(root.join("lab/build"));
    found.profile();
    found.follow("lab");
    let files = found.files.iter().map(|file| {
        let name = file.strip_prefix(root).expect("a file of this repository");
        format!("{} {}", hash(&read(file)), name.display().to_string().replace('\\', "/"))
    });
    files.collect::<Vec<_>>().into_iter().chain(found.lines.into_values()).collect()
}

/// The SHA-256 of some bytes, in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How the page asks for these bytes of `lab.wasm`: a new lab has a new address, so that a copy of
/// the old one in some cache does no harm.
pub fn address(wasm: &[u8]) -> String {
    format!("lab.wasm?v={}", &hash(wasm)[..16])
}

struct Found<'a> {
    root: &'a Path,
    packages: &'a [Value],
    files: BTreeSet<PathBuf>,
    lines: BTreeMap<String, String>,
}

impl Found<'_> {
    /// Follows what a package depends on, tests apart. Packages are told apart as the lock file
    /// does it: by name, and by version where there are two of that name.
    fn follow(&mut self, dependency: &str) {
        let mut words = dependency.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next());
        let fits = |package: &&Value| {
            package["name"].as_str() == Some(name)
                && version.is_none_or(|version| package["version"].as_str() == Some(version))
        };
        let package = self.packages.iter().find(fits).expect("the lock file is complete");
        let version = package["version"].as_str().expect("every package has a version");
        let checksum = package.get("checksum").and_then(Value::as_str);
        let wanted = match checksum {
            Some(_) => None,
            None => Some(self.workspace_package(name)),
        };
        let line = format!("{} {name} {version}", checksum.unwrap_or("workspace"));
        if self.lines.insert(format!("{name} {version}"), line).is_some() {
            return;
        }
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        for dependency in dependencies.into_iter().flatten().filter_map(Value::as_str) {
            let name = dependency.split(' ').next().unwrap_or_default();
            if wanted.as_ref().is_none_or(|wanted| wanted.contains(name)) {
                self.follow(dependency);
            }
        }
    }

    /// Notes the sources of a package of this repository, and returns what it depends on when it
    /// is not tested.
    fn workspace_package(&mut self, name: &str) -> BTreeSet<String> {
        let folders = ["lab".to_owned(), format!("steps/{name}"), format!("support/{name}")];
        let folder = folders.iter().map(|folder| self.root.join(folder));
        let folder =
            folder.into_iter().find(|folder| folder.ends_with(name) && folder.is_dir());
        let folder = folder.expect("a package without a checksum is a folder here");
        self.sources(&folder.join("src"));
        let manifest = table(&folder.join("Cargo.toml"));
        let dependencies = manifest["dependencies"].as_table().expect("a table");
        let asked = hash(dependencies.to_string().as_bytes());
        self.lines.insert(format!("{name} asks"), format!("{asked} {name} [dependencies]"));
        dependencies.keys().cloned().collect()
    }

    /// A step's `main.rs` and the lab's native programs stay outside.
    fn sources(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            let outside =
                ["main.rs", "record.rs", "bin"].iter().any(|name| path.ends_with(name));
            if path.is_dir() && !outside {
                self.sources(&path);
            } else if !outside {
                self.files.insert(path);
            }
        }
    }

    fn profile(&mut self) {
        let manifest = table(&self.root.join("Cargo.toml"));
        let profile = hash(manifest["profile"]["lab"].to_string().as_bytes());
        self.lines.insert(String::new(), format!("{profile} [profile.lab]"));
    }
}

fn table(path: &Path) -> Table {
    let text = String::from_utf8(read(path)).expect("TOML is UTF-8");
    text.parse().unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}
