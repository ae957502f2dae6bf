//! Chapters and steps: each has the other, and every command in the prose names a package. A chapter
//! may have further pages on its step.

use std::collections::BTreeSet;

use crate::book::{Book, Page, step_name};
use crate::fault::Fault;
use crate::markdown::{Markdown, line_at};

/// Checks SUMMARY.md against `src/` and `steps/`, then the names in the prose.
pub fn check(book: &Book) -> Vec<Fault> {
    let mut faults = summary_faults(book);
    for page in &book.pages {
        faults.extend(chapter_faults(book, page));
    }
    for step in book.steps.iter().filter(|step| book.chapter(step.number).is_none()) {
        let message =
            format!("{} has no chapter; write src/{:02}-….md", step.name(), step.number);
        faults.push(Fault::new(manifest_or_folder(book, &step.path), 1, message));
    }
    for page in book.prose() {
        faults.extend(command_faults(book, page));
        faults.extend(mention_faults(book, page));
    }
    faults
}

fn summary_faults(book: &Book) -> Vec<Fault> {
    let summary = Markdown::parse(book.text("src/SUMMARY.md").unwrap_or_default());
    let mut faults = Vec::new();
    let mut listed = BTreeSet::new();
    for link in summary.links.iter().filter(|link| !link.target.is_empty()) {
        let path = format!("src/{}", link.target.trim_start_matches("./"));
        if book.text(&path).is_none() {
            let message = format!("there is no {path}; write it or take it off the list");
            faults.push(Fault::new("src/SUMMARY.md", link.line, message));
        }
        listed.insert(path);
    }
    let unlisted = book.pages.iter().filter(|page| !listed.contains(&page.path));
    faults.extend(unlisted.map(|page| {
        Fault::new(
            &page.path,
            1,
            "SUMMARY.md does not list this page; add it there or delete it",
        )
    }));
    faults
}

fn chapter_faults(book: &Book, page: &Page) -> Vec<Fault> {
    let Some(number) = page.chapter() else { return Vec::new() };
    let name = step_name(number);
    let mut faults = Vec::new();
    if !book.steps.iter().any(|step| step.number == number) {
        faults.push(format!("this chapter has no step; write steps/{name}"));
    }
    for command in [format!("cargo run -p {name}"), format!("cargo test -p {name}")] {
        if !page.text.contains(&command) {
            faults.push(format!("the chapter does not say `{command}`; add it at the top"));
        }
    }
    let is_first = book.chapter(number).is_some_and(|first| first.path == page.path);
    if !is_first && !book.is_further(page) {
        faults.push(format!(
            "two chapters are numbered {number:02}; renumber one, or let SUMMARY.md list it \
             below the other, indented"
        ));
    }
    faults.into_iter().map(|message| Fault::new(&page.path, 1, message)).collect()
}

fn manifest_or_folder(book: &Book, folder: &str) -> String {
    let manifest = format!("{folder}/Cargo.toml");
    if book.text(&manifest).is_some() { manifest } else { folder.to_string() }
}

/// What follows `-p` in `cargo … -p name`, wherever it stands.
fn command_faults(book: &Book, page: &Page) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, line) in page.text.lines().enumerate() {
        let commands = line.split(['`', '&', '|', ';', '<']);
        for name in commands.filter_map(package_of_command) {
            if !is_placeholder(name) && !book.members.contains_key(name) {
                let message =
                    format!("there is no package `{name}` to give to `-p`; correct it");
                faults.push(Fault::new(&page.path, index + 1, message));
            }
        }
    }
    faults
}

fn package_of_command(command: &str) -> Option<&str> {
    let mut words = command[command.find("cargo ")?..].split_whitespace();
    words.find(|word| matches!(*word, "-p" | "--package"))?;
    let name = words.next()?;
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    let name = &name[..end.unwrap_or(name.len())];
    (!name.is_empty()).then_some(name)
}

/// `step-NN`, written with the letters.
fn is_placeholder(name: &str) -> bool {
    name.contains("NN")
}

/// `step-07` and `step_07`, wherever they stand.
fn mention_faults(book: &Book, page: &Page) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (at, digits) in mentions(&page.text) {
        let step = book.steps.iter().find(|step| step.name() == format!("step-{digits}"));
        if step.is_none() {
            let message = format!(
                "there is no step-{digits}; correct it, or write \"chapter {}\" for one to come",
                digits.trim_start_matches('0')
            );
            faults.push(Fault::new(&page.path, line_at(&page.text, at), message));
        }
    }
    faults
}

fn mentions(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("step").filter_map(|(at, word)| {
        let rest = text[at + word.len()..].strip_prefix(['-', '_'])?;
        let before = text[..at].chars().next_back();
        let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let whole_word = before.is_none_or(|c| !c.is_alphanumeric());
        (length > 0 && whole_word).then(|| (at, &rest[..length]))
    })
}

/// The steps that a text names, by their own number or as a chapter.
pub fn named_in(text: &str) -> impl Iterator<Item = u32> {
    let text = text.to_lowercase();
    let named: Vec<u32> = ["step ", "steps ", "chapter "]
        .iter()
        .flat_map(|word| text.split(word).skip(1).filter_map(first_number))
        .collect();
    named.into_iter()
}

fn first_number(text: &str) -> Option<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}
