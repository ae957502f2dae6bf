//! The repository as the checks see it: pages, steps, recordings, manifests.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context, Result};

use crate::directives::{self, Directive};
use crate::markdown::Markdown;
use crate::render::{self, Rendered};

/// Everything the checks look at, read once. Paths are relative to the root, with `/`.
pub struct Book {
    /// The text of every file that a check may ask for, by path.
    files: BTreeMap<String, String>,
    /// The folder on disk, for mdBook and cargo.
    root: std::path::PathBuf,
    /// The pages below `src/`, without `SUMMARY.md`.
    pub pages: Vec<Page>,
    /// `README.md` and what else is prose at the root, where it exists.
    pub documents: Vec<Page>,
    /// The folders `steps/step-NN`, in order.
    pub steps: Vec<Step>,
    /// The packages of the workspace by name, with the path of each manifest.
    pub members: BTreeMap<String, String>,
    /// What the root manifest promises for all packages.
    pub promises: Promises,
    /// Every version of every package in `Cargo.lock`, and what each `package.json` asks for.
    pub locked: BTreeMap<String, Vec<String>>,
    rendered: OnceLock<Rendered>,
}

/// A Markdown file.
pub struct Page {
    /// Its path, as in `src/03-the-session-layer.md`.
    pub path: String,
    /// What is in it.
    pub text: String,
    /// The parts the checks ask for.
    pub markdown: Markdown,
    /// Every `{{#…}}` in it.
    pub directives: Vec<Directive>,
}

/// A folder `steps/step-NN`.
pub struct Step {
    /// The `NN`.
    pub number: u32,
    /// Its path, as in `steps/step-03`.
    pub path: String,
}

/// What `[workspace.package]` says.
#[derive(Default)]
pub struct Promises {
    /// The edition of every package.
    pub edition: String,
    /// The oldest compiler every package builds with.
    pub rust_version: String,
}

/// The folders whose files the checks read.
const READ: [&str; 5] = [".github", "lab", "src", "steps", "support"];
/// The single files at the root that the checks read.
const ROOT_FILES: [&str; 2] = ["Cargo.toml", "Cargo.lock"];
/// Those that are read as prose.
const DOCUMENTS: [&str; 4] = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];

impl Book {
    /// Reads the repository at `root`.
    ///
    /// # Errors
    /// If a file cannot be read, or the root `Cargo.toml` or `Cargo.lock` makes no sense.
    pub fn load(root: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        for name in ROOT_FILES.into_iter().chain(DOCUMENTS) {
            if let Ok(text) = fs::read_to_string(root.join(name)) {
                files.insert(name.to_string(), text);
            }
        }
        for folder in READ {
            read_folder(root, folder, &mut files)?;
        }
        let manifest = parse_toml(&files, "Cargo.toml")?;
        Ok(Self {
            pages: pages(&files, is_page),
            documents: pages(&files, |path| DOCUMENTS.contains(&path)),
            steps: steps(&files),
            members: members(&files, &manifest),
            promises: promises(&manifest),
            locked: locked(&parse_toml(&files, "Cargo.lock")?, &files),
            files,
            root: root.to_path_buf(),
            rendered: OnceLock::new(),
        })
    }

    /// The folder on disk.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The text of a file, if it is there and is text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The text files below a folder, in order, with their paths.
    pub fn texts_below<'a>(
        &'a self,
        folder: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        self.files
            .iter()
            .filter(move |(path, _)| is_below(path, folder))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Whether there is such a file on disk, text or not.
    pub fn exists(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.root.join(path).exists()
    }

    /// The pages and the documents: all that is read as prose.
    pub fn prose(&self) -> impl Iterator<Item = &Page> {
        self.pages.iter().chain(&self.documents)
    }

    /// The page of a chapter, `src/NN-….md`, or the first of its pages.
    pub fn chapter(&self, number: u32) -> Option<&Page> {
        let is_its = |page: &&Page| page.chapter() == Some(number);
        let pages = || self.pages.iter().filter(is_its);
        pages().find(|page| !self.is_further(page)).or_else(|| pages().next())
    }

    /// Whether a page is a further one of its chapter: SUMMARY.md lists it below another, indented.
    pub fn is_further(&self, page: &Page) -> bool {
        let summary = self.text("src/SUMMARY.md").unwrap_or_default();
        let entry = page.path.strip_prefix("src/").map(|name| format!("({name})"));
        let mut indented = summary.lines().filter(|line| line.starts_with([' ', '\t']));
        entry.is_some_and(|entry| indented.any(|line| line.contains(&entry)))
    }

    /// The book as mdBook renders it, rendered on the first call and kept.
    pub fn rendered(&self) -> &Rendered {
        self.rendered.get_or_init(|| render::render(&self.root))
    }

    /// The files that a page includes, in order.
    pub fn included<'a>(
        &'a self,
        page: &'a Page,
    ) -> impl Iterator<Item = (&'a Directive, String)> + 'a {
        page.directives
            .iter()
            .filter_map(|directive| Some((directive, directive.include_path(&page.path)?)))
    }
}

impl Page {
    /// `NN` of `src/NN-….md`.
    pub fn chapter(&self) -> Option<u32> {
        let name = self.path.strip_prefix("src/")?;
        let (digits, _) = name.split_once('-')?;
        (digits.len() == 2).then(|| digits.parse().ok()).flatten()
    }

    /// Where mdBook renders it: `03-the-session-layer.html`.
    pub fn html_path(&self) -> String {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path);
        match path.strip_suffix("README.md") {
            Some(folder) => format!("{folder}index.html"),
            None => format!("{}.html", path.strip_suffix(".md").unwrap_or(path)),
        }
    }

    /// The first line that holds `needle`, or line 1.
    pub fn line_of(&self, needle: &str) -> usize {
        line_of(&self.text, needle).unwrap_or(1)
    }
}

impl Step {
    /// `step-NN`.
    pub fn name(&self) -> String {
        step_name(self.number)
    }
}

/// `step-NN`.
pub fn step_name(number: u32) -> String {
    format!("step-{number:02}")
}

/// The number of the first line that holds `needle`.
pub fn line_of(text: &str, needle: &str) -> Option<usize> {
    text.lines().position(|line| line.contains(needle)).map(|index| index + 1)
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn is_page(path: &str) -> bool {
    is_below(path, "src") && path.ends_with(".md") && path != "src/SUMMARY.md"
}

fn pages(files: &BTreeMap<String, String>, wanted: impl Fn(&str) -> bool) -> Vec<Page> {
    files
        .iter()
        .filter(|(path, _)| wanted(path))
        .map(|(path, text)| Page {
            path: path.clone(),
            text: text.clone(),
            markdown: Markdown::parse(text),
            directives: directives::find(text),
        })
        .collect()
}

fn read_folder(root: &Path, folder: &str, files: &mut BTreeMap<String, String>) -> Result<()> {
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {folder}"))?;
        let name = entry.file_name();
        let foreign = [OsStr::new("target"), OsStr::new("node_modules")];
        if foreign.contains(&name.as_os_str()) || name.to_string_lossy().starts_with('.') {
            continue;
        }
        let path = format!("{folder}/{}", name.to_string_lossy());
        if entry.path().is_dir() {
            read_folder(root, &path, files)?;
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.insert(path, text.replace("\r\n", "\n"));
        }
    }
    Ok(())
}

fn steps(files: &BTreeMap<String, String>) -> Vec<Step> {
    let mut steps = Vec::new();
    for path in files.keys().filter(|path| path.starts_with("steps/step-")) {
        let folder = path.split('/').nth(1).unwrap_or_default();
        let Some(number) = folder.strip_prefix("step-").and_then(|nn| nn.parse().ok()) else {
            continue;
        };
        let path = format!("steps/{folder}");
        if steps.last().is_none_or(|step: &Step| step.path != path) {
            steps.push(Step { number, path });
        }
    }
    steps
}

fn parse_toml(files: &BTreeMap<String, String>, path: &str) -> Result<toml::Table> {
    let text = files.get(path).with_context(|| format!("{path} is missing"))?;
    text.parse().with_context(|| format!("{path} is not TOML"))
}

/// Each member pattern of the workspace is a folder, or a folder and `/*`.
fn members(
    files: &BTreeMap<String, String>,
    manifest: &toml::Table,
) -> BTreeMap<String, String> {
    let patterns: Vec<&str> = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("members"))
        .and_then(toml::Value::as_array)
        .map(|members| members.iter().filter_map(toml::Value::as_str).collect())
        .unwrap_or_default();
    files
        .iter()
        .filter_map(|(path, text)| {
            let folder = path.strip_suffix("/Cargo.toml")?;
            patterns.iter().any(|pattern| matches_member(pattern, folder)).then_some(())?;
            let manifest: toml::Table = text.parse().ok()?;
            let name = manifest.get("package")?.get("name")?.as_str()?;
            Some((name.to_string(), path.clone()))
        })
        .collect()
}

fn matches_member(pattern: &str, folder: &str) -> bool {
    match pattern.strip_suffix("/*") {
        Some(parent) => folder.rsplit_once('/').is_some_and(|(above, _)| above == parent),
        None => pattern == folder,
    }
}

fn promises(manifest: &toml::Table) -> Promises {
    let package = manifest.get("workspace").and_then(|workspace| workspace.get("package"));
    let field = |key| {
        package
            .and_then(|package| package.get(key))
            .and_then(toml::Value::as_str)
            .unwrap_or_default()
            .to_string()
    };
    Promises { edition: field("edition"), rust_version: field("rust-version") }
}

fn locked(
    lock: &toml::Table,
    files: &BTreeMap<String, String>,
) -> BTreeMap<String, Vec<String>> {
    let mut locked: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let packages = lock.get("package").and_then(toml::Value::as_array);
    for package in packages.into_iter().flatten() {
        let field = |key| package.get(key).and_then(toml::Value::as_str);
        if let (Some(name), Some(version)) = (field("name"), field("version")) {
            locked.entry(name.to_string()).or_default().push(version.to_string());
        }
    }
    for (name, version) in files.iter().filter(is_npm_manifest).flat_map(npm_dependencies) {
        locked.entry(name).or_default().push(version);
    }
    locked
}

fn is_npm_manifest((path, _): &(&String, &String)) -> bool {
    path.ends_with("/package.json")
}

/// The packages of a `package.json`, which names each version exactly.
fn npm_dependencies((_, text): (&String, &String)) -> Vec<(String, String)> {
    let manifest: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let dependencies = manifest["dependencies"].as_object().into_iter().flatten();
    dependencies
        .filter_map(|(name, version)| Some((name.clone(), version.as_str()?.to_owned())))
        .collect()
}
