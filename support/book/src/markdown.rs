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
    /// What stands in code marks within a sentence, in order of the lines.
    pub codes: Vec<Words>,
    /// What is in italics, with the mark that it begins with: `*x`.
    pub italics: Vec<Words>,
    /// What a link may lead to by name: headings, and the terms of a definition list.
    pub titles: Vec<Words>,
    /// The rows of tables, the heads among them.
    pub rows: Vec<Row>,
}

/// A row of a table.
pub struct Row {
    /// The line it stands on.
    pub line: usize,
    /// Whether it is the head of its table.
    pub is_head: bool,
    /// Its cells as written.
    pub cells: Vec<String>,
}

/// Words that are marked in some way.
pub struct Words {
    /// The line they begin on.
    pub line: usize,
    /// The words, without their mark; a line break is a space.
    pub text: String,
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
    /// What is read of it, or heard of an image.
    pub text: String,
    /// Whether it is an image.
    pub is_image: bool,
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
        // What is being read of links, headings and the like, the innermost last.
        let mut reading: Vec<Words> = Vec::new();
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
                    read(&mut reading, &part);
                }
                Event::SoftBreak | Event::HardBreak => read(&mut reading, " "),
                Event::Code(words) => {
                    read(&mut reading, &words);
                    markdown.codes.push(Words { line, text: words.into_string() });
                    code.push(range);
                }
                Event::Start(tag @ (Tag::TableHead | Tag::TableRow)) => {
                    let is_head = tag == Tag::TableHead;
                    markdown.rows.push(Row { line, is_head, cells: Vec::new() });
                }
                Event::Start(Tag::TableCell) => {
                    let row = markdown.rows.last_mut();
                    let cells = row.map(|row| &mut row.cells);
                    cells.into_iter().for_each(|cells| cells.push(text[range.clone()].into()));
                }
                Event::Start(tag) => {
                    if let Some(first) = first_words(&tag, &text[range]) {
                        reading.push(Words { line, text: first });
                    }
                    if let Tag::Link { dest_url: target, .. }
                    | Tag::Image { dest_url: target, .. } = &tag
                    {
                        markdown.links.push(Link {
                            line,
                            target: target.to_string(),
                            text: String::new(),
                            is_image: matches!(tag, Tag::Image { .. }),
                        });
                    }
                }
                Event::End(tag) => markdown.keep(tag, &mut reading),
                _ => {}
            }
        }
        markdown.comments = comments(text, &code);
        markdown.prose = blank(text, &code);
        let pieces = html::pieces(&markdown.prose);
        markdown.tags = html::tags(&pieces).cloned().collect();
        markdown.codes.extend(html_codes(&pieces));
        markdown.codes.sort_by_key(|words| words.line);
        markdown
    }

    /// Puts away what was read up to the end of this tag.
    fn keep(&mut self, tag: TagEnd, reading: &mut Vec<Words>) {
        match tag {
            TagEnd::Emphasis => self.italics.extend(reading.pop()),
            TagEnd::Heading(_) | TagEnd::DefinitionListTitle => {
                self.titles.extend(reading.pop());
            }
            TagEnd::Link | TagEnd::Image => {
                let words = reading.pop().map_or(String::new(), |words| words.text);
                // A link may hold an image, which is later in the list and ended before it.
                let is_image = tag == TagEnd::Image;
                let mut links = self.links.iter_mut().rev();
                let ended =
                    links.find(|link| link.is_image == is_image && link.text.is_empty());
                if let Some(link) = ended {
                    link.text = words;
                }
            }
            _ => {}
        }
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

/// What is read of this tag before its text: the mark of italics, and nothing of the others. None
/// for a tag whose words no check asks for.
fn first_words(tag: &Tag<'_>, written: &str) -> Option<String> {
    match tag {
        Tag::Emphasis => Some(written[..1].to_string()),
        Tag::Heading { .. }
        | Tag::DefinitionListTitle
        | Tag::Link { .. }
        | Tag::Image { .. } => Some(String::new()),
        _ => None,
    }
}

/// Whatever is read belongs to all that is open around it.
fn read(reading: &mut [Words], text: &str) {
    for words in reading {
        words.text.push_str(text);
    }
}

/// What stands in `<code>` written as HTML.
fn html_codes(pieces: &[html::Piece]) -> impl Iterator<Item = Words> {
    pieces.windows(2).filter_map(|pair| match pair {
        [html::Piece::Open(tag), html::Piece::Text(text)] if tag.name == "code" => {
            Some(Words { line: tag.line, text: text.clone() })
        }
        _ => None,
    })
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
