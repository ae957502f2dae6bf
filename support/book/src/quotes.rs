//! Quotes: what stands in code marks as if it had come over the wire did so, in a recording or by the
//! code of the step that the page shows.

use std::collections::BTreeSet;

use crate::book::{Book, Page};
use crate::fault::Fault;
use crate::markdown::Words;
use crate::steps;
use crate::tests::{self, Test};
use crate::tests_named::{around, names};

/// Excuses the line it stands on and the next.
const EXCUSE: &str = "quoted:";

const METHODS: [&str; 5] = ["DELETE", "GET", "HEAD", "POST", "PUT"];

/// The names of headers that are one word; the others have a hyphen.
const HEADERS: [&str; 7] = ["cookie", "date", "host", "location", "origin", "referer", "vary"];

const ATTRIBUTES: [&str; 5] = ["Domain=", "Expires=", "Max-Age=", "Path=", "SameSite="];

/// Checks what every page quotes.
pub fn check(book: &Book) -> Vec<Fault> {
    let tests = tests::all(book);
    book.pages.iter().flat_map(|page| page_faults(book, page, &tests)).collect()
}

fn page_faults(book: &Book, page: &Page, tests: &[Test]) -> Vec<Fault> {
    let shown = shown(book, page, tests);
    let mut excuses: Vec<(usize, bool)> = Vec::new();
    excuses.extend(page.markdown.comments_with(EXCUSE).map(|(one, _)| (one.line, false)));
    let mut faults = Vec::new();
    let quotes = page.markdown.codes.iter().filter(|code| is_quote(&code.text));
    for quote in quotes.filter(|quote| !is_so(book, page, quote, &shown)) {
        let covers =
            |excuse: &&mut (usize, bool)| (excuse.0..=excuse.0 + 1).contains(&quote.line);
        if let Some(excuse) = excuses.iter_mut().find(covers) {
            excuse.1 = true;
            continue;
        }
        let message = format!(
            "`{}` stands in no recording and no code that this page shows; correct it, or put \
             `<!-- {EXCUSE} reason -->` on this line or the one before",
            quote.text
        );
        faults.push(Fault::new(&page.path, quote.line, message));
    }
    faults.extend(excuses.iter().filter(|excuse| !excuse.1).map(|(line, _)| {
        Fault::new(&page.path, *line, format!("`{EXCUSE}` excuses nothing here; remove it"))
    }));
    faults
}

/// A request, a path, a status, a header, an attribute of a cookie, or something that names an
/// identifier of a recording.
fn is_quote(code: &str) -> bool {
    is_path(path_of(code))
        || is_status(code)
        || is_header(code)
        || ATTRIBUTES.iter().any(|name| code.contains(name))
        || code.contains("<sid-")
}

/// The path of `POST /order`, or the whole.
fn path_of(code: &str) -> &str {
    request(code).map_or(code, |(_, path)| path)
}

fn request(code: &str) -> Option<(&str, &str)> {
    code.split_once(' ').filter(|(method, _)| METHODS.contains(method))
}

fn is_path(code: &str) -> bool {
    let in_path = |c: char| c.is_ascii_alphanumeric() || "/-_.?=&%{}…".contains(c);
    code.starts_with('/') && code.len() > 1 && code.chars().all(in_path)
}

/// `303 See Other`
fn is_status(code: &str) -> bool {
    code.split_once(' ').is_some_and(|(number, reason)| {
        let is_number = number.len() == 3 && number.chars().all(|c| c.is_ascii_digit());
        is_number && reason.starts_with(|c: char| c.is_ascii_uppercase())
    })
}

/// `Cache-Control: no-store`
fn is_header(code: &str) -> bool {
    code.split_once(": ").is_some_and(|(name, _)| {
        let is_name = name.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
        is_name && (name.contains('-') || HEADERS.contains(&name.to_lowercase().as_str()))
    })
}

/// The steps whose recordings and code a page shows: the chapter's own, and all of them elsewhere;
/// besides them what it includes, and the files of the tests that it names.
fn shown<'a>(book: &'a Book, page: &Page, tests: &'a [Test]) -> Vec<&'a str> {
    let own = |step: u32| page.chapter().is_none_or(|chapter| chapter == step);
    let of_steps = book.steps.iter().filter(|step| own(step.number));
    let mut texts: Vec<&str> = of_steps.flat_map(|step| of_step(book, &step.path)).collect();
    texts.extend(book.included(page).filter_map(|(_, path)| book.text(&path)));
    let named: BTreeSet<&str> = names(page).map(|name| name.text.as_str()).collect();
    let files: BTreeSet<&str> = tests
        .iter()
        .filter(|test| test.step().is_none() && named.contains(test.name.as_str()))
        .map(|test| test.path.as_str())
        .collect();
    texts.extend(files.into_iter().filter_map(|path| book.text(path)));
    texts
}

fn of_step<'a>(book: &'a Book, path: &'a str) -> impl Iterator<Item = &'a str> {
    let texts = book.texts_below(path);
    let shown = |path: &str| path.contains("/src/") || path.ends_with(".snap");
    texts.filter(move |(path, _)| shown(path)).map(|(_, text)| text)
}

/// In what the page shows, or in a step that the paragraph names.
fn is_so(book: &Book, page: &Page, quote: &Words, shown: &[&str]) -> bool {
    let named: BTreeSet<u32> = steps::named_in(&around(page, quote.line)).collect();
    let others = book.steps.iter().filter(|step| named.contains(&step.number));
    let others = others.flat_map(|step| of_step(book, &step.path));
    let texts: Vec<&str> = shown.iter().copied().chain(others).collect();
    texts.iter().any(|text| holds(text, &quote.text)) || is_nested(&texts, &quote.text)
}

/// `/try/rolling/write-500`, whose routes stand one within another and whose end is made up of parts.
fn is_nested(texts: &[&str], quote: &str) -> bool {
    let path = path_of(quote);
    let is_any = |wanted: &dyn Fn(&str) -> bool| texts.iter().any(|text| wanted(text));
    path.rsplit_once('/').is_some_and(|(above, last)| {
        is_path(path)
            && !above.is_empty()
            && above
                .split('/')
                .skip(1)
                .all(|part| is_any(&|text| text.contains(&format!("\"/{part}\""))))
            && is_any(&|text| find_whole(text, last).is_some())
    })
}

fn holds(text: &str, quote: &str) -> bool {
    text.lines().any(|line| is_in_line(line, quote) || is_route(line, quote))
}

/// As written, whatever the case, with anything in the place of `…`.
fn is_in_line(line: &str, quote: &str) -> bool {
    let line = line.to_lowercase();
    let mut rest = line.as_str();
    quote.to_lowercase().split('…').all(|part| match find_whole(rest, part.trim()) {
        Some(end) => {
            rest = &rest[end..];
            true
        }
        None => false,
    })
}

/// Where the first occurrence ends that is not a part of a longer word, or of a longer path.
fn find_whole(text: &str, part: &str) -> Option<usize> {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/');
    text.match_indices(part).map(|(start, _)| (start, start + part.len())).find_map(
        |(start, end)| {
            let before = text[..start].ends_with(joins) && part.starts_with(joins);
            let after = text[end..].starts_with(joins) && part.ends_with(joins);
            (!before && !after).then_some(end)
        },
    )
}

/// A line of a router: `.route("/order", post(order))`.
fn is_route(line: &str, quote: &str) -> bool {
    request(quote).is_some_and(|(method, path)| {
        let path = path.split('?').next().unwrap_or_default();
        line.contains(&format!("\"{path}\""))
            && line.contains(&format!("{}(", method.to_lowercase()))
    })
}
