//! What the file of a part, such as `src/lab/part-1.wasm`, was made from: a line for each source, and
//! for each package outside this repository, with its hash. A line that is no longer true means that
//! the file is stale.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use crate::parts;

/// The lines that say what goes into the file of a part as the sources under `root` stand now.
///
/// # Panics
/// If a manifest or the lock file cannot be read, or there is no such part.
pub fn ingredients(root: &Path, part: usize) -> Vec<String> {
    let lock = table(&root.join("Cargo.lock"));
    let packages = lock["package"].as_array().expect("a lock file lists packages");
    let (files, lines) = (BTreeSet::new(), BTreeMap::new());
    let mut found = Found { root, part, packages, files, lines };
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

/// The steps whose code goes into the file of a part: what its feature asks for.
///
/// # Panics
/// If the lab's manifest cannot be read, or there is no such part.
pub fn steps(root: &Path, part: usize) -> BTreeSet<String> {
    let manifest = table(&root.join("lab/Cargo.toml"));
    let feature = manifest["features"][&format!("part-{part}")].as_array().expect("a list");
    let asked = feature.iter().filter_map(|asked| asked.as_str()?.strip_prefix("dep:"));
    asked.filter(|asked| asked.starts_with("step-")).map(str::to_owned).collect()
}

/// Where the page's script says which file has which steps: a line for each part that is built,
/// with its last step and its file's address. A new file has a new address, so that a copy of the
/// old one in some cache does no harm.
pub fn addresses(root: &Path) -> String {
    let line = |(before, steps): (usize, Vec<u64>)| {
        let part = before + 1;
        let wasm = fs::read(root.join(format!("src/lab/part-{part}.wasm"))).ok()?;
        let (last, version) = (steps.last()?, &hash(&wasm)[..16]);
        Some(format!("        [{last}, \"part-{part}.wasm?v={version}\"],\n"))
    };
    let lines: String = parts().enumerate().filter_map(line).collect();
    format!("const PARTS = [\n{lines}    ];\n")
}

struct Found<'a> {
    root: &'a Path,
    part: usize,
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
        // The lab borrows what the tests of a step tell the recorder by.
        let told = folder.join("tests/told");
        if told.is_dir() {
            self.sources(&told);
        }
        let manifest = table(&folder.join("Cargo.toml"));
        let mut dependencies = manifest["dependencies"].as_table().expect("a table").clone();
        if name == "lab" {
            let steps = steps(self.root, self.part);
            dependencies.retain(|name, _| !name.starts_with("step-") || steps.contains(name));
        }
        let asked = hash(dependencies.to_string().as_bytes());
        self.lines.insert(format!("{name} asks"), format!("{asked} {name} [dependencies]"));
        dependencies.keys().cloned().collect()
    }

    /// A step's `main.rs`, the lab's native programs and its other parts stay outside.
    fn sources(&mut self, folder: &Path) {
        let own = format!("part_{}.rs", self.part);
        for entry in fs::read_dir(folder).expect("a folder of sources") {
            let entry = entry.expect("an entry");
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            let outside = ["main.rs", "record.rs", "bin"].contains(&&*name)
                || (name.starts_with("part_") && name != own);
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
