//! A page of Markdown, parsed as mdBook parses it: fences, links, comments, with their lines.

use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use crate::html;

/// The parts of a page that the checks ask for.
#[derive(Default)]
pub struct Markdown {
    /// Code blocks.
    pub fences: Vec<Fence>,
    /// Links and images written as Markdown.
    pub links: Vec<Link>,
    /// HTML comments.
    pub comments: Vec<Comment>,
    /// The tags of HTML written in the page.
    pub tags: Vec<html::Tag>,
    /// The page with its code blanked out, so that `<title>` in a sentence is not taken for a tag.
    /// Lines stay where they are.
    pub prose: String,
}

/// A code block.
pub struct Fence {
    /// The line of its opening fence.
    pub line: usize,
    /// The line of its closing fence.
    pub last_line: usize,
    /// What follows the opening fence: `rust`.
    pub info: String,
    /// The code.
    pub body: String,
    /// Made by indentation, without a fence.
    pub indented: bool,
}

/// A link or an image.
pub struct Link {
    /// The line it begins on.
    pub line: usize,
    /// Where it leads, as written.
    pub target: String,
}

/// `<!-- … -->`.
pub struct Comment {
    /// The line it begins on.
    pub line: usize,
    /// What is in it, trimmed.
    pub body: String,
}

impl Markdown {
    /// Parses a page.
    pub fn parse(text: &str) -> Self {
        let mut markdown = Self::default();
        let mut code: Vec<Range<usize>> = Vec::new();
        let mut open: Option<Fence> = None;
        for (event, range) in new_cmark_parser(text, &options()).into_offset_iter() {
            let line = line_at(text, range.start);
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    open = Some(fence(text, &kind, &range));
                    code.push(range);
                }
                Event::End(TagEnd::CodeBlock) => markdown.fences.extend(open.take()),
                Event::Text(part) => {
                    if let Some(fence) = &mut open {
                        fence.body.push_str(&part);
                    }
                }
                Event::Code(_) => code.push(range),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    markdown.links.push(Link { line, target: dest_url.to_string() });
                }
                _ => {}
            }
        }
        markdown.comments = comments(text, &code);
        markdown.prose = blank(text, &code);
        let pieces = html::pieces(&markdown.prose);
        markdown.tags = html::tags(&pieces).cloned().collect();
        markdown
    }

    /// The comment that begins with `keyword`, wherever it stands, one after another.
    pub fn comments_with<'a>(
        &'a self,
        keyword: &'a str,
    ) -> impl Iterator<Item = (&'a Comment, &'a str)> + 'a {
        self.comments.iter().filter_map(move |comment| {
            Some((comment, comment.body.strip_prefix(keyword)?.trim()))
        })
    }
}

/// The options of book.toml; smart punctuation changes no offset that matters here.
fn options() -> MarkdownOptions {
    let mut options = MarkdownOptions::default();
    options.smart_punctuation = false;
    options
}

fn fence(text: &str, kind: &CodeBlockKind<'_>, range: &Range<usize>) -> Fence {
    let written = text[range.clone()].trim_end();
    let line = line_at(text, range.start);
    let (info, indented) = match kind {
        CodeBlockKind::Fenced(info) => (info.to_string(), false),
        CodeBlockKind::Indented => (String::new(), true),
    };
    let last_line = line + written.matches('\n').count();
    Fence { line, last_line, info, body: String::new(), indented }
}

/// The number of the line that holds the byte at `offset`.
pub fn line_at(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

fn comments(text: &str, code: &[Range<usize>]) -> Vec<Comment> {
    let mut comments = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("<!--").map(|at| from + at) {
        from = start + 4;
        if code.iter().any(|range| range.contains(&start)) {
            continue;
        }
        let Some(length) = text[from..].find("-->") else { break };
        let body = text[from..from + length].trim().to_string();
        comments.push(Comment { line: line_at(text, start), body });
        from += length + 3;
    }
    comments
}

fn blank(text: &str, code: &[Range<usize>]) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut end = 0;
    for range in code {
        blanked.push_str(&text[end..range.start]);
        blanked.extend(text[range.clone()].chars().map(|c| if c == '\n' { c } else { ' ' }));
        end = range.end;
    }
    blanked + &text[end..]
}
