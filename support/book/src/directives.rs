//! mdBook's `{{#include file:anchor}}` and its relatives, found in Markdown.
//!
//! The same grammar as mdBook's `links` preprocessor: a directive holds no `}` and
//! `\{{#…}}` is an escaped one, printed as it stands.

use crate::paths::resolve;

/// One `{{#kind argument}}`.
#[derive(Clone, Debug)]
pub struct Directive {
    /// The line it stands on.
    pub line: usize,
    /// All of it, as written, without the backslash of an escaped one.
    pub text: String,
    /// The word after `#`.
    pub kind: String,
    /// The path, without what follows the first colon.
    pub path: String,
    /// What is taken of the file.
    pub part: Part,
    /// Printed as it stands, because a backslash precedes it.
    pub escaped: bool,
}

/// Which part of a file a directive takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// The lines between `ANCHOR: name` and `ANCHOR_END: name`.
    Anchor(String),
    /// Lines by number, as written after the path: `:4:`.
    Lines(String),
}

impl Directive {
    /// Whether mdBook puts a file in its place.
    pub fn is_include(&self) -> bool {
        !self.escaped
            && matches!(self.kind.as_str(), "include" | "rustdoc_include" | "playground")
    }

    /// The included file, relative to the root, for a directive in `page`.
    pub fn include_path(&self, page: &str) -> Option<String> {
        if self.is_include() { resolve(page, &self.path) } else { None }
    }
}

/// All directives of a text, in order.
pub fn find(text: &str) -> Vec<Directive> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut rest = line;
        let mut before = "";
        while let Some(start) = rest.find("{{") {
            let from = &rest[start..];
            let escaped =
                rest[..start].ends_with('\\') || (start == 0 && before.ends_with('\\'));
            let Some(end) = from.find("}}") else { break };
            let whole = &from[..end + 2];
            if let Some(directive) = parse(whole, index + 1, escaped) {
                found.push(directive);
            }
            before = &rest[..start + end + 2];
            rest = &from[end + 2..];
        }
    }
    found
}

fn parse(whole: &str, line: usize, escaped: bool) -> Option<Directive> {
    let inner = whole.strip_prefix("{{")?.strip_suffix("}}")?.trim().strip_prefix('#')?;
    let (kind, argument) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    let target = argument.split_whitespace().next().unwrap_or_default();
    let (path, part) = target.split_once(':').unwrap_or((target, ""));
    Some(Directive {
        line,
        text: whole.to_string(),
        kind: kind.to_string(),
        path: path.to_string(),
        part: parse_part(part),
        escaped,
    })
}

fn parse_part(part: &str) -> Part {
    let first = part.split(':').next().unwrap_or_default();
    if part.is_empty() {
        Part::Whole
    } else if first.is_empty() || first.parse::<usize>().is_ok() {
        Part::Lines(format!(":{part}"))
    } else {
        Part::Anchor(first.to_string())
    }
}

/// An anchor in a file: the lines between `ANCHOR: name` and `ANCHOR_END: name`.
#[derive(Debug)]
pub struct Anchor {
    /// Its name.
    pub name: String,
    /// The line that opens it; for a stray `ANCHOR_END`, the line of that.
    pub line: usize,
    /// What is wrong with it, if anything.
    pub flaw: Option<Flaw>,
}

/// What can be wrong with an anchor by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// No `ANCHOR_END` follows.
    Unclosed,
    /// An `ANCHOR_END` that ends nothing.
    Unopened,
    /// A second anchor of the same name: mdBook takes the first.
    Repeated,
    /// Nothing but blank lines between its two comments.
    Empty,
}

/// A comment that opens or closes an anchor.
enum Mark<'a> {
    Open(&'a str),
    Close(&'a str),
}

/// Whether the line is an anchor comment, which mdBook leaves out.
pub fn is_anchor_line(line: &str) -> bool {
    mark(line).is_some()
}

/// All anchors of a file.
pub fn anchors(text: &str) -> Vec<Anchor> {
    let lines: Vec<&str> = text.lines().collect();
    let mut anchors: Vec<Anchor> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let flaw = match mark(line) {
            Some(Mark::Open(name)) => open_flaw(name, &anchors, &lines[index + 1..]),
            Some(Mark::Close(name)) => {
                if anchors.iter().any(|anchor| anchor.name == name) {
                    continue;
                }
                Some(Flaw::Unopened)
            }
            None => continue,
        };
        let (Some(Mark::Open(name)) | Some(Mark::Close(name))) = mark(line) else { continue };
        anchors.push(Anchor { name: name.to_string(), line: index + 1, flaw });
    }
    anchors
}

fn open_flaw(name: &str, earlier: &[Anchor], below: &[&str]) -> Option<Flaw> {
    if earlier.iter().any(|anchor| anchor.name == name && anchor.flaw != Some(Flaw::Unopened)) {
        return Some(Flaw::Repeated);
    }
    let Some(end) = below
        .iter()
        .position(|line| matches!(mark(line), Some(Mark::Close(closed)) if closed == name))
    else {
        return Some(Flaw::Unclosed);
    };
    let empty = below[..end].iter().all(|line| line.trim().is_empty() || is_anchor_line(line));
    empty.then_some(Flaw::Empty)
}

fn mark(line: &str) -> Option<Mark<'_>> {
    if let Some(name) = name_after(line, "ANCHOR:") {
        return Some(Mark::Open(name));
    }
    name_after(line, "ANCHOR_END:").map(Mark::Close)
}

fn name_after<'a>(line: &'a str, keyword: &str) -> Option<&'a str> {
    let rest = line[line.find(keyword)? + keyword.len()..].trim_start();
    let end = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
        .unwrap_or(rest.len());
    (end > 0).then_some(&rest[..end])
}
