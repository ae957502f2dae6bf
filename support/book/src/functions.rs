//! The functions of a file of Rust, and what each of them calls.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A function with a body.
#[derive(Default)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of its name.
    pub line: usize,
    /// Whether it has `#[test]` or `#[tokio::test]`.
    pub is_test: bool,
    /// Whether `#[ignore]` keeps it from ever being run. What `cfg_attr` ignores where a program is
    /// missing runs elsewhere.
    pub is_ignored: bool,
    /// Whether it has `#[should_panic]`.
    pub should_panic: bool,
    /// The macros in its body, without their `!`.
    pub macros: BTreeSet<String>,
    /// The functions and methods that its body calls, by their last names.
    pub calls: BTreeSet<String>,
    /// Those that its last statement calls.
    pub last_calls: BTreeSet<String>,
    /// The texts in its body, among them the names of what it records.
    pub texts: BTreeSet<String>,
}

/// All functions of a text, in order; of one that is not Rust there are none.
pub fn find(text: &str) -> Vec<Function> {
    let mut functions = Vec::new();
    read(text.parse().unwrap_or_default(), &mut functions);
    functions
}

fn read(tokens: TokenStream, functions: &mut Vec<Function>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut next = Function::default();
    for (at, token) in tokens.iter().enumerate() {
        match (token, tokens.get(at + 1)) {
            (TokenTree::Punct(punct), Some(TokenTree::Group(attribute)))
                if punct.as_char() == '#' =>
            {
                let words: String = attribute.stream().to_string().split(' ').collect();
                let path = words.split(['(', '=']).next().unwrap_or_default();
                next.is_test |= path == "test" || path == "tokio::test";
                next.is_ignored |= path == "ignore";
                next.should_panic |= words.starts_with("should_panic");
            }
            (TokenTree::Ident(keyword), Some(TokenTree::Ident(name))) if keyword == "fn" => {
                next.name = name.to_string();
                next.line = name.span().start().line;
            }
            // The end of a function without a body, or of another item.
            (TokenTree::Punct(punct), _) if punct.as_char() == ';' => {
                next = Function::default()
            }
            (TokenTree::Group(body), _) if body.delimiter() == Delimiter::Brace => {
                if next.name.is_empty() {
                    read(body.stream(), functions);
                } else {
                    functions.push(std::mem::take(&mut next).with_body(body.stream()));
                }
                next = Function::default();
            }
            _ => {}
        }
    }
}

impl Function {
    fn with_body(mut self, body: TokenStream) -> Self {
        let tokens: Vec<TokenTree> = body.into_iter().collect();
        self.read(&tokens);
        let mut last = Self::default();
        last.read(last_statement(&tokens));
        self.last_calls = last.calls;
        self
    }

    fn read(&mut self, tokens: &[TokenTree]) {
        for (at, token) in tokens.iter().enumerate() {
            match (token, tokens.get(at + 1)) {
                (TokenTree::Ident(name), Some(TokenTree::Punct(mark)))
                    if mark.as_char() == '!' =>
                {
                    self.macros.insert(name.to_string());
                }
                (TokenTree::Ident(name), Some(TokenTree::Group(group)))
                    if group.delimiter() == Delimiter::Parenthesis =>
                {
                    self.calls.insert(name.to_string());
                }
                _ => {}
            }
            if let TokenTree::Literal(literal) = token {
                let written = literal.to_string();
                let inner = written.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                self.texts.extend(inner.map(str::to_string));
            }
            if let TokenTree::Group(group) = token {
                self.read(&group.stream().into_iter().collect::<Vec<_>>());
            }
        }
    }
}

fn last_statement(tokens: &[TokenTree]) -> &[TokenTree] {
    let is_end =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
    tokens.split(is_end).rfind(|statement| !statement.is_empty()).unwrap_or_default()
}
