//! Diffs: what a chapter changes, from the step that it goes on from; recorded, shown, and small.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::iter;

use similar::TextDiff;

use crate::book::{Book, Page, Step};
use crate::directives;
use crate::fault::Fault;
use crate::manifests;
use crate::moves::{self, Files};
use crate::recordings::{DIFFS, header_lines};

/// How many lines of `src/` a chapter may change without saying why.
pub const LIMIT: usize = 80;

/// The command that records the diffs anew.
pub const RENEW: &str = "INSTA_UPDATE=always cargo test -p book every_diff";

/// The difference between a step and the one that it goes on from.
pub struct StepDiff {
    /// The number of the earlier step.
    pub from: u32,
    /// The number of the later step.
    pub to: u32,
    /// What the chapter shows: a line for each file that only moved, then the unified diff, with a
    /// line for what moved or was split.
    pub text: String,
    /// The changed lines in `src/`, without blank lines and comments.
    pub changed: usize,
}

impl StepDiff {
    /// The name of its snapshot: `diff_step_03`.
    pub fn snapshot(&self) -> String {
        format!("diff_step_{:02}", self.to)
    }

    /// The path of its snapshot.
    pub fn path(&self) -> String {
        format!("{DIFFS}/{}.snap", self.snapshot())
    }
}

/// The keyword of the comment in which a chapter says which step it goes on from.
const GOES_ON: &str = "goes on from: ";

/// The difference between each step and what it goes on from.
pub fn all(book: &Book) -> Vec<StepDiff> {
    let pairs = book.steps.iter().filter_map(|to| Some((Origin::of(book, to)?, to)));
    pairs.map(|(from, to)| between(book, &from, to)).collect()
}

/// What the files of a step are compared with.
struct Origin<'a> {
    /// The step that it goes on from.
    step: &'a Step,
    /// The folders and files of `src/` that come from other steps.
    rooms: Vec<(String, &'a Step)>,
}

impl<'a> Origin<'a> {
    /// What its chapter says, or the step before.
    fn of(book: &'a Book, to: &Step) -> Option<Self> {
        let step = |number: u32| book.steps.iter().find(move |step| step.number == number);
        let mut origin = None;
        let mut others = Vec::new();
        for source in book.chapter(to.number).into_iter().flat_map(sources) {
            let Some(from) = source.step.parse().ok().and_then(step) else { continue };
            if source.rooms.is_empty() {
                origin = Some(from);
            }
            others.extend(source.rooms.iter().map(|room| (format!("src/{room}"), from)));
        }
        let step = origin.or_else(|| step(to.number.checked_sub(1)?))?;
        Some(Self { step, rooms: others })
    }

    /// The step that the file of this path comes from.
    fn step_of(&self, path: &str) -> &'a Step {
        let room = self.rooms.iter().find(|(room, _)| is_in(path, room));
        room.map_or(self.step, |(_, step)| step)
    }

    /// What a reader copies of it, under the later step's name.
    fn files(&self, book: &Book, later: &Step) -> Files {
        let steps = iter::once(self.step).chain(self.rooms.iter().map(|(_, step)| *step));
        let files = steps.flat_map(|step| {
            let files = reader_files(book, step, later).into_iter();
            files.filter(move |(path, _)| self.step_of(path).number == step.number)
        });
        files.collect()
    }
}

/// One of the steps that a chapter's comes from: `store/redis store/apart.rs from step 16`.
struct Source<'a> {
    /// The folders and files that come from it. None, if all do that have no other source.
    rooms: Vec<&'a str>,
    /// Its number.
    step: &'a str,
}

/// What a chapter says that its step comes from.
fn sources(page: &Page) -> impl Iterator<Item = Source<'_>> {
    let said = page.markdown.comments_with(GOES_ON).next();
    said.into_iter().flat_map(|(_, said)| said.split(',')).map(|source| {
        let (rooms, step) = source.rsplit_once("step ").unwrap_or(("", source));
        let rooms = rooms.split_whitespace().filter(|word| *word != "from").collect();
        Source { rooms, step: step.trim() }
    })
}

/// Whether this is the file, or in the folder.
fn is_in(path: &str, room: &str) -> bool {
    path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Checks that each chapter shows its diff, and that the diff is small or the chapter says why.
pub fn check(book: &Book) -> Vec<Fault> {
    let diffs = all(book);
    let shown = diffs.iter().filter_map(|diff| Some((diff, book.chapter(diff.to)?)));
    let faults = shown.flat_map(|(diff, page)| {
        let mut faults = size_faults(diff, page);
        faults.extend(unshown(book, diff, page));
        faults
    });
    faults.chain(book.pages.iter().flat_map(|page| origin_faults(book, page))).collect()
}

/// What is wrong with the steps that a chapter says it goes on from.
fn origin_faults(book: &Book, page: &Page) -> Vec<Fault> {
    let said = page.markdown.comments_with(GOES_ON).next();
    let Some(((comment, _), own)) = said.zip(page.chapter()) else { return Vec::new() };
    let sources: Vec<Source<'_>> = sources(page).collect();
    let flaws = sources.iter().flat_map(|source| source_flaws(book, own, source));
    let is_idle = matches!(&sources[..], [only] if only.step.parse() == Ok(own - 1));
    let idle = is_idle.then(|| "that is the step before; remove the comment".to_owned());
    flaws.chain(idle).map(|flaw| Fault::new(&page.path, comment.line, flaw)).collect()
}

fn source_flaws(book: &Book, own: u32, source: &Source<'_>) -> Vec<String> {
    let step = |number: u32| book.steps.iter().find(|step| step.number == number);
    let number = source.step.parse().ok().filter(|number| *number < own);
    let Some(from) = number.and_then(step) else {
        return vec!["there is no such step before this one; correct the number".to_owned()];
    };
    let lacks = |step: &Step, room: &str| {
        let path = format!("{}/src/{room}", step.path);
        let is_there = book.texts_below(&step.path).any(|(file, _)| is_in(file, &path));
        (!is_there).then(|| format!("{} has no src/{room}; correct the path", step.name()))
    };
    let both = [Some(from), step(own)].into_iter().flatten();
    both.flat_map(|step| source.rooms.iter().filter_map(move |room| lacks(step, room)))
        .collect()
}

/// The recorded diffs that are not what the steps now say.
pub fn stale(book: &Book) -> Vec<Fault> {
    let diffs = all(book);
    let current: BTreeSet<String> = diffs.iter().map(StepDiff::path).collect();
    let mut faults: Vec<Fault> =
        diffs.iter().filter_map(|diff| staleness(book, diff)).collect();
    for (path, _) in book.texts_below(DIFFS).filter(|(path, _)| path.ends_with(".snap")) {
        if !current.contains(path) {
            faults.push(Fault::new(path, 1, "there are no such two steps any more; delete it"));
        }
    }
    faults
}

fn staleness(book: &Book, diff: &StepDiff) -> Option<Fault> {
    let stored = book.text(&diff.path()).unwrap_or_default();
    let header = header_lines(stored).unwrap_or(0);
    let recorded: Vec<&str> = stored.trim_end().lines().skip(header).collect();
    let current: Vec<&str> = diff.text.trim_end().lines().collect();
    if header > 0 && recorded == current {
        return None;
    }
    let same = recorded.iter().zip(&current).take_while(|(old, new)| old == new).count();
    let message = format!(
        "step-{:02} and step-{:02} differ otherwise than recorded; renew it with `{RENEW}` or \
         `cargo insta accept`",
        diff.from, diff.to
    );
    Some(Fault::new(diff.path(), header + same + 1, message))
}

fn unshown(book: &Book, diff: &StepDiff, page: &Page) -> Option<Fault> {
    let path = diff.path();
    let shown = book.included(page).any(|(_, included)| included == path);
    (!shown).then(|| {
        let message = format!(
            "the chapter does not show its diff; fold `{{{{#include ../{path}:4:}}}}` at its end \
             in a ```diff fence"
        );
        Fault::new(&page.path, 1, message)
    })
}

fn size_faults(diff: &StepDiff, page: &Page) -> Vec<Fault> {
    let changed = diff.changed;
    let Some((comment, stated)) = page.markdown.comments_with("diff:").next() else {
        let message = format!(
            "this chapter changes {changed} lines of src/, more than {LIMIT}; split it, or say \
             `<!-- diff: {changed} lines, because … -->`"
        );
        let large = changed > LIMIT;
        return large.then(|| Fault::new(&page.path, 1, message)).into_iter().collect();
    };
    excuse_flaw(changed, stated)
        .map(|message| Fault::new(&page.path, comment.line, message))
        .into_iter()
        .collect()
}

fn excuse_flaw(changed: usize, stated: &str) -> Option<String> {
    if changed <= LIMIT {
        return Some(format!("the diff has {changed} lines and needs no excuse; remove it"));
    }
    let lines: Option<usize> = stated.split(' ').next().and_then(|number| number.parse().ok());
    if lines != Some(changed) {
        return Some(format!(
            "the diff has {changed} lines; say `diff: {changed} lines, because …`"
        ));
    }
    let reason = stated.split_once("because").map(|(_, reason)| reason.trim());
    reason
        .is_none_or(str::is_empty)
        .then(|| "the excuse gives no reason; add `because …`".into())
}

fn between(book: &Book, from: &Origin<'_>, to: &Step) -> StepDiff {
    let before = from.files(book, to);
    let after = reader_files(book, to, to);
    let moves = moves::moves(&before, &after);
    let gone = before.keys().filter(|path| !moves.values().any(|moved| moved == path));
    let paths: BTreeSet<&str> = gone.chain(after.keys()).map(String::as_str).collect();
    let new = after.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let new = new.filter(|(path, _)| !before.contains_key(*path) && !moves.contains_key(path));
    let (mut only_moved, mut text, mut changed) = (String::new(), String::new(), 0);
    for path in paths {
        let parts = match (before.get(path), after.get(path)) {
            (Some(old), None) => moves::parts(old, new.clone()),
            _ => Vec::new(),
        };
        if !parts.is_empty() {
            let (told, gone) = split(from.step_of(path), path, &before[path], &parts);
            text.push_str(&told);
            changed += gone;
            continue;
        }
        let place = moves.get(path).copied().unwrap_or(path);
        let (old, new) = (before.get(place), after.get(path));
        let names = (header(from.step_of(place), place, old), header(to, path, new));
        let texts = [old, new].map(|text| text.map_or("", String::as_str));
        let part = file_diff(&names.0, &names.1, texts[0], texts[1], CONTEXT);
        if path.starts_with("src/") {
            changed += changed_lines(&part);
        }
        if place != path {
            let told = if part.is_empty() { &mut only_moved } else { &mut text };
            let _ = writeln!(told, "moved {place} → {path}");
        }
        text.push_str(&part);
    }
    StepDiff { from: from.step.number, to: to.number, text: only_moved + &text, changed }
}

/// What is told of a file that was split: where its lines stand now, and which stand nowhere. Also how
/// many those are.
fn split(from: &Step, path: &str, old: &str, parts: &[(&str, &str)]) -> (String, usize) {
    let known: BTreeSet<&str> =
        parts.iter().flat_map(|(_, text)| text.lines()).map(str::trim).collect();
    let stays = |line: &&str| line.trim().is_empty() || known.contains(line.trim());
    let kept: String = old.lines().filter(stays).flat_map(|line| [line, "\n"]).collect();
    let names: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
    let gone =
        file_diff(&header(from, path, Some(&old.to_owned())), "/dev/null", old, &kept, 0);
    let count = changed_lines(&gone);
    (format!("split {path} → {}\n{gone}", names.join(", ")), count)
}

/// What a reader copies of a step, under the later step's name so that names make no noise.
fn reader_files(book: &Book, step: &Step, later: &Step) -> Files {
    let mut files = Files::new();
    for (path, text) in book.texts_below(&step.path) {
        let path = &path[step.path.len() + 1..];
        let text = match path {
            "Cargo.toml" => manifests::readers_part(text),
            _ if path.starts_with("src/") => text,
            _ => continue,
        };
        let lines = text.lines().filter(|line| !directives::is_anchor_line(line));
        let mut kept = lines.map(str::trim_end).collect::<Vec<_>>().join("\n");
        kept.truncate(kept.trim_end().len());
        kept.push('\n');
        files.insert(path.to_string(), rename(&kept, step.number, later.number));
    }
    files
}

fn rename(text: &str, from: u32, to: u32) -> String {
    text.replace(&format!("step-{from:02}"), &format!("step-{to:02}"))
        .replace(&format!("step_{from:02}"), &format!("step_{to:02}"))
}

fn header(step: &Step, path: &str, text: Option<&String>) -> String {
    text.map_or("/dev/null".to_string(), |_| format!("{}/{path}", step.name()))
}

/// How many lines that stay are printed on either side of a change.
const CONTEXT: usize = 3;

fn file_diff(from: &str, to: &str, old: &str, new: &str, context: usize) -> String {
    if old == new {
        return String::new();
    }
    let diff = TextDiff::from_lines(old, new);
    let unified = diff.unified_diff().context_radius(context).header(from, to).to_string();
    let mut text = String::new();
    for line in unified.lines() {
        // A blank line of context is a space, which editors cut off.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn changed_lines(diff: &str) -> usize {
    diff.lines().skip(2).filter(|line| is_changed_code(line)).count()
}

fn is_changed_code(line: &str) -> bool {
    let Some(code) = line.strip_prefix(['+', '-']) else { return false };
    let code = code.trim();
    !code.is_empty() && !code.starts_with("//")
}
