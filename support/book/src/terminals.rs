//! What the pages show in a terminal: a step's test plays it, or the page says why none does.

use terminal::page::{self, Block, Command, Shown};

use crate::book::{Book, Page};
use crate::fault::Fault;

/// The comments that belong to the block below them, and whether it is a `console` one.
const COMMENTS: [(&str, bool); 3] = [("not played:", true), ("fails", true), ("log", false)];

/// Checks the `console` blocks of all that is read as prose.
pub fn check(book: &Book) -> Vec<Fault> {
    book.prose().flat_map(|page| page_faults(book, page)).collect()
}

fn page_faults(book: &Book, page: &Page) -> Vec<Fault> {
    let blocks = page::blocks(&page.path, &page.text);
    let mut faults: Vec<(usize, String)> = Vec::new();
    for fence in page.markdown.fences.iter().filter(|fence| fence.info.contains("console")) {
        if !blocks.iter().any(|block| block.line == fence.line) {
            let flaw = "this block is not played; begin it with ```console at the line's start";
            faults.push((fence.line, flaw.to_owned()));
        }
    }
    for block in &blocks {
        faults.extend(block_flaw(book, block).map(|flaw| (block.line, flaw)));
        if let (Shown::Commands(commands), None) = (&block.shown, &block.excuse) {
            let tests = commands.iter().filter(|command| command.is_test());
            faults.extend(
                tests.filter_map(|test| Some((test.line, test_flaw(book, test.bare())?))),
            );
        }
    }
    for (keyword, of_commands) in COMMENTS {
        for (comment, _) in page.markdown.comments_with(keyword) {
            let is_it = |block: &Block| {
                block.line == comment.line + 1
                    && matches!(block.shown, Shown::Commands(_)) == of_commands
            };
            if !blocks.iter().any(is_it) {
                let flaw = format!("`{keyword}` says nothing of the next line; remove it");
                faults.push((comment.line, flaw));
            }
        }
    }
    for (comment, _) in page.markdown.comments_with("in the browser:") {
        if !blocks.iter().any(|block| block.line == comment.line) {
            let flaw = "this is not played; let nothing stand before or behind the comment";
            faults.push((comment.line, flaw.to_owned()));
        }
    }
    faults.into_iter().map(|(line, flaw)| Fault::new(&page.path, line, flaw)).collect()
}

fn block_flaw(book: &Book, block: &Block) -> Option<String> {
    if let Some(reason) = &block.excuse {
        return reason.is_empty().then(|| "`not played:` gives no reason; add one".to_owned());
    }
    let Some(step) = &block.step else {
        let only_tests = matches!(&block.shown, Shown::Commands(commands)
            if commands.iter().all(Command::is_test));
        return (!only_tests).then(|| {
            "no `cargo run -p step-NN` above it says against which program it is played; add \
             one, or put `<!-- not played: reason -->` on the line before"
                .to_owned()
        });
    };
    let test = format!("steps/{step}/tests/terminal.rs");
    let plays = book.text(&test).is_some_and(|text| text.contains("\nterminal::plays"));
    (!plays).then(|| format!("nothing plays it: {test} is to say `terminal::plays!();`"))
}

/// `cargo test`, `-p` and a package or `--workspace`; then a file of tests behind `--test`, or a
/// part of the name of a test.
fn test_flaw(book: &Book, command: &str) -> Option<String> {
    let words: Vec<&str> = command.split_whitespace().skip(2).collect();
    let (folder, names) = match words.as_slice() {
        ["--workspace", names @ ..] => ("", names),
        ["-p", package, names @ ..] => {
            (book.members.get(*package)?.strip_suffix("Cargo.toml")?, names)
        }
        _ => return Some(format!("`{command}` is not checked; say `cargo test -p package`")),
    };
    let rust = ["steps", "support", "lab"].into_iter().flat_map(|top| book.texts_below(top));
    let sources: Vec<&str> = rust
        .filter(|(path, _)| path.starts_with(folder) && path.ends_with(".rs"))
        .map(|(_, text)| text)
        .collect();
    let found = |name: &str| {
        let mut functions = sources.iter().flat_map(|text| text.split("fn ").skip(1));
        functions.any(|text| text.split('(').next().is_some_and(|it| it.contains(name)))
    };
    if let ["--test", file] = names {
        let homes =
            [format!("{folder}tests/{file}.rs"), format!("{folder}tests/{file}/main.rs")];
        let is_there = homes.iter().any(|home| book.text(home).is_some());
        return (!is_there).then(|| format!("there is no `{}`", homes[0]));
    }
    let missing = names.iter().find(|name| !found(name))?;
    Some(format!("no test has `{missing}` in its name; name one that there is"))
}
