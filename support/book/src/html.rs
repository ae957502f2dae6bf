//! HTML as a flat list of tags and texts, from html5ever's tokenizer.
//!
//! The checks ask for attributes and for what stands between two tags. A list answers both
//! and keeps the order of the page; a tree would need a selector engine to answer.

use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag as Token5, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer,
    TokenizerOpts,
};

/// A tag or a text.
#[derive(Clone, Debug)]
pub enum Piece {
    /// `<name …>`.
    Open(Tag),
    /// `</name>`.
    Close(String),
    /// Text, with character references resolved.
    Text(String),
}

/// An opening tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its name, in lower case.
    pub name: String,
    /// Its attributes, sorted by name.
    pub attributes: Vec<(String, String)>,
    /// Whether it ends with `/>`.
    pub self_closing: bool,
    /// The line it ends on.
    pub line: usize,
}

impl Tag {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether two tags say the same, wherever they stand.
    pub fn is_like(&self, other: &Tag) -> bool {
        self.name == other.name && self.attributes == other.attributes
    }

    /// Whether the `class` attribute holds this class.
    pub fn has_class(&self, class: &str) -> bool {
        self.attribute("class")
            .is_some_and(|all| all.split_whitespace().any(|one| one == class))
    }
}

/// The tags and texts of an HTML document or of a part of one.
pub fn pieces(html: &str) -> Vec<Piece> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    // The tokenizer stops after each script, for a browser to run it.
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    tokenizer.sink.pieces.into_inner()
}

/// What stands between `<main>` and `</main>`: the chapter, without mdBook's own furniture.
pub fn main_part(pieces: &[Piece]) -> &[Piece] {
    let start =
        pieces.iter().position(|piece| matches!(piece, Piece::Open(t) if t.name == "main"));
    let end = pieces.iter().rposition(|piece| matches!(piece, Piece::Close(n) if n == "main"));
    match (start, end) {
        (Some(start), Some(end)) if start < end => &pieces[start + 1..end],
        _ => pieces,
    }
}

/// The opening tags among the pieces.
pub fn tags(pieces: &[Piece]) -> impl Iterator<Item = &Tag> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Open(tag) => Some(tag),
        _ => None,
    })
}

#[derive(Default)]
struct Sink {
    pieces: RefCell<Vec<Piece>>,
    /// In an `<svg>`, where `<title>` and `<style>` are elements like any other.
    svg_depth: Cell<usize>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => self.open(&tag, line),
            Token::TagToken(tag) => self.close(&tag.name),
            Token::CharacterTokens(text) => self.text(&text),
            _ => TokenSinkResult::Continue,
        }
    }
}

impl Sink {
    fn open(&self, tag: &Token5, line: u64) -> TokenSinkResult<()> {
        let name = tag.name.to_string();
        let mut attributes: Vec<_> = tag
            .attrs
            .iter()
            .map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string()))
            .collect();
        attributes.sort();
        if name == "svg" && !tag.self_closing {
            self.svg_depth.set(self.svg_depth.get() + 1);
        }
        let result = match name.as_str() {
            _ if self.svg_depth.get() > 0 => TokenSinkResult::Continue,
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" => TokenSinkResult::RawData(RawKind::Rawtext),
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        };
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        let tag = Tag { name, attributes, self_closing: tag.self_closing, line };
        self.pieces.borrow_mut().push(Piece::Open(tag));
        result
    }

    fn close(&self, name: &str) -> TokenSinkResult<()> {
        if name == "svg" {
            self.svg_depth.set(self.svg_depth.get().saturating_sub(1));
        }
        self.pieces.borrow_mut().push(Piece::Close(name.to_string()));
        TokenSinkResult::Continue
    }

    /// The tokenizer hands text over in runs; here they become one.
    fn text(&self, text: &str) -> TokenSinkResult<()> {
        let mut pieces = self.pieces.borrow_mut();
        if let Some(Piece::Text(last)) = pieces.last_mut() {
            last.push_str(text);
        } else {
            pieces.push(Piece::Text(text.to_string()));
        }
        TokenSinkResult::Continue
    }
}
