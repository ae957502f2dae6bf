//! The scripts that the steps' tests wrote, and what they recorded meanwhile.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One recorded conversation.
pub(crate) struct Script {
    /// `step-03-two_browsers`.
    pub(crate) name: String,
    /// The number of the step.
    pub(crate) step: u64,
    /// What its ladder is called.
    pub(crate) title: String,
    /// What was done.
    pub(crate) lines: Vec<String>,
}

impl Script {
    fn read(path: &Path) -> Self {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = body(path);
        let mut lines = text.lines().map(str::to_owned);
        let title = lines.next().expect("a script begins with its title");
        Self { step: step_of(&name), name, title, lines: lines.collect() }
    }

    /// The recorded transcript.
    pub(crate) fn transcript(&self) -> String {
        // insta takes the newline at the end away.
        body(&self.snapshot(".snap")) + "\n"
    }

    /// The recorded ladder.
    pub(crate) fn ladder(&self) -> String {
        body(&self.snapshot("_ladder.snap"))
    }

    /// The recorded file whose name ends so.
    pub(crate) fn snapshot(&self, end: &str) -> PathBuf {
        let (_, short) = self.name.split_at("step-00-".len());
        snapshots(self.step).join(format!("{short}{end}"))
    }
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// What a text of a page says.
pub(crate) fn unescape(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&amp;", "&")
}

/// Every script, by name.
pub(crate) fn all() -> Vec<Script> {
    let mut scripts: Vec<Script> = files(&root().join("lab/scripts"))
        .filter(|path| path.extension().is_some_and(|end| end == "snap"))
        .map(|path| Script::read(&path))
        .collect();
    scripts.sort_by(|one, other| one.name.cmp(&other.name));
    scripts
}

/// The names of the conversations that a step's tests recorded, but for those with another app.
pub(crate) fn recorded_by(step: u64) -> Vec<String> {
    let tests = files(&root().join(format!("steps/step-{step:02}/tests")));
    let tests: String = tests.filter(|path| path.is_file()).map(|path| read(&path)).collect();
    let folder = snapshots(step);
    let names = files(&folder).filter_map(|path| {
        let name = path.file_name()?.to_str()?.strip_suffix("_ladder.snap")?;
        let outside = format!("record_outside_the_lab!(story, \"{name}\")");
        (!tests.contains(&outside)).then(|| format!("step-{step:02}-{name}"))
    });
    names.collect()
}

/// Reads a text file.
pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// The pages that may hold a lab.
pub(crate) fn pages() -> Vec<PathBuf> {
    let is_page = |path: &PathBuf| path.extension().is_some_and(|end| end == "md");
    files(&root().join("src")).filter(is_page).collect()
}

/// What stands between two texts, the first time.
pub(crate) fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

/// What stands between two texts, each time.
pub(crate) fn all_between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    let parts = text.split(start).skip(1);
    parts.map(|part| part.split_once(end).map_or(part, |(inner, _)| inner)).collect()
}

/// A snapshot without the lines that insta puts first.
fn body(path: &Path) -> String {
    let text = read(path);
    let (_, body) =
        text.strip_prefix("---\n").expect("---").split_once("\n---\n").expect("---");
    body.trim_end_matches('\n').to_owned()
}

fn snapshots(step: u64) -> PathBuf {
    root().join(format!("steps/step-{step:02}/tests/snapshots"))
}

fn step_of(name: &str) -> u64 {
    name["step-".len()..][..2].parse().expect("step-NN-name")
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    entries.map(|entry| entry.expect("an entry").path())
}
