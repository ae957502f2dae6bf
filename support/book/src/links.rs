//! Links: each relative link leads to a file, each `#fragment` to an id, each address outside
//! is `https`.

use std::collections::BTreeSet;

use crate::book::{Book, Page};
use crate::fault::Fault;
use crate::html;
use crate::origin;
use crate::paths::resolve;

/// Checks the links of the rendered pages, then those of README.md and what else is prose at the root.
pub fn check(book: &Book) -> Vec<Fault> {
    let mut faults: Vec<Fault> =
        book.pages.iter().flat_map(|page| page_faults(book, page)).collect();
    faults.extend(book.documents.iter().flat_map(|page| document_faults(book, page)));
    faults
}

fn page_faults(book: &Book, page: &Page) -> Vec<Fault> {
    let Some(html) = book.rendered().pages.get(&page.html_path()) else {
        return Vec::new();
    };
    let targets: BTreeSet<&str> = html::tags(html.main()).flat_map(origin::targets).collect();
    let mut faults = Vec::new();
    for target in targets {
        let Some(what) =
            flaw(target, |path, fragment| rendered_flaw(book, page, path, fragment))
        else {
            continue;
        };
        for place in origin::of_target(book, page, target) {
            let message = format!("link `{target}`: {what}{}", place.note);
            faults.push(Fault::new(&page.path, place.line, message));
        }
    }
    faults
}

fn document_faults(book: &Book, page: &Page) -> Vec<Fault> {
    let flaw_of = |target: &str| {
        flaw(target, |path, _| match resolve(&page.path, path) {
            Some(file) if book.exists(&file) => None,
            _ => Some(format!("there is no file {path}; correct the path")),
        })
    };
    page.markdown
        .links
        .iter()
        .filter_map(|link| {
            let what = flaw_of(&link.target)?;
            Some(Fault::new(&page.path, link.line, format!("link `{}`: {what}", link.target)))
        })
        .collect()
}

/// What is wrong with a target; `relative` judges one inside the book by path and fragment.
fn flaw(
    target: &str,
    relative: impl Fn(&str, Option<&str>) -> Option<String>,
) -> Option<String> {
    if target.is_empty() {
        return Some("it leads nowhere; give it a target".to_string());
    }
    if let Some((scheme, rest)) = scheme(target) {
        return scheme_flaw(scheme, rest, target);
    }
    if target.starts_with('/') {
        return Some(
            "a path from the root breaks where the book is not at the root; make it \
                     relative"
                .to_string(),
        );
    }
    let (path, fragment) = match target.split_once('#') {
        Some((path, fragment)) => (path, Some(fragment)),
        None => (target, None),
    };
    relative(path.split('?').next().unwrap_or_default(), fragment)
}

fn scheme(target: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = target.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme.then_some((scheme, rest))
}

fn scheme_flaw(scheme: &str, rest: &str, target: &str) -> Option<String> {
    match scheme.to_ascii_lowercase().as_str() {
        "https" => malformed(target),
        "http" => malformed(target).or_else(|| {
            (!is_local(target))
                .then(|| "write `https`; plain `http` is for localhost".to_string())
        }),
        "mailto" => (!rest.contains('@')).then(|| "it names no address".to_string()),
        "data" => None,
        _ => Some(format!("`{scheme}:` is not a scheme for a book; correct it")),
    }
}

fn host(target: &str) -> Option<String> {
    let uri: http::Uri = target.split('#').next()?.parse().ok()?;
    uri.host().filter(|host| !host.is_empty()).map(ToString::to_string)
}

fn malformed(target: &str) -> Option<String> {
    let sound = host(target).is_some_and(|host| host.contains('.') || is_local(target));
    (!sound).then(|| "the address is malformed; correct it".to_string())
}

fn is_local(target: &str) -> bool {
    host(target).is_some_and(|host| {
        host == "localhost"
            || host.ends_with(".localhost")
            || host == "127.0.0.1"
            || host == "[::1]"
    })
}

fn rendered_flaw(
    book: &Book,
    page: &Page,
    path: &str,
    fragment: Option<&str>,
) -> Option<String> {
    let rendered = book.rendered();
    let from = page.html_path();
    let file = if path.is_empty() { Some(from) } else { resolve(&from, &decode(path)) };
    let Some(file) = file else {
        return Some("it leads out of the book; correct the path".to_string());
    };
    let Some(target) = rendered.pages.get(&file) else {
        return (!rendered.files.contains(&file))
            .then(|| format!("the book has no {file}; correct the path"));
    };
    let id = decode(fragment?);
    (!target.has_id(&id)).then(|| {
        let near = nearest(&target.ids, &id);
        format!("{file} has nothing with the id `{id}`{near}; correct the fragment")
    })
}

/// A heading that was reworded keeps most of its words.
fn nearest(ids: &[String], id: &str) -> String {
    let shared = |other: &String| {
        other.split('-').filter(|word| id.split('-').any(|one| one == *word)).count()
    };
    match ids.iter().filter(|other| !other.starts_with("mdbook-")).max_by_key(|one| shared(one))
    {
        Some(best) if shared(best) > 0 => format!(" (perhaps `{best}`)"),
        _ => String::new(),
    }
}

/// Resolves `%20` and its like.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let code = rest
            .strip_prefix('%')
            .and_then(|after| after.get(..2))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.unwrap_or(first));
        // A byte in the middle of a character is no place to cut, so bytes are copied by character.
        let step =
            if code.is_some() { 3 } else { rest.chars().next().map_or(1, char::len_utf8) };
        if code.is_none() {
            bytes.extend(&rest.as_bytes()[1..step]);
        }
        rest = &rest[step..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
