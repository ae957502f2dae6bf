//! Tests that the prose names: each is run, is one of the page's own step or of one named there, and
//! recorded what its caption says.

use crate::book::{Book, Page};
use crate::directives::Directive;
use crate::fault::Fault;
use crate::markdown::Words;
use crate::steps;
use crate::tests::{self, Test};

/// Fewer words may be anything: a method, a field, a snapshot.
const LEAST_WORDS: usize = 4;

/// Checks the names of tests in all that is read as prose.
///
/// What counts as a name of a test is code of four words or more: `` `a_forged_id_is_refused` ``,
/// or the same in `<code>`.
pub fn check(book: &Book) -> Vec<Fault> {
    let tests = tests::all(book);
    let mut faults: Vec<Fault> =
        book.prose().flat_map(|page| page_faults(page, &tests)).collect();
    faults.extend(book.pages.iter().flat_map(|page| caption_faults(book, page, &tests)));
    faults
}

/// What is named on a page.
pub fn names(page: &Page) -> impl Iterator<Item = &Words> {
    page.markdown.codes.iter().filter(|code| is_name(&code.text))
}

fn is_name(code: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.chars().all(is_of_a_name);
    code.split('_').count() >= LEAST_WORDS && code.split('_').all(word)
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn page_faults(page: &Page, tests: &[Test]) -> Vec<Fault> {
    names(page)
        .filter_map(|name| Some(Fault::new(&page.path, name.line, flaw(page, name, tests)?)))
        .collect()
}

fn flaw(page: &Page, name: &Words, tests: &[Test]) -> Option<String> {
    let text = &name.text;
    let same: Vec<&Test> = tests.iter().filter(|test| test.name == *text).collect();
    if same.is_empty() {
        return Some(format!("there is no test `{text}`; name one that there is"));
    }
    let near: Vec<&&Test> = same.iter().filter(|test| belongs(page, name, test)).collect();
    if near.is_empty() {
        let folders: Vec<&str> = same.iter().map(|test| test.folder()).collect();
        let folders = folders.join(", ");
        return Some(format!(
            "`{text}` is a test of {folders}, not of this chapter; name the step beside it, or \
             another test"
        ));
    }
    near.iter()
        .all(|test| test.is_ignored)
        .then(|| format!("`{text}` is ignored and never run; name a test that is"))
}

/// Whether the test is of the page's own step, of none, or of one that is named in the same row or
/// paragraph.
fn belongs(page: &Page, name: &Words, test: &Test) -> bool {
    let Some(step) = test.step() else { return true };
    page.chapter() == Some(step) || steps::named_in(&around(page, name.line)).any(|n| n == step)
}

/// The row that stands on this line, or the paragraph.
pub fn around(page: &Page, line: usize) -> String {
    let lines: Vec<&str> = page.text.lines().collect();
    let at = line - 1;
    if lines[at].starts_with('|') {
        return lines[at].to_string();
    }
    let is_blank = |line: &&str| line.trim().is_empty();
    let start = lines[..at].iter().rposition(is_blank).map_or(0, |blank| blank + 1);
    let end = lines[at..].iter().position(is_blank).map_or(lines.len(), |length| at + length);
    lines[start..end].join(" ")
}

/// *Recorded by `x`* stands below what `x` recorded.
fn caption_faults(book: &Book, page: &Page, tests: &[Test]) -> Vec<Fault> {
    let lines = (1..).zip(page.text.lines());
    let captions = lines.filter(|(_, line)| line.contains("Recorded by"));
    captions
        .filter_map(|(line, _)| {
            let name = names(page).find(|name| name.line >= line)?;
            let shown = book.included(page).filter(|(one, _)| one.line < line).last();
            Some(Fault::new(&page.path, name.line, caption_flaw(&name.text, shown, tests)?))
        })
        .collect()
}

fn caption_flaw(
    name: &str,
    shown: Option<(&Directive, String)>,
    tests: &[Test],
) -> Option<String> {
    let Some((directive, path)) = shown else {
        return Some(format!("`{name}` recorded nothing that stands above this caption"));
    };
    let recording = path.rsplit('/').next()?.strip_suffix(".snap")?;
    let recording = recording.strip_suffix("_ladder").unwrap_or(recording);
    let wrote = |test: &&Test| {
        path.starts_with(&format!("{}/", test.folder())) && test.texts.contains(recording)
    };
    let by: Vec<&str> = tests.iter().filter(wrote).map(|test| test.name.as_str()).collect();
    (!by.contains(&name)).then(|| {
        let by = if by.is_empty() { "another".to_string() } else { by.join(" or ") };
        format!(
            "`{name}` did not record {recording} (line {}); {by} did, so name that",
            directive.line
        )
    })
}
