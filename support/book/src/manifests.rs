//! Manifests: a step can be copied out, stays small, and builds with the compiler it names.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::book::{Book, Step, line_of};
use crate::fault::Fault;

/// Begins the line below which a step's manifest is the book's own business.
pub const MARKER: &str = "# The book's own";

/// What each step has below it.
const OWN: [&str; 2] = ["[lints]", "[dev-dependencies]"];

/// What stands below it where a step has it: it says that nothing in `src/` is tested, which is
/// faster here, and in a copy would leave out its reader's tests.
const FASTER: [&str; 2] = ["[lib]", "[[bin]]"];

/// How many packages a reader may have to build for a step, from this step on.
pub struct Allowance {
    /// The first step it holds for; the next row ends it.
    pub from: u32,
    /// The largest number of packages, the step itself not counted.
    pub packages: usize,
}

/// The allowances. The first row is what a reader waits for before seeing anything; it never
/// exceeds 85. A later row is raised by the chapter that adds a dependency, and for it only.
pub const ALLOWANCES: &[Allowance] = &[
    Allowance { from: 1, packages: 85 },
    Allowance { from: 4, packages: 88 },
    Allowance { from: 5, packages: 91 },
    Allowance { from: 6, packages: 104 },
    Allowance { from: 9, packages: 111 },
    Allowance { from: 14, packages: 123 },
    Allowance { from: 15, packages: 141 },
    Allowance { from: 16, packages: 165 },
    Allowance { from: 17, packages: 159 },
    Allowance { from: 18, packages: 149 },
    Allowance { from: 19, packages: 194 },
    Allowance { from: 20, packages: 195 },
    Allowance { from: 21, packages: 208 },
    Allowance { from: 22, packages: 243 },
    Allowance { from: 23, packages: 249 },
    Allowance { from: 24, packages: 258 },
];

/// An allowance this much larger than what any step uses is to be lowered.
const MARGIN: usize = 5;

/// Where [`ALLOWANCES`] stands, for messages.
const HERE: &str = "support/book/src/manifests.rs";

/// Checks the manifests of the steps and what cargo says of their dependencies.
pub fn check(book: &Book) -> Vec<Fault> {
    check_against(book, ALLOWANCES)
}

/// The same against other allowances, for the tests of this check.
pub fn check_against(book: &Book, allowances: &[Allowance]) -> Vec<Fault> {
    let mut faults: Vec<Fault> =
        book.steps.iter().flat_map(|step| manifest_faults(book, step)).collect();
    faults.extend(package_faults(book, allowances));
    faults.extend(compiler_faults(book));
    faults
}

/// The part of a manifest that a reader copies.
pub fn readers_part(manifest: &str) -> &str {
    let start = manifest.lines().position(|line| line.starts_with(MARKER));
    let Some(start) = start else { return manifest };
    let length: usize = manifest.split_inclusive('\n').take(start).map(str::len).sum();
    &manifest[..length]
}

fn manifest_faults(book: &Book, step: &Step) -> Vec<Fault> {
    let path = format!("{}/Cargo.toml", step.path);
    let Some(text) = book.text(&path) else {
        return vec![Fault::new(&step.path, 1, "the step has no Cargo.toml; write it")];
    };
    let readers = readers_part(text);
    let own = &text[readers.len()..];
    let mut flaws = package_flaws(book, step, readers);
    flaws.extend(inherited_flaws(readers));
    flaws.extend(marker_flaws(readers, own));
    flaws.into_iter().map(|(line, message)| Fault::new(&path, line, message)).collect()
}

fn package_flaws(book: &Book, step: &Step, readers: &str) -> Vec<(usize, String)> {
    let Ok(manifest) = readers.parse::<toml::Table>() else {
        return vec![(1, format!("above `{MARKER}` it is not TOML by itself; correct it"))];
    };
    let promises = &book.promises;
    let name = step.name();
    let wanted = [
        ("name", &name),
        ("edition", &promises.edition),
        ("rust-version", &promises.rust_version),
    ];
    let mut flaws = Vec::new();
    for (key, value) in wanted {
        let said = manifest.get("package").and_then(|package| package.get(key));
        if said.and_then(toml::Value::as_str) != Some(value) {
            let line = line_of(readers, &format!("{key} =")).unwrap_or(1);
            flaws.push((
                line,
                format!("`{key}` should be \"{value}\", as in the whole workspace"),
            ));
        }
    }
    flaws
}

/// Lines that mean nothing outside of this repository.
fn inherited_flaws(readers: &str) -> Vec<(usize, String)> {
    let mut flaws = Vec::new();
    for (index, line) in readers.lines().enumerate() {
        let squeezed: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        if squeezed.starts_with('#') {
            continue;
        }
        if squeezed.contains("workspace=true") {
            flaws.push((index + 1, "`workspace = true` breaks in a copy; write it out".into()));
        }
        if squeezed.contains("path=\"../") {
            flaws
                .push((index + 1, "a path out of the step breaks in a copy; remove it".into()));
        }
    }
    flaws
}

fn marker_flaws(readers: &str, own: &str) -> Vec<(usize, String)> {
    let marker_line = readers.lines().count() + 1;
    if own.is_empty() {
        let message = format!("no line begins `{MARKER}`; put it above [lints], then the rest");
        return vec![(1, message)];
    }
    let mut flaws = Vec::new();
    let ours = [OWN, FASTER].concat();
    for table in &ours {
        if let Some(line) = line_of(readers, table) {
            flaws.push((line, format!("{table} belongs below `{MARKER}`; move it")));
        } else if OWN.contains(table) && line_of(own, table).is_none() {
            flaws.push((marker_line, format!("{table} is missing below `{MARKER}`; add it")));
        }
    }
    for (index, line) in own.lines().enumerate() {
        if line.starts_with('[') && !ours.contains(&line.trim_end()) {
            flaws.push((
                marker_line + index,
                format!("{line} belongs above `{MARKER}`; move it"),
            ));
        }
    }
    flaws
}

fn package_faults(book: &Book, allowances: &[Allowance]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, allowance) in allowances.iter().enumerate() {
        let end = allowances.get(index + 1).map_or(u32::MAX, |next| next.from);
        let steps =
            book.steps.iter().filter(|step| (allowance.from..end).contains(&step.number));
        let mut most = None;
        for step in steps {
            match packages(book, step) {
                Ok(count) => {
                    most = most.max(Some(count));
                    faults.extend(excess(step, count, allowance));
                }
                Err(error) => faults.push(cargo_fault(step, &error)),
            }
        }
        faults.extend(most.and_then(|most| slack(most, allowance)));
    }
    faults
}

fn excess(step: &Step, count: usize, allowance: &Allowance) -> Option<Fault> {
    let allowed = allowance.packages;
    (count > allowed).then(|| {
        let message = format!(
            "the step builds {count} packages, more than the {allowed} allowed; drop features or \
             dependencies, or raise it for a chapter that needs it in {HERE}"
        );
        Fault::new(format!("{}/Cargo.toml", step.path), 1, message)
    })
}

fn slack(most: usize, allowance: &Allowance) -> Option<Fault> {
    (most + MARGIN < allowance.packages).then(|| {
        let message = format!(
            "from step-{:02} on {} packages are allowed but at most {most} are used; lower the \
             allowance to {most}",
            allowance.from, allowance.packages
        );
        let line = line_of(include_str!("manifests.rs"), "pub const ALLOWANCES").unwrap_or(1);
        Fault::new(HERE, line, message)
    })
}

fn cargo_fault(step: &Step, error: &anyhow::Error) -> Fault {
    Fault::new(format!("{}/Cargo.toml", step.path), 1, format!("cargo says: {error:#}"))
}

/// How many packages a reader builds for a step, on this computer.
fn packages(book: &Book, step: &Step) -> Result<usize> {
    let name = step.name();
    let arguments = [
        "tree",
        "--locked",
        "-p",
        &name,
        "-e",
        "normal,build",
        "--prefix",
        "none",
        "-f",
        "{p}",
    ];
    let output = cargo(book, &arguments)?;
    let packages: BTreeSet<(&str, &str)> = output
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?))
        })
        .filter(|(package, _)| *package != name)
        .collect();
    Ok(packages.len())
}

fn compiler_faults(book: &Book) -> Vec<Fault> {
    let newer = match packages_needing_newer(book) {
        Ok(newer) => newer,
        Err(error) => {
            return vec![Fault::new("Cargo.toml", 1, format!("cargo says: {error:#}"))];
        }
    };
    let line =
        line_of(book.text("Cargo.toml").unwrap_or_default(), "rust-version").unwrap_or(1);
    newer
        .into_iter()
        .map(|(package, needed)| {
            let message = format!(
                "{package} needs Rust {needed}, newer than the {} promised here; raise it or take \
                 an older {package}",
                book.promises.rust_version
            );
            Fault::new("Cargo.toml", line, message)
        })
        .collect()
}

fn packages_needing_newer(book: &Book) -> Result<Vec<(String, String)>> {
    let host = host()?;
    let arguments =
        ["metadata", "--locked", "--format-version", "1", "--filter-platform", host.trim()];
    let metadata: Value = serde_json::from_str(&cargo(book, &arguments)?)?;
    let packages = metadata["packages"].as_array().context("cargo lists no packages")?;
    let promised = components(&book.promises.rust_version);
    Ok(packages
        .iter()
        .filter_map(|package| {
            let needed = package["rust_version"].as_str()?;
            let name =
                format!("{} {}", package["name"].as_str()?, package["version"].as_str()?);
            (components(needed) > promised).then(|| (name, needed.to_string()))
        })
        .collect())
}

/// `1.88` as three numbers, so that 1.9 comes before 1.88 and 1.88 is 1.88.0.
fn components(version: &str) -> [u32; 3] {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}

/// This computer's target: for others, cargo would have to fetch packages nobody here builds.
fn host() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "host-tuple"]).output()?;
    Ok(String::from_utf8(output.stdout)?)
}

/// Without `--offline`: a locked cargo asks the network only for what was never fetched.
fn cargo(book: &Book, arguments: &[&str]) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(arguments).current_dir(book.root()).output()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", complaint.trim().replace('\n', " "));
    Ok(String::from_utf8(output.stdout)?)
}
