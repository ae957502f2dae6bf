//! Versions: a number after the name of a package is the one in `Cargo.lock` or `package.json`.
//!
//! `axum 0.8`, `` `axum` v0.8.4 ``, `axum@0.8`, `axum = "0.8"` and
//! `cargo install mdbook --version 0.5.4` all count; a number without a dot does not.

use crate::book::{Book, Page};
use crate::fault::Fault;
use crate::markdown::line_at;

/// Excuses the line it stands on and the next; before a fence, the whole code block.
const EXCUSE: &str = "version: historical";

/// Checks all that is read as prose.
pub fn check(book: &Book) -> Vec<Fault> {
    book.prose().flat_map(|page| page_faults(book, page)).collect()
}

fn page_faults(book: &Book, page: &Page) -> Vec<Fault> {
    let mut excuses: Vec<Excuse> = page
        .markdown
        .comments_with(EXCUSE)
        .map(|(comment, _)| Excuse::new(page, comment.line))
        .collect();
    let mut faults = Vec::new();
    for claim in claims(book, &page.text) {
        let line = line_at(&page.text, claim.at);
        if claim.is_true(book) {
            continue;
        }
        match excuses.iter_mut().find(|excuse| excuse.covers(line)) {
            Some(excuse) => excuse.needed = true,
            None => faults.push(Fault::new(&page.path, line, claim.message(book))),
        }
    }
    for excuse in excuses.iter().filter(|excuse| !excuse.needed) {
        let message = format!("`<!-- {EXCUSE} -->` excuses no version here; remove it");
        faults.push(Fault::new(&page.path, excuse.line, message));
    }
    faults
}

struct Excuse {
    line: usize,
    last_line: usize,
    needed: bool,
}

impl Excuse {
    fn new(page: &Page, line: usize) -> Self {
        let fence = page.markdown.fences.iter().find(|fence| fence.line == line + 1);
        let last_line = fence.map_or(line + 1, |fence| fence.last_line);
        Self { line, last_line, needed: false }
    }

    fn covers(&self, line: usize) -> bool {
        (self.line..=self.last_line).contains(&line)
    }
}

/// That a package has a version.
struct Claim<'a> {
    /// As written: `mdBook`.
    name: &'a str,
    /// As written: `0.5`.
    version: &'a str,
    /// Where the number stands.
    at: usize,
}

impl Claim<'_> {
    fn is_true(&self, book: &Book) -> bool {
        versions(book, self.name).iter().any(|locked| is_prefix(self.version, locked))
    }

    fn message(&self, book: &Book) -> String {
        let locked = versions(book, self.name).join(" and ");
        format!(
            "{} {} is not the locked version: {locked}; correct it, or put `<!-- {EXCUSE} -->` \
             on the line before",
            self.name, self.version
        )
    }
}

/// The versions a name stands for: those of a package, or of the book's two tools.
fn versions<'a>(book: &'a Book, name: &str) -> Vec<&'a str> {
    let package = match name {
        "Rust" | "rustc" => return vec![&book.promises.rust_version],
        // The pieces of mdBook are released together.
        "mdBook" | "mdbook" => "mdbook-driver",
        name => name,
    };
    book.locked.get(package).into_iter().flatten().map(String::as_str).collect()
}

/// Whether `0.8` begins `0.8.4`, component by component.
fn is_prefix(said: &str, locked: &str) -> bool {
    let locked = locked.split(['+', '-']).next().unwrap_or_default();
    let mut parts = locked.split('.');
    said.split('.').all(|part| parts.next() == Some(part))
}

fn claims<'a>(book: &Book, text: &'a str) -> Vec<Claim<'a>> {
    let mut claims = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_name_char) {
        let word = &rest[start..];
        let end = word.find(|c| !is_name_char(c)).unwrap_or(word.len());
        let name = &word[..end];
        rest = &word[end..];
        if versions(book, name).is_empty() {
            continue;
        }
        if let Some(version) = version_after(rest) {
            let at = version.as_ptr() as usize - text.as_ptr() as usize;
            claims.push(Claim { name, version, at });
        }
    }
    claims
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// The number that belongs to the name before `rest`, if one does.
fn version_after(rest: &str) -> Option<&str> {
    in_table(rest).or_else(|| number(skip_between(rest)?))
}

/// `= { default-features = false, version = "0.8" }`, on one line.
fn in_table(rest: &str) -> Option<&str> {
    let line = rest.lines().next()?;
    let table = line.trim_start().strip_prefix('=')?.trim_start().strip_prefix('{')?;
    let value = table.split_once("version")?.1.trim_start().strip_prefix('=')?;
    number(value.trim_start().strip_prefix('"')?.trim_start_matches(['=', '^', '~']))
}

/// Skips what may stand between a name and its number: closing marks, one space or line break,
/// `version`, `v`, `=`.
fn skip_between(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches(['`', '*', '_', ')', ']']);
    let rest = rest.strip_prefix('@').unwrap_or(rest);
    let spaces = rest.len() - rest.trim_start().len();
    if rest[..spaces].matches('\n').count() > 1 {
        return None;
    }
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("--").unwrap_or(rest);
    let rest = rest.strip_prefix("version").unwrap_or(rest).trim_start_matches([' ', '=']);
    let rest = rest.trim_start_matches(['"', '`', '*', '^', '~', '=']);
    Some(rest.strip_prefix('v').unwrap_or(rest))
}

/// A number with a dot in it at the start of the text.
fn number(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let number = text[..end].trim_end_matches('.');
    let is_version = number.contains('.') && number.split('.').all(|part| !part.is_empty());
    is_version.then_some(number)
}
