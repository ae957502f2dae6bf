//! Order: the chapters stand in SUMMARY.md as they are numbered, and a chapter that shows something
//! of another step says so.

use crate::book::{Book, Page, Step};
use crate::directives::Directive;
use crate::fault::Fault;
use crate::markdown::{Link, Markdown};
use crate::steps;

/// The lines above an include and below it, a caption among them, in which the other step is named.
const ABOVE: usize = 8;
const BELOW: usize = 4;

/// Checks SUMMARY.md, then the includes of every chapter.
pub fn check(book: &Book) -> Vec<Fault> {
    let mut faults = summary_faults(book);
    faults.extend(book.pages.iter().flat_map(|page| page_faults(book, page)));
    faults
}

fn summary_faults(book: &Book) -> Vec<Fault> {
    let summary = Markdown::parse(book.text("src/SUMMARY.md").unwrap_or_default());
    let page = |link: &Link| {
        let path = format!("src/{}", link.target.trim_start_matches("./"));
        book.pages.iter().find(|page| page.path == path)
    };
    let chapters: Vec<(usize, u32, bool)> = summary
        .links
        .iter()
        .filter_map(|link| Some((link.line, page(link)?)))
        .filter_map(|(line, page)| Some((line, page.chapter()?, book.is_further(page))))
        .collect();
    let swapped = chapters.windows(2).filter(|pair| pair[0].1 > pair[1].1);
    let strays = chapters.windows(2).filter(|pair| pair[1].2 && pair[0].1 != pair[1].1);
    let mut faults: Vec<Fault> = swapped
        .map(|pair| {
            let message = format!(
                "chapter {} stands after chapter {}; move it up, or renumber its page and step",
                pair[1].1, pair[0].1
            );
            Fault::new("src/SUMMARY.md", pair[1].0, message)
        })
        .collect();
    faults.extend(strays.map(|pair| {
        let message = format!(
            "a page of chapter {} stands below one of chapter {}; move it below its own",
            pair[1].1, pair[0].1
        );
        Fault::new("src/SUMMARY.md", pair[1].0, message)
    }));
    faults.extend(summary.links.iter().filter_map(|link| {
        let title = &page(link)?.markdown.titles.first()?.text;
        // A chapter's heading and its entry are one line in two places, and so is an appendix's letter.
        (link.text != *title).then(|| {
            let message = format!("its page is called \"{title}\"; call both the same");
            Fault::new("src/SUMMARY.md", link.line, message)
        })
    }));
    faults
}

fn page_faults(book: &Book, page: &Page) -> Vec<Fault> {
    let Some(chapter) = page.chapter() else { return Vec::new() };
    let foreign = book.included(page).filter_map(|(directive, path)| {
        let step =
            book.steps.iter().find(|step| path.starts_with(&format!("{}/", step.path)))?;
        (step.number != chapter).then_some((directive, step))
    });
    foreign
        .filter(|(directive, step)| !says_so(page, directive, step))
        .map(|(directive, step)| {
            let message = format!(
                "{} is of step {:02}, and no word near it says so; name the step, or show this \
                 chapter's own",
                directive.text, step.number
            );
            Fault::new(&page.path, directive.line, message)
        })
        .collect()
}

fn says_so(page: &Page, directive: &Directive, step: &Step) -> bool {
    let first = directive.line.saturating_sub(ABOVE + 1);
    let near: Vec<&str> = page.text.lines().skip(first).take(ABOVE + 1 + BELOW).collect();
    // The path of an include is no word.
    let words = near.iter().filter(|line| !line.contains("{{#"));
    let words = words.copied().collect::<Vec<_>>().join(" ");
    steps::named_in(&words).any(|number| number == step.number)
}
