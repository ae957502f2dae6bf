//! Numbers: a quantity in the prose is one that the code has, or that stands beside the prose.
//!
//! `five minutes` in chapter 12 is `Duration::minutes(5)` somewhere in step 12. If either is
//! changed, the other is a fault. The texts and comments of a step are held to its own code.

use crate::amounts;
use crate::book::{Book, Page, Step, step_name};
use crate::fault::Fault;
use crate::markdown::line_at;
use crate::quantities::{self, Amount, Quantity};
use crate::use_lines;

/// `<!-- number: two weeks, a year: reason -->` excuses these in the rest of the section.
const EXCUSE: &str = "number:";

/// Checks the prose of every page, and the comments and texts of every step.
pub fn check(book: &Book) -> Vec<Fault> {
    let in_pages = book.pages.iter().flat_map(|page| page_faults(book, page));
    in_pages.chain(book.steps.iter().flat_map(|step| step_faults(book, step))).collect()
}

fn step_faults(book: &Book, step: &Step) -> Vec<Fault> {
    let known = of_code(book, step);
    let mut faults = Vec::new();
    for (path, text) in sources(book, step) {
        let unknown = quantities::find(text).into_iter().filter(|one| !holds(&known, one));
        faults.extend(unknown.map(|quantity| {
            let message = format!(
                "nothing in the code of {} is {}; correct it",
                step.name(),
                on_one_line(quantity.written)
            );
            Fault::new(path, line_at(text, quantity.at), message)
        }));
    }
    faults
}

fn sources<'a>(book: &'a Book, step: &Step) -> impl Iterator<Item = (&'a str, &'a str)> {
    let folder = format!("{}/src/", step.path);
    let texts = book.texts_below("steps");
    texts.filter(move |(path, _)| path.starts_with(&folder) && path.ends_with(".rs"))
}

fn of_code(book: &Book, step: &Step) -> Vec<Amount> {
    sources(book, step).flat_map(|(_, text)| amounts::find(text)).collect()
}

/// What is in the files whose code the section shows, if it shows any: a small number is in some
/// file or other, and a time is not.
fn of_code_shown(book: &Book, page: &Page, section: (usize, usize)) -> Option<Vec<Amount>> {
    let within = |line: usize| (section.0..=section.1).contains(&line);
    let included = book.included(page).filter(|(directive, _)| within(directive.line));
    let of_code = |path: &str| path.ends_with(".rs") && !path.starts_with(use_lines::LISTS);
    let mut code = included.filter(|(_, path)| of_code(path)).peekable();
    code.peek()?;
    Some(
        code.flat_map(|(_, path)| amounts::find(book.text(&path).unwrap_or_default()))
            .collect(),
    )
}

fn holds(known: &[Amount], quantity: &Quantity<'_>) -> bool {
    known.contains(&quantity.amount)
}

fn on_one_line(written: &str) -> String {
    written.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn page_faults(book: &Book, page: &Page) -> Vec<Fault> {
    let of_chapter = book.steps.iter().find(|step| page.chapter() == Some(step.number));
    // What is no chapter tells of the book's whole server, as far as it is written.
    let Some(step) = of_chapter.or(book.steps.last()) else { return Vec::new() };
    let known = of_code(book, step);
    let sections = sections(page);
    let mut excuses: Vec<Excuse> = excuses(page, &sections);
    let mut faults = Vec::new();
    let prose = prose(page);
    for quantity in quantities::find(&prose) {
        let line = line_at(&prose, quantity.at);
        let written = on_one_line(quantity.written);
        let section = section_of(&sections, line);
        let counts = || of_code_shown(book, page, section);
        let is_of_code = match quantity.amount {
            Amount::Count(_) => holds(counts().as_ref().unwrap_or(&known), &quantity),
            Amount::Time(_) | Amount::Size(_) => holds(&known, &quantity),
        };
        if is_of_code || holds(&beside(book, page, section), &quantity) {
            continue;
        }
        match excuses.iter_mut().find(|excuse| excuse.covers(line, &written)) {
            Some(excuse) => excuse.needed = true,
            None => faults.push(Fault::new(&page.path, line, message(step, &written))),
        }
    }
    faults.extend(
        excuses
            .iter()
            .filter_map(|excuse| Some(Fault::new(&page.path, excuse.line, excuse.flaw()?))),
    );
    faults
}

fn message(step: &Step, written: &str) -> String {
    format!(
        "neither the code of {} nor what this section shows has {written}; correct it, or put \
         `<!-- {EXCUSE} {written}: reason -->` before it in the section",
        step.name()
    )
}

struct Excuse {
    line: usize,
    last_line: usize,
    written: String,
    has_reason: bool,
    needed: bool,
}

impl Excuse {
    fn covers(&self, line: usize, written: &str) -> bool {
        (self.line..=self.last_line).contains(&line)
            && self.written.eq_ignore_ascii_case(written)
    }

    fn flaw(&self) -> Option<String> {
        if !self.needed {
            return Some(format!("{} needs no excuse here; remove it", self.written));
        }
        (!self.has_reason).then(|| format!("no reason for {}; add it", self.written))
    }
}

/// One for each number that a comment lists.
fn excuses(page: &Page, sections: &[(usize, usize)]) -> Vec<Excuse> {
    let comments = page.markdown.comments_with(EXCUSE);
    comments
        .flat_map(|(comment, body)| {
            let (list, reason) = body.split_once(": ").unwrap_or((body, ""));
            let (_, last_line) = section_of(sections, comment.line);
            list.split(", ").map(move |written| Excuse {
                line: comment.line,
                last_line,
                written: on_one_line(written),
                has_reason: !reason.trim().is_empty(),
                needed: false,
            })
        })
        .collect()
}

/// The first and the last line of each section: of what is below a heading, and of the lab and
/// each of its scenarios.
fn sections(page: &Page) -> Vec<(usize, usize)> {
    let is_code = |line: usize| {
        let mut fences = page.markdown.fences.iter();
        fences.any(|fence| (fence.line..=fence.last_line).contains(&line))
    };
    let begins = |line: &str| {
        let marks = ["#", "<session-lab", "</session-lab", "<section"];
        marks.iter().any(|mark| line.starts_with(mark))
    };
    let lines = (1..).zip(page.text.lines());
    let first = lines.filter(|(line, text)| *line == 1 || begins(text) && !is_code(*line));
    let first: Vec<usize> = first.map(|(line, _)| line).collect();
    let last = first.iter().skip(1).map(|line| line - 1).chain([usize::MAX]);
    first.iter().copied().zip(last).collect()
}

fn section_of(sections: &[(usize, usize)], line: usize) -> (usize, usize) {
    let section = sections.iter().rfind(|(first, _)| *first <= line);
    section.copied().unwrap_or((1, usize::MAX))
}

/// What stands beside the prose of a section: its recordings, its blocks, what the lab plays, and
/// the tests that it names.
fn beside(book: &Book, page: &Page, (first, last): (usize, usize)) -> Vec<Amount> {
    let within = |line: usize| (first..=last).contains(&line);
    let included = book.included(page).filter(|(directive, _)| within(directive.line));
    let mut texts: Vec<String> = included
        .filter(|(_, path)| path.ends_with(".snap") && !path.contains("/diff_step_"))
        .filter_map(|(_, path)| book.text(&path).map(str::to_owned))
        .collect();
    let fences = page.markdown.fences.iter().filter(|fence| within(fence.line));
    texts.extend(fences.map(|fence| fence.body.clone()));
    let mut bodies = Vec::new();
    for (_, line) in (1..).zip(page.text.lines()).filter(|(line, _)| within(*line)) {
        texts.extend(is_played(line).then(|| line.to_owned()));
        for name in line.split(['`', '<', '>']).filter(|name| name.contains('_')) {
            texts.push(name.replace('_', " "));
            bodies.extend(bodies_of(book, page, name));
        }
    }
    let of_texts = texts.iter().map(String::as_str).chain(bodies.iter().copied());
    let told = of_texts.flat_map(quantities::find).map(|quantity| quantity.amount);
    let done = bodies.iter().flat_map(|body| amounts::find(body));
    told.chain(done.filter(|amount| !matches!(amount, Amount::Count(_)))).collect()
}

/// What the tests of this name do, in the chapter's step and in `support/`.
fn bodies_of<'a>(book: &'a Book, page: &Page, name: &str) -> Vec<&'a str> {
    let start = format!("fn {name}(");
    let of_step = page.chapter().map(|number| format!("steps/{}/tests/", step_name(number)));
    let is_of_step = |path: &str| of_step.as_ref().is_none_or(|step| path.starts_with(step));
    let steps = book.texts_below("steps").filter(|(path, _)| is_of_step(path));
    let texts = steps.chain(book.texts_below("support"));
    let rust = texts.filter(|(path, _)| path.ends_with(".rs"));
    rust.filter_map(|(_, text)| {
        text.split_once(&start)?.1.split_once('{')?.1.split("\n}").next()
    })
    .collect()
}

/// A step of a scenario, `<li>31 minutes pass.</li>`, or what it ends with.
fn is_played(line: &str) -> bool {
    line.starts_with("<li>") || line.starts_with("<section")
}

/// What stands between these is no prose. Of two that begin at one place, the longer one counts.
const NO_PROSE: [(&str, &str); 5] =
    [("<!--", "-->"), ("<code>", "</code>"), ("<", ">"), ("{{", "}}"), ("](", ")")];

/// The page with everything else blanked out. Lines stay where they are.
fn prose(page: &Page) -> String {
    let mut prose = String::new();
    let mut rest = page.markdown.prose.as_str();
    while let Some((at, (open, close))) = next_mark(rest) {
        let inside = at + open.len();
        let end = rest[inside..].find(close).map_or(rest.len(), |n| inside + n + close.len());
        prose.push_str(&rest[..at]);
        // A stroke parts what stands before from what comes after.
        prose.extend(rest[at..end].chars().map(|c| if c == '\n' { c } else { '|' }));
        rest = &rest[end..];
    }
    prose.push_str(rest);
    let lines = prose.split_inclusive('\n').zip(page.text.lines());
    lines.map(|(line, text)| if is_played(text) { "\n" } else { line }).collect()
}

fn next_mark(text: &str) -> Option<(usize, (&'static str, &'static str))> {
    let found = NO_PROSE.iter().filter_map(|mark| Some((text.find(mark.0)?, *mark)));
    found.min_by_key(|(at, mark)| (*at, std::cmp::Reverse(mark.0.len())))
}
