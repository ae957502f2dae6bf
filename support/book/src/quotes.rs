//! Quotes: what stands in code marks as if it had come over the wire did so, in a recording or by the
//! code of the step that the page shows.

use std::collections::BTreeSet;

use crate::book::{Book, Page};
use crate::fault::Fault;
use crate::markdown::Words;
use crate::recordings::DIFFS;
use crate::steps;
use crate::tests::{self, Test};
use crate::tests_named::{around, names};

/// Excuses the line it stands on and the next.
const EXCUSE: &str = "quoted:";

const METHODS: [&str; 5] = ["DELETE", "GET", "HEAD", "POST", "PUT"];

/// The names of headers that are one word; the others have a hyphen.
const HEADERS: [&str; 7] = ["cookie", "date", "host", "location", "origin", "referer", "vary"];

/// What begins a command and no sentence.
const COMMANDS: [&str; 4] = ["bash", "cargo", "curl", "npm"];

const ATTRIBUTES: [&str; 5] = ["Domain=", "Expires=", "Max-Age=", "Path=", "SameSite="];

/// Checks what every page quotes.
pub fn check(book: &Book) -> Vec<Fault> {
    let tests = tests::all(book);
    book.pages.iter().flat_map(|page| page_faults(book, page, &tests)).collect()
}

fn page_faults(book: &Book, page: &Page, tests: &[Test]) -> Vec<Fault> {
    let shown = Shown::on(book, page, tests);
    let mut excuses: Vec<(usize, bool)> = Vec::new();
    excuses.extend(page.markdown.comments_with(EXCUSE).map(|(one, _)| (one.line, false)));
    let mut faults = Vec::new();
    let quotes = page.markdown.codes.iter().filter(|code| is_quote(&code.text));
    for quote in quotes.filter(|quote| !shown.has(quote)) {
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

/// A request, a path, a status, a header, an attribute of a cookie, something that names an
/// identifier of a recording, or a sentence.
fn is_quote(code: &str) -> bool {
    is_path(path_of(code))
        || is_status(code)
        || is_header(code)
        || ATTRIBUTES.iter().any(|name| code.contains(name))
        || code.contains("<sid-")
        || is_sentence(code)
}

/// `Too many tries. Wait a minute.`: three words or more, without the marks of a program or a
/// command, as a page or a log has them.
fn is_sentence(code: &str) -> bool {
    let is_word = |word: &str| {
        let end = word
            .trim_start_matches(['(', '`'])
            .trim_end_matches(['.', ',', ':', '?', ')', '`']);
        end == "…" || end.split(['\'', '-']).all(|part| part.chars().all(char::is_alphanumeric))
    };
    let words: Vec<&str> = code.split(' ').collect();
    words.len() > 2 && words.iter().all(|word| is_word(word)) && !COMMANDS.contains(&words[0])
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

/// What a page may quote.
struct Shown<'a> {
    book: &'a Book,
    page: &'a Page,
    tests: &'a [Test],
    /// The recordings and the code of the chapter's own step, and of all of them outside the
    /// chapters; besides them what the page includes, and the files of the tests of `support/` that it
    /// names.
    texts: Vec<&'a str>,
}

impl<'a> Shown<'a> {
    fn on(book: &'a Book, page: &'a Page, tests: &'a [Test]) -> Self {
        let mut shown = Self { book, page, tests, texts: Vec::new() };
        let own = book.steps.iter().filter(|step| shown.is_own(step.number));
        let mut texts: Vec<&str> = own.flat_map(|step| of_step(book, &step.path)).collect();
        // A diff has what is gone, too, and nothing new that the step has not.
        let included = book.included(page).map(|(_, path)| path);
        let included = included.filter(|path| !path.starts_with(DIFFS));
        texts.extend(included.filter_map(|path| book.text(&path)));
        let named: BTreeSet<&str> = names(page).map(|name| name.text.as_str()).collect();
        let named = tests.iter().filter(|test| named.contains(test.name.as_str()));
        let files: BTreeSet<&str> =
            named.filter(|test| test.step().is_none()).map(|test| test.path.as_str()).collect();
        texts.extend(files.into_iter().filter_map(|path| book.text(path)));
        shown.texts = texts;
        shown
    }

    fn is_own(&self, step: u32) -> bool {
        self.page.chapter().is_none_or(|chapter| chapter == step)
    }

    /// In what the page shows, or in a step that the sentence names.
    fn has(&self, quote: &Words) -> bool {
        let named: BTreeSet<u32> = steps::named_in(&self.sentence(quote)).collect();
        let others = self.book.steps.iter().filter(|step| named.contains(&step.number));
        let others = others.flat_map(|step| of_step(self.book, &step.path));
        let texts: Vec<&str> = self.texts.iter().copied().chain(others).collect();
        if is_sentence(&quote.text) {
            return self.is_said(&texts, &quote.text);
        }
        texts.iter().any(|text| holds(text, &quote.text)) || is_nested(&texts, &quote.text)
    }

    /// The sentence that quotes, or the whole paragraph if the quote is more than one.
    fn sentence(&self, quote: &Words) -> String {
        let paragraph = around(self.page, quote.line);
        let mut sentences = paragraph.split(". ");
        let found = sentences.find(|sentence| sentence.contains(&quote.text));
        found.map_or(paragraph.clone(), str::to_string)
    }

    /// A program puts what it says together: `step-06 cannot start: ` and its cause, each of which
    /// stands in its code, or in a test that waits for it.
    fn is_said(&self, texts: &[&str], quote: &str) -> bool {
        let own = self.tests.iter().filter(|test| test.step().is_some_and(|n| self.is_own(n)));
        let awaited: Vec<&str> = own.flat_map(|test| &test.texts).map(String::as_str).collect();
        quote.split(": ").all(|part| {
            let part = part.trim_end_matches('.');
            let said = part.strip_prefix("step-").and_then(|part| part.split_once(' '));
            let said = said.map_or(part, |(_, said)| said);
            let mut lines = texts.iter().chain(&awaited).flat_map(|text| text.lines());
            lines.any(|line| is_in_line(line, said))
        })
    }
}

fn of_step<'a>(book: &'a Book, path: &'a str) -> impl Iterator<Item = &'a str> {
    let is_shown = |path: &str| path.contains("/src/") || path.ends_with(".snap");
    let texts = book.texts_below(path);
    texts.filter(move |(path, _)| is_shown(path)).map(|(_, text)| text)
}

/// `/try/rolling/write-500`, whose routes stand one within another and whose end is put together.
fn is_nested(texts: &[&str], quote: &str) -> bool {
    let path = path_of(quote);
    let Some((above, last)) = path.rsplit_once('/').filter(|_| is_path(path)) else {
        return false;
    };
    let mut routes = above.split('/').skip(1).map(|part| format!("\"/{part}\""));
    !above.is_empty()
        && routes.all(|route| texts.iter().any(|text| text.contains(&route)))
        && texts.iter().any(|text| find_whole(text, last).is_some())
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
