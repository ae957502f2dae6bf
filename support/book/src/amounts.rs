//! The amounts that Rust code holds: its durations and its numbers.

use proc_macro2::{TokenStream, TokenTree};

use crate::quantities::Amount;

/// The amounts of a text that is Rust; of any other there are none.
///
/// `Duration::minutes(5)` and a cookie's `Max-Age=300` are times. `8 * 1024`, `3` and the
/// `m=19456` of a password's hash are sizes, and numbers of whatever is counted.
pub fn find(text: &str) -> Vec<Amount> {
    let mut amounts = Vec::new();
    read(text.parse().unwrap_or_default(), &mut amounts);
    amounts
}

fn read(tokens: TokenStream, amounts: &mut Vec<Amount>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    while let [first, after @ ..] = rest {
        let mut length = 1;
        match (first, after) {
            (TokenTree::Ident(function), [TokenTree::Group(group), ..]) => {
                if let Some(seconds) = unit_of_time(&function.to_string()) {
                    let number = product(&group.stream().into_iter().collect::<Vec<_>>());
                    amounts.extend(number.map(|number| Amount::Time(number * seconds)));
                    length = 2;
                }
            }
            (TokenTree::Group(group), _) => read(group.stream(), amounts),
            (TokenTree::Literal(literal), _) => {
                length += after.iter().take_while(|token| is_factor(token)).count();
                let number = product(&rest[..length]);
                amounts.extend(number.map(Amount::Size));
                amounts.extend(number.map(Amount::Count));
                amounts.extend(in_a_text(&literal.to_string()));
            }
            _ => {}
        }
        rest = &rest[length..];
    }
}

/// The seconds in a unit that `Duration` has a function for.
fn unit_of_time(function: &str) -> Option<f64> {
    Some(match function {
        "from_millis" | "milliseconds" => 0.001,
        "from_secs" | "seconds" => 1.0,
        "minutes" => 60.0,
        "hours" => 3_600.0,
        "days" => 86_400.0,
        "weeks" => 604_800.0,
        _ => return None,
    })
}

fn is_factor(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => punct.as_char() == '*',
        token => matches!(token, TokenTree::Literal(_)),
    }
}

fn product(factors: &[TokenTree]) -> Option<f64> {
    let literals = factors.iter().filter(|token| matches!(token, TokenTree::Literal(_)));
    let numbers: Option<Vec<f64>> =
        literals.map(|literal| integer(&literal.to_string())).collect();
    let numbers = numbers.filter(|numbers| !numbers.is_empty())?;
    factors.iter().all(is_factor).then(|| numbers.iter().product())
}

fn integer(literal: &str) -> Option<f64> {
    let digits = literal.replace('_', "");
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let is_whole = digits[end..].is_empty() || digits[end..].starts_with(['u', 'i']);
    is_whole.then(|| digits[..end].parse().ok()).flatten()
}

/// What a text says for a program to read.
fn in_a_text(literal: &str) -> Option<Amount> {
    let number = |name| {
        let rest = literal.split_once(name)?.1;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse::<f64>().ok()
    };
    let seconds = number("Max-Age=").map(Amount::Time);
    seconds.or_else(|| number("$m=").map(|kilobytes| Amount::Size(kilobytes * 1024.0)))
}
