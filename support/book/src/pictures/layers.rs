//! The layers that a step puts around its routes, as its code adds them.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A layer.
#[derive(Debug, PartialEq, Eq)]
pub struct Layer {
    /// What the code calls it: the function of a middleware, or the layer itself.
    pub name: String,
    /// The line that adds it.
    pub line: usize,
}

/// The layers of `app`, the outermost first: what is added last. Those of the functions that it calls
/// are among them.
pub fn of_app(text: &str) -> Vec<Layer> {
    let functions = functions(text.parse().unwrap_or_default());
    let mut reader = Reader { functions: &functions, layers: Vec::new() };
    reader.call("app");
    reader.layers.reverse();
    reader.layers
}

/// The bodies of the functions of a file.
fn functions(file: TokenStream) -> BTreeMap<String, Vec<TokenTree>> {
    let mut functions = BTreeMap::new();
    let mut name = None;
    let mut last_is_fn = false;
    for token in file {
        match &token {
            TokenTree::Ident(word) if last_is_fn => name = Some(word.to_string()),
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
                if let Some(name) = name.take() {
                    functions.insert(name, body.stream().into_iter().collect());
                }
            }
            _ => {}
        }
        last_is_fn = matches!(&token, TokenTree::Ident(word) if word == "fn");
    }
    functions
}

struct Reader<'a> {
    functions: &'a BTreeMap<String, Vec<TokenTree>>,
    layers: Vec<Layer>,
}

impl Reader<'_> {
    fn call(&mut self, function: &str) {
        if let Some(body) = self.functions.get(function) {
            self.read(body, body);
        }
    }

    /// What is given to a function is there before the function adds its own.
    fn read(&mut self, tokens: &[TokenTree], body: &[TokenTree]) {
        for (at, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else { continue };
            let given: Vec<TokenTree> = group.stream().into_iter().collect();
            self.read(&given, body);
            match &tokens[..at] {
                [.., TokenTree::Punct(dot), TokenTree::Ident(word)]
                    if dot.as_char() == '.' && word == "layer" =>
                {
                    let name = name(&given, body);
                    self.layers.push(Layer { name, line: word.span().start().line });
                }
                // What follows a dot or `::` is no function of this file.
                [.., TokenTree::Punct(mark), TokenTree::Ident(_)]
                    if [':', '.'].contains(&mark.as_char()) => {}
                [.., TokenTree::Ident(function)] => self.call(&function.to_string()),
                _ => {}
            }
        }
    }
}

/// `cookie::mend` of `middleware::map_response(cookie::mend)`, `cookie::sessions` of
/// `cookie::sessions(store).with_signed(key)`. A variable is looked up.
fn name(layer: &[TokenTree], body: &[TokenTree]) -> String {
    if let [TokenTree::Ident(variable)] = layer
        && let Some(value) = value_of(&variable.to_string(), body)
    {
        return name(value, &[]);
    }
    let is_group = |token: &TokenTree| matches!(token, TokenTree::Group(_));
    let end = layer.iter().position(is_group).unwrap_or(layer.len());
    let path = path(&layer[..end]);
    match layer.get(end) {
        Some(TokenTree::Group(group)) if path.starts_with("middleware::") => {
            let given: Vec<TokenTree> = group.stream().into_iter().collect();
            let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
            let last = given.rsplit(is_comma).find(|part| !part.is_empty());
            last.map_or(path, self::path)
        }
        _ => path.trim_end_matches("::new").to_owned(),
    }
}

fn path(tokens: &[TokenTree]) -> String {
    tokens.iter().map(ToString::to_string).collect()
}

/// What `let` gives to a variable.
fn value_of<'a>(variable: &str, body: &'a [TokenTree]) -> Option<&'a [TokenTree]> {
    let is_it = |tokens: &[TokenTree]| match tokens {
        [TokenTree::Ident(keyword), TokenTree::Ident(name), TokenTree::Punct(mark)] => {
            keyword == "let" && name == variable && mark.as_char() == '='
        }
        _ => false,
    };
    let start = body.windows(3).position(is_it)? + 3;
    let is_end =
        |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';');
    body[start..].split(is_end).next()
}
