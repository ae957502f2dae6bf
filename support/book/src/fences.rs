//! Code blocks: each names its language, and Rust comes from a step that is compiled.

use crate::book::{Book, Page};
use crate::directives;
use crate::fault::Fault;
use crate::markdown::{Comment, Fence};

/// What a block may be written in: what mdBook colours by this name, and what the book prints.
const LANGUAGES: [&str; 8] = ["console", "diff", "ini", "js", "nginx", "rust", "text", "toml"];

/// Checks the code blocks of all that is read as prose.
pub fn check(book: &Book) -> Vec<Fault> {
    book.prose().flat_map(page_faults).collect()
}

fn page_faults(page: &Page) -> Vec<Fault> {
    let mut faults: Vec<Fault> = page
        .markdown
        .fences
        .iter()
        .filter_map(|fence| Some(Fault::new(&page.path, fence.line, flaw(page, fence)?)))
        .collect();
    for (comment, reason) in page.markdown.comments_with("not run:") {
        if let Some(flaw) = excuse_flaw(page, comment, reason) {
            faults.push(Fault::new(&page.path, comment.line, flaw));
        }
    }
    faults
}

fn flaw(page: &Page, fence: &Fence) -> Option<String> {
    if fence.indented {
        return Some("code by indentation has no language; put it in a fence: ```text".into());
    }
    if fence.info.trim().is_empty() {
        return Some("the code block names no language; write ```text if it has none".into());
    }
    let language = language(fence);
    if !LANGUAGES.contains(&language) {
        let known = LANGUAGES.join(", ");
        return Some(format!("`{language}` is no language of this book: {known}; name one"));
    }
    (needs_excuse(fence) && excuse(page, fence).is_none()).then(|| {
        "Rust that no test compiles; include it from a step, or put \
         `<!-- not run: reason -->` on the line before"
            .into()
    })
}

fn language(fence: &Fence) -> &str {
    fence.info.split([',', ' ', '{']).next().unwrap_or_default()
}

/// Rust that is not all includes.
fn needs_excuse(fence: &Fence) -> bool {
    let mut lines = fence.body.lines().filter(|line| !line.trim().is_empty());
    let mut any = false;
    let included = lines.all(|line| {
        any = true;
        is_include(line)
    });
    language(fence) == "rust" && !(included && any)
}

fn is_include(line: &str) -> bool {
    directives::find(line).iter().any(|one| one.is_include() && one.text == line.trim())
}

fn excuse<'a>(page: &'a Page, fence: &Fence) -> Option<&'a Comment> {
    page.markdown
        .comments_with("not run:")
        .map(|(comment, _)| comment)
        .find(|comment| comment.line + 1 == fence.line)
}

fn excuse_flaw(page: &Page, comment: &Comment, reason: &str) -> Option<&'static str> {
    if reason.is_empty() {
        return Some("`not run:` gives no reason; add one");
    }
    let needed = page
        .markdown
        .fences
        .iter()
        .any(|fence| fence.line == comment.line + 1 && needs_excuse(fence));
    (!needed).then_some("`not run:` excuses nothing on the next line; remove it")
}
