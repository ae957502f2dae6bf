//! Figures: each says in words what it shows, and no id stands twice.
//!
//! A ladder is a list, whose words are its drawing; a drawing in SVG has its words beside it.

use std::collections::{BTreeMap, BTreeSet};

use crate::book::{Book, Page};
use crate::fault::Fault;
use crate::html::{Piece, Tag};
use crate::origin::{self, Place};
use crate::render::RenderedPage;

/// Checks images and inline SVG of every page, and the ids of each page and of all together.
pub fn check(book: &Book) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut owners: BTreeMap<String, &Page> = BTreeMap::new();
    for page in &book.pages {
        faults.extend(broken_includes(book, page));
        let Some(html) = book.rendered().pages.get(&page.html_path()) else {
            continue;
        };
        faults.extend(untold(book, page, html));
        faults.extend(repeated_ids(book, page, html));
        faults.extend(shared_ids(book, page, html, &mut owners));
    }
    faults.extend(book.documents.iter().flat_map(untold_in_document));
    faults
}

/// The README is not rendered here: its images are read as they are written.
fn untold_in_document(page: &Page) -> Vec<Fault> {
    let written = page.markdown.links.iter().filter(|link| link.is_image);
    let written = written.map(|link| (link.line, untold_image(&link.target, &link.text)));
    let tags = page.markdown.tags.iter().filter(|tag| tag.name == "img");
    let tags = tags.map(|tag| (tag.line, image_flaw(tag)));
    let flaws = written.chain(tags);
    flaws.filter_map(|(line, flaw)| Some(Fault::new(&page.path, line, flaw?))).collect()
}

/// Markdown ends an HTML block at a blank line, and with it the figure.
fn broken_includes(book: &Book, page: &Page) -> Vec<Fault> {
    book.included(page)
        .filter(|(_, path)| path.ends_with(".svg") || path.ends_with(origin::LADDER))
        .filter_map(|(directive, path)| {
            let text = book.text(&path)?.trim_end();
            let blank = text.lines().position(|line| line.trim().is_empty())? + 1;
            let message =
                format!("{path}:{blank} is blank, which breaks the figure; remove it");
            Some(Fault::new(&page.path, directive.line, message))
        })
        .collect()
}

/// A set, because mdBook writes an image twice: in the text, and large for whoever clicks on it.
fn untold(book: &Book, page: &Page, html: &RenderedPage) -> BTreeSet<Fault> {
    let mut faults = BTreeSet::new();
    let pieces = html.main();
    for (index, piece) in pieces.iter().enumerate() {
        let Piece::Open(tag) = piece else { continue };
        let flaws = match tag.name.as_str() {
            "img" => image_flaw(tag).into_iter().collect(),
            "ol" if tag.has_class("ladder") => ladder_flaw(tag).into_iter().collect(),
            "svg" if is_outermost(&pieces[..index]) && !is_icon(&pieces[..index]) => {
                figure_flaws(html, tag, &pieces[index + 1..])
            }
            _ => Vec::new(),
        };
        if flaws.is_empty() {
            continue;
        }
        for place in places_of(book, page, tag) {
            for flaw in &flaws {
                let message = format!("{flaw}{}", place.note);
                faults.insert(Fault::new(&page.path, place.line, message));
            }
        }
    }
    faults
}

/// Where the tag stands; more than one place if the same is written more than once.
fn places_of(book: &Book, page: &Page, tag: &Tag) -> Vec<Place> {
    let places = origin::of_tags(book, page, |other| other.is_like(tag));
    if places.is_empty() {
        origin::of_target(book, page, tag.attribute("src").unwrap_or("<svg"))
    } else {
        places
    }
}

fn image_flaw(tag: &Tag) -> Option<String> {
    let attribute = |name| tag.attribute(name).unwrap_or_default();
    untold_image(attribute("src"), attribute("alt"))
}

fn untold_image(source: &str, alt: &str) -> Option<String> {
    alt.trim()
        .is_empty()
        .then(|| format!("image `{source}` has no alt text; say in a sentence what it shows"))
}

fn ladder_flaw(tag: &Tag) -> Option<String> {
    let named = tag.attribute("aria-label").is_some_and(|label| !label.trim().is_empty());
    (!named).then(|| "ladder without a name; give its conversation a title".to_string())
}

fn figure_flaws(html: &RenderedPage, tag: &Tag, after: &[Piece]) -> Vec<String> {
    let mut flaws = Vec::new();
    for part in ["title", "desc"] {
        if child_text(after, part).trim().is_empty() {
            flaws.push(format!(
                "figure without `<{part}>`; its first child should say it in words"
            ));
        }
    }
    if tag.attribute("role") != Some("img") {
        flaws.push("figure without `role=\"img\"`".to_string());
    }
    flaws.extend(label_flaw(html, tag));
    flaws
}

fn label_flaw(html: &RenderedPage, tag: &Tag) -> Option<String> {
    let labelled = tag.attribute("aria-labelledby").unwrap_or_default();
    if let Some(missing) = labelled.split_whitespace().find(|id| !html.has_id(id)) {
        return Some(format!(
            "`aria-labelledby` names `{missing}`, an id the page does not have"
        ));
    }
    let label = tag.attribute("aria-label").unwrap_or_default();
    (labelled.trim().is_empty() && label.trim().is_empty()).then(|| {
        "figure without `aria-labelledby`; name the ids of its `<title>` and `<desc>`"
            .to_string()
    })
}

/// The text of the first direct child of this name, in the SVG that `after` continues.
fn child_text(after: &[Piece], name: &str) -> String {
    let mut depth = 0_usize;
    let mut inside = false;
    let mut text = String::new();
    for piece in after {
        match piece {
            Piece::Open(tag) if tag.self_closing => {}
            Piece::Open(tag) => {
                inside = depth == 0 && tag.name == name;
                depth += 1;
            }
            Piece::Text(part) if inside => text.push_str(part),
            Piece::Text(_) => {}
            Piece::Close(_) if inside || depth == 0 => break,
            Piece::Close(_) => depth -= 1,
        }
    }
    text
}

fn is_outermost(before: &[Piece]) -> bool {
    let opened = before
        .iter()
        .filter(|p| matches!(p, Piece::Open(t) if t.name == "svg" && !t.self_closing))
        .count();
    let closed = before.iter().filter(|p| matches!(p, Piece::Close(n) if n == "svg")).count();
    opened == closed
}

/// mdBook puts icons of its own beside words: on admonitions, and where `<i class="fa">` stands.
fn is_icon(before: &[Piece]) -> bool {
    let parent = before.iter().rev().find_map(|piece| match piece {
        Piece::Open(tag) => Some(tag),
        _ => None,
    });
    parent.is_some_and(|tag| {
        tag.has_class("fa-svg")
            || tag.attribute("class").is_some_and(|class| class.contains("blockquote-tag"))
    })
}

fn repeated_ids(book: &Book, page: &Page, html: &RenderedPage) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    let repeated: BTreeSet<&String> = html.ids.iter().filter(|id| !seen.insert(*id)).collect();
    repeated
        .into_iter()
        .filter_map(|id| {
            let place = origin::of_id(book, page, id).pop()?;
            let message =
                format!("id `{id}` stands twice on this page; rename one{}", place.note);
            Some(Fault::new(&page.path, place.line, message))
        })
        .collect()
}

/// On print.html all pages are one. mdBook renames an id it meets again there, but not what
/// refers to it from inside a figure.
fn shared_ids<'a>(
    book: &Book,
    page: &'a Page,
    html: &RenderedPage,
    owners: &mut BTreeMap<String, &'a Page>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let ids: BTreeSet<String> = figure_ids(html.main()).map(ToString::to_string).collect();
    for id in ids {
        if let Some(owner) = owners.get(&id) {
            let Some(place) = origin::of_id(book, page, &id).into_iter().next() else {
                continue;
            };
            let message = format!(
                "id `{id}` stands in a figure of {} too, and both on print.html; rename one{}",
                owner.path, place.note
            );
            faults.push(Fault::new(&page.path, place.line, message));
        } else {
            owners.insert(id, page);
        }
    }
    faults
}

fn figure_ids(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    pieces.iter().filter_map(move |piece| match piece {
        Piece::Open(tag) => {
            if tag.name == "svg" && !tag.self_closing {
                depth += 1;
            }
            if depth > 0 { tag.attribute("id") } else { None }
        }
        Piece::Close(name) => {
            if name == "svg" {
                depth = depth.saturating_sub(1);
            }
            None
        }
        Piece::Text(_) => None,
    })
}
