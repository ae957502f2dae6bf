//! The modules of a crate, and which of them a file names.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, Ident, LexError, Punct, TokenStream, TokenTree};

/// The module of a file below the folder of its crate's root, as in `web::cookie`; empty for the
/// root itself.
pub fn module_of(path: &str) -> String {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop_if(|last| ["lib", "main", "mod"].contains(last));
    parts.join("::")
}

/// The other modules that a file of the module `own` names, each with the line.
///
/// A path names the module that it leads into, wherever it stands: in a `use`, a signature, a body,
/// or in what a macro is given. `mod x;` names nobody: a folder has to say what is in it.
///
/// # Errors
/// If the text is not Rust.
pub fn named_in(
    text: &str,
    own: &str,
    modules: &BTreeSet<String>,
) -> Result<Vec<(String, usize)>, LexError> {
    let here = own.split("::").filter(|part| !part.is_empty()).map(str::to_string).collect();
    let mut reader = Reader { own, modules, here, named: Vec::new() };
    reader.read(text.parse()?);
    Ok(reader.named)
}

struct Reader<'a> {
    own: &'a str,
    modules: &'a BTreeSet<String>,
    /// The file's module, and the `mod x { … }` around what is read.
    here: Vec<String>,
    named: Vec<(String, usize)>,
}

/// The parts of a path from the crate's root on, each with the line that it is on.
#[derive(Clone)]
struct Path {
    parts: Vec<(String, usize)>,
    line: usize,
}

impl Reader<'_> {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for at in 0..tokens.len() {
            let (before, rest) = tokens.split_at(at);
            match rest {
                // What follows `::` belongs to the path before.
                _ if matches!(before, [.., first, second] if are_colons(first, second)) => {}
                [TokenTree::Group(group), ..] => self.read_group(before, group),
                [TokenTree::Ident(first), one, two, rest @ ..] if are_colons(one, two) => {
                    self.follow(self.start(first), rest);
                }
                _ => {}
            }
        }
    }

    fn read_group(&mut self, before: &[TokenTree], group: &Group) {
        match before {
            [.., TokenTree::Ident(keyword), TokenTree::Ident(name)]
                if keyword == "mod" && group.delimiter() == Delimiter::Brace =>
            {
                self.here.push(name.to_string());
                self.read(group.stream());
                self.here.pop();
            }
            _ => self.read(group.stream()),
        }
    }

    /// Where a path with this first word begins. One that leads out of the crate begins here too:
    /// it names no module that the crate has.
    fn start(&self, first: &Ident) -> Path {
        let line = first.span().start().line;
        let mut parts: Vec<_> = self.here.iter().map(|part| (part.clone(), line)).collect();
        match first.to_string().as_str() {
            "crate" => parts.clear(),
            "self" => {}
            "super" => drop(parts.pop()),
            name => parts.push((name.to_string(), line)),
        }
        Path { parts, line }
    }

    /// Follows a path to its end, or to all its ends.
    fn follow(&mut self, mut path: Path, tokens: &[TokenTree]) {
        match tokens {
            [TokenTree::Ident(word), rest @ ..] => {
                if word == "super" {
                    path.parts.pop();
                } else {
                    path.parts.push((word.to_string(), word.span().start().line));
                }
                match rest {
                    [one, two, rest @ ..] if are_colons(one, two) => self.follow(path, rest),
                    _ => self.name(&path),
                }
            }
            [TokenTree::Group(list), ..] => {
                let list: Vec<TokenTree> = list.stream().into_iter().collect();
                let ends =
                    list.split(|token| is_punct(token, ',')).filter(|end| !end.is_empty());
                ends.for_each(|end| self.follow(path.clone(), end));
            }
            _ => self.name(&path),
        }
    }

    fn name(&mut self, path: &Path) {
        let mut lengths = (0..=path.parts.len()).rev();
        let Some(length) = lengths.find(|length| self.modules.contains(&path.name(*length)))
        else {
            return;
        };
        let module = path.name(length);
        if module != self.own {
            let part =
                length.checked_sub(1).map_or(path.parts.first(), |at| path.parts.get(at));
            self.named.push((module, part.map_or(path.line, |(_, line)| *line)));
        }
    }
}

impl Path {
    /// Its first parts, as in `web::cookie`.
    fn name(&self, length: usize) -> String {
        let parts: Vec<&str> =
            self.parts[..length].iter().map(|(part, _)| part.as_str()).collect();
        parts.join("::")
    }
}

fn are_colons(first: &TokenTree, second: &TokenTree) -> bool {
    is_punct(first, ':') && is_punct(second, ':')
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if Punct::as_char(punct) == wanted)
}
