//! The tests of the repository: what is marked as one, where it stands, what it records.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, LexError, TokenStream, TokenTree};

use crate::book::Book;

/// A function marked `#[test]` or `#[tokio::test]`.
#[derive(Debug)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// The file it stands in.
    pub path: String,
    /// Whether `#[ignore]` keeps it from ever being run. What `cfg_attr` ignores where a program is
    /// missing runs elsewhere.
    pub is_ignored: bool,
    /// The texts in its body, among them the names of what it records.
    pub texts: BTreeSet<String>,
}

impl Test {
    /// The number of the step whose test this is.
    pub fn step(&self) -> Option<u32> {
        let (number, _) = self.path.strip_prefix("steps/step-")?.split_once('/')?;
        number.parse().ok()
    }

    /// The folder of its package: `steps/step-03`.
    pub fn folder(&self) -> &str {
        let within =
            ["/tests/", "/src/"].into_iter().find_map(|part| self.path.split_once(part));
        within.map_or(self.path.as_str(), |(folder, _)| folder)
    }
}

/// Every test below `steps/`, `support/` and `lab/`, in order of the files. What is no Rust,
/// [`crate::circles`] names.
pub fn all(book: &Book) -> Vec<Test> {
    let folders = ["lab", "steps", "support"];
    let files = folders.into_iter().flat_map(|folder| book.texts_below(folder));
    // To read a file without a test takes time and finds nothing.
    let rust = files.filter(|(path, text)| path.ends_with(".rs") && text.contains("test"));
    rust.filter_map(|(path, text)| in_file(path, text).ok()).flatten().collect()
}

fn in_file(path: &str, text: &str) -> Result<Vec<Test>, LexError> {
    let mut tests = Vec::new();
    read(path, text.parse()?, &mut tests);
    Ok(tests)
}

/// Reads functions, and those of the modules within.
fn read(path: &str, tokens: TokenStream, tests: &mut Vec<Test>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut attributes: Vec<String> = Vec::new();
    let mut name = None;
    for (at, token) in tokens.iter().enumerate() {
        match (token, tokens.get(at + 1)) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(group)))
                if hash.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
            {
                attributes.push(group.stream().to_string());
            }
            (TokenTree::Ident(keyword), Some(TokenTree::Ident(named))) if keyword == "fn" => {
                name = Some(named.to_string());
            }
            (TokenTree::Group(body), _) if body.delimiter() == Delimiter::Brace => {
                match name.take() {
                    Some(name) if attributes.iter().any(|one| marks_a_test(one)) => {
                        tests.push(Test {
                            name,
                            path: path.to_string(),
                            is_ignored: attributes.iter().any(|one| one.starts_with("ignore")),
                            texts: texts(body),
                        });
                    }
                    Some(_) => {}
                    None => read(path, body.stream(), tests),
                }
                attributes.clear();
            }
            (TokenTree::Punct(end), _) if end.as_char() == ';' => attributes.clear(),
            _ => {}
        }
    }
}

fn marks_a_test(attribute: &str) -> bool {
    let path = attribute.split(['(', '=']).next().unwrap_or_default().replace(' ', "");
    path == "test" || path == "tokio::test"
}

fn texts(body: &Group) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for token in body.stream() {
        match token {
            TokenTree::Group(group) => texts.extend(self::texts(&group)),
            TokenTree::Literal(literal) => {
                let written = literal.to_string();
                let inner = written.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                texts.extend(inner.map(str::to_string));
            }
            _ => {}
        }
    }
    texts
}
