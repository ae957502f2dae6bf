//! Compares what a page prints with what comes, where some of it is another one each time.

use std::{collections::BTreeMap, sync::LazyLock};

use regex_lite::{Regex, escape};

use crate::page::Line;

/// What stands for lines, or for a part of one, that the page leaves out.
const LEFT_OUT: &str = "…";

/// What is another one each time, and is matched by its form. The first is an identifier, its
/// signature or a token, behind what it is the value of: the same one comes again where the page
/// prints the same one again, and another one where it prints another.
const FORMS: [&str; 5] = [
    r#"[=…"][0-9A-Za-z+/_-]{22,}"#,
    // Seconds, as curl tells them.
    r"\b\d+\.\d{6}\b",
    // The time of a log, and of a header.
    r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
    r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
    r"\bcurl/\d+(\.\d+)+",
];

/// How many characters identifiers and signatures have: 128 bits as base64 and in hexadecimal, 256
/// bits as base64.
const LENGTHS: [usize; 3] = [22, 32, 43];

static VARIES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&FORMS.map(|form| format!("({})", form.replace('(', "(?:"))).join("|"))
        .expect("a pattern")
});

/// What a printed identifier is in this run.
#[derive(Clone, Debug, Default)]
pub struct Identifiers(BTreeMap<String, String>);

impl Identifiers {
    /// What is typed is sent as it stands.
    pub fn typed(&mut self, command: &str) {
        for (_, identifier) in pieces(command).filter_map(|piece| piece.identifier()) {
            self.0.entry(identifier.to_owned()).or_insert_with(|| identifier.to_owned());
        }
    }

    /// Whether this one may have come where that one is printed.
    fn agree(&mut self, printed: &str, came: &str) -> bool {
        if let Some(known) = self.0.get(printed) {
            return known == came;
        }
        let new = !self.0.values().any(|known| known == came);
        self.0.insert(printed.to_owned(), came.to_owned());
        new
    }
}

/// Where what is printed and what came go apart.
#[derive(Debug)]
pub struct Difference {
    /// The printed line, by its number in the page; none if the page prints nothing.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub message: String,
    /// How many printed lines agree before it.
    depth: usize,
}

/// Holds the printed lines to those that came.
///
/// # Errors
/// With the first printed line that did not come, or whatever came and is not printed.
pub fn compare(
    printed: &[Line],
    came: &[String],
    identifiers: &mut Identifiers,
) -> Result<(), Difference> {
    follow(printed, came, 0, None, identifiers)
}

/// Holds what is left of the printed lines to what is left of those that came.
fn follow(
    printed: &[Line],
    came: &[String],
    depth: usize,
    above: Option<&Line>,
    identifiers: &mut Identifiers,
) -> Result<(), Difference> {
    let Some((first, rest)) = printed.split_first() else {
        return match came.first() {
            None => Ok(()),
            Some(more) => Err(Difference {
                line: above.map(|line| line.number),
                message: format!(
                    "`{more}` comes {}and is not printed; print it, or `…` in its place",
                    if above.is_some() { "below it " } else { "" },
                ),
                depth,
            }),
        };
    };
    if first.text.trim() == LEFT_OUT {
        return skip(first, rest, came, depth, identifiers);
    }
    let agrees = came.first().is_some_and(|line| same(&first.text, line, identifiers));
    if !agrees {
        let came = came.first().map_or("nothing more".to_owned(), |line| format!("`{line}`"));
        let message = format!("`{}` is printed, and what comes is {came}", first.text);
        return Err(Difference { line: Some(first.number), message, depth });
    }
    follow(rest, &came[1..], depth + 1, Some(first), identifiers)
}

/// Leaves out as many lines as it takes.
fn skip(
    left_out: &Line,
    rest: &[Line],
    came: &[String],
    depth: usize,
    identifiers: &mut Identifiers,
) -> Result<(), Difference> {
    let mut furthest: Option<Difference> = None;
    for from in 0..=came.len() {
        let mut guess = identifiers.clone();
        match follow(rest, &came[from..], depth, Some(left_out), &mut guess) {
            Ok(()) => {
                *identifiers = guess;
                return Ok(());
            }
            // Where nothing agreed, the line came nowhere, and not only not here.
            Err(mut difference) if difference.depth == depth => {
                if let Some(line) = rest.first() {
                    let lines = came.join("\n    ");
                    difference.message =
                        format!("`{}` is printed, and this comes:\n    {lines}", line.text);
                }
                furthest.get_or_insert(difference);
            }
            Err(difference) => {
                if furthest.as_ref().is_none_or(|known| known.depth < difference.depth) {
                    furthest = Some(difference);
                }
            }
        }
    }
    // Without lines to come, the last guess is the end, where all is left out.
    furthest.map_or(Ok(()), Err)
}

/// Whether a line has come as it is printed, but for what is another one each time.
fn same(printed: &str, came: &str, identifiers: &mut Identifiers) -> bool {
    let (mut pattern, mut known) = (String::from("^"), Vec::new());
    for piece in pieces(printed.trim_end()) {
        match piece {
            Piece::Text(text) => {
                pattern += &escape(text).replace(LEFT_OUT, ".*");
            }
            Piece::Identifier(before, identifier) => {
                pattern += &escape(before).replace(LEFT_OUT, ".*");
                pattern += &format!("([0-9A-Za-z+/_-]{{{}}})", identifier.len());
                known.push(identifier);
            }
            Piece::Form(form) => pattern += &FORMS[form].replace('(', "(?:"),
        }
    }
    let pattern = Regex::new(&(pattern + "$")).expect("a pattern");
    let Some(found) = pattern.captures(came.trim_end()) else { return false };
    let came = found.iter().skip(1).flatten().map(|one| one.as_str());
    known.iter().zip(came).all(|(printed, came)| identifiers.agree(printed, came))
}

/// A part of a printed line.
enum Piece<'a> {
    Text(&'a str),
    /// What stands before it, and the identifier.
    Identifier(&'a str, &'a str),
    /// Another form, by its place in [`FORMS`].
    Form(usize),
}

impl<'a> Piece<'a> {
    fn identifier(&self) -> Option<(&'a str, &'a str)> {
        match self {
            Self::Identifier(before, identifier) => Some((before, identifier)),
            _ => None,
        }
    }
}

fn pieces(line: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut pieces = Vec::new();
    let mut end = 0;
    for found in VARIES.captures_iter(line) {
        let form = (0..FORMS.len()).find(|form| found.get(form + 1).is_some());
        let (Some(form), Some(whole)) = (form, found.get(0)) else { continue };
        pieces.push(Piece::Text(&line[end..whole.start()]));
        end = whole.end();
        let text = whole.as_str();
        let value = text.char_indices().nth(1).map_or(0, |(at, _)| at);
        pieces.push(match form {
            0 if LENGTHS.contains(&text[value..].len()) => {
                Piece::Identifier(&text[..value], &text[value..])
            }
            0 => Piece::Text(text),
            _ => Piece::Form(form),
        });
    }
    pieces.push(Piece::Text(&line[end..]));
    pieces.into_iter()
}
