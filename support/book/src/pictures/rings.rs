//! Layers as rings: a request goes from the outside in, an answer from the inside out, and one that
//! is given early leaves through the rings that are further outside.

use http::StatusCode;

use crate::book::{Book, step_name};
use crate::fault::Fault;
use crate::pictures::layers;
use crate::pictures::svg::{BASE, Drawing, LINE, WIDTH};

/// A shop as its layers see it.
pub struct Shop {
    /// The picture's name.
    pub name: &'static str,
    /// The number of the step.
    pub step: u32,
    /// Its layers, the outermost first.
    pub layers: &'static [Ring],
    /// What stands inside of all of them.
    pub inside: &'static [Ring],
}

/// A layer, or what stands inside of all layers.
#[derive(Clone, Copy)]
pub struct Ring {
    /// What the code calls it.
    pub name: &'static str,
    /// What it does, line by line.
    pub says: &'static [Line],
}

/// A line in a ring.
#[derive(Clone, Copy)]
pub enum Line {
    /// What it does with each request or answer.
    Note(&'static str),
    /// A request that fails here: why, the status of the answer, and the test that has seen it.
    Exit(&'static str, u16, &'static str),
    /// The answer of a request that does not fail, with the usual status.
    Answer(&'static str, u16),
}

use Line::{Answer, Exit, Note};

/// The right edge of the outermost ring, and where an arrow ends.
const EDGE: i32 = 284;
const OUT: i32 = 294;
/// How far a ring is within the next, and how far a text is within its ring.
const STEP: i32 = 5;
const PAD: i32 = 6;
/// Above the first ring.
const TOP: i32 = 34;

/// The picture.
///
/// # Errors
/// If the step has other layers, or a test is not there that has seen an exit.
pub fn draw(book: &Book, shop: &Shop) -> Result<String, Fault> {
    check_layers(book, shop)?;
    check_exits(book, shop)?;
    let title = format!("The layers of step {:02} as rings around its handlers", shop.step);
    let (drawing, height) = picture(shop);
    Ok(drawing.finish(shop.name, &title, &in_words(shop), height))
}

/// The rings are the layers of the step, in their order.
fn check_layers(book: &Book, shop: &Shop) -> Result<(), Fault> {
    let path = format!("steps/{}/src/lib.rs", step_name(shop.step));
    let found = layers::of_app(book.text(&path).unwrap_or_default());
    let drawn: Vec<&str> = shop.layers.iter().map(|ring| ring.name).collect();
    let names: Vec<&str> = found.iter().map(|layer| layer.name.as_str()).collect();
    if names == drawn {
        return Ok(());
    }
    let other = found.iter().zip(&drawn).find(|(layer, ring)| layer.name != **ring);
    let line = other.map(|(layer, _)| layer.line).or(found.last().map(|layer| layer.line));
    let message = format!(
        "the layers are `{}` from the outside in, and the picture {} has `{}`; correct \
         support/book/src/pictures/shops.rs",
        names.join("`, `"),
        shop.name,
        drawn.join("`, `")
    );
    Err(Fault::new(path, line.unwrap_or(1), message))
}

/// Each exit has been seen by a test of this step, or of one before.
fn check_exits(book: &Book, shop: &Shop) -> Result<(), Fault> {
    for (why, status, test) in exits(shop) {
        if !(1..=shop.step).any(|step| has_seen(book, step, test, status)) {
            let path = "support/book/src/pictures/shops.rs";
            let message = format!(
                "{}: `{why}` leaves with {status}, and no test `{test}` up to step {:02} has it",
                shop.name, shop.step
            );
            return Err(Fault::new(path, 1, message));
        }
    }
    Ok(())
}

fn exits(shop: &Shop) -> impl Iterator<Item = (&'static str, u16, &'static str)> {
    let lines = rings(shop).flat_map(|ring| ring.says);
    lines.filter_map(|line| match line {
        Exit(why, status, test) => Some((*why, *status, *test)),
        Note(_) | Answer(..) => None,
    })
}

fn rings(shop: &Shop) -> impl Iterator<Item = &'static Ring> {
    shop.layers.iter().chain(shop.inside)
}

/// Whether the test of this name asks for this status.
pub fn has_seen(book: &Book, step: u32, test: &str, status: u16) -> bool {
    let folder = format!("steps/{}/tests", step_name(step));
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let constant = reason.unwrap_or_default().to_uppercase().replace(' ', "_");
    book.texts_below(&folder).any(|(_, text)| {
        let rest = text.split_once(&format!("fn {test}(")).map(|(_, rest)| rest);
        let body = rest.and_then(|rest| rest.split("\n}\n").next());
        body.is_some_and(|body| body.contains(&format!("StatusCode::{constant}")))
    })
}

/// From the outside in: the words, then the frames around them.
fn picture(shop: &Shop) -> (Drawing, i32) {
    let mut words = Drawing::default();
    words.text("strong", (0, BASE), "request");
    words.arrow("", (28, BASE + 4), (28, TOP - 3));
    words.text("strong end", (WIDTH, BASE), "answer");
    let mut tops = Vec::new();
    let mut y = TOP;
    for (depth, ring) in (0..).zip(rings(shop)) {
        tops.push(y);
        y = write(&mut words, depth, y + 3, ring) + 4;
    }
    let mut drawing = Drawing::default();
    let innermost = tops.len().saturating_sub(1);
    for (depth, top) in tops.into_iter().enumerate() {
        let (left, bottom) = (indent(depth), y + indent(innermost - depth));
        drawing.frame("ring", (left, top), (EDGE - 2 * left, bottom - top));
    }
    drawing.add_all(words);
    (drawing, y + indent(innermost) + 2)
}

fn indent(depth: usize) -> i32 {
    STEP * i32::try_from(depth).unwrap_or_default()
}

/// Writes what a ring says, and draws its exits. Returns where that ends.
fn write(words: &mut Drawing, depth: usize, top: i32, ring: &Ring) -> i32 {
    let (left, right) = (indent(depth) + PAD, EDGE - indent(depth) - PAD);
    // What the code has by this name, or a word of ours.
    let class = if ring.name.contains(' ') { "strong" } else { "code strong" };
    let mut y = words.lines(class, (left, top), right - left, ring.name);
    for line in ring.says {
        let (text, exit) = match *line {
            Note(text) => (text, None),
            Exit(text, status, _) => (text, Some(("bad", status))),
            Answer(text, status) => (text, Some(("good", status))),
        };
        let room = right - left - if exit.is_some() { 12 } else { 0 };
        y = words.lines("", (left, y), room, text);
        if let Some((class, status)) = exit {
            let middle = y - LINE + BASE - 4;
            words.arrow(class, (right - 6, middle), (OUT, middle));
            let class = format!("code end {class}");
            words.text(&class, (WIDTH, y - LINE + BASE), &status.to_string());
        }
    }
    y
}

/// For whoever hears the page.
fn in_words(shop: &Shop) -> String {
    let mut says = String::from(
        "A request goes from the outside in, an answer from the inside out. From the outside in \
         there are:",
    );
    for ring in rings(shop) {
        says.push_str(&format!(" {}", ring.name));
        let lines = ring.says.iter().map(|line| match line {
            Note(text) => (*text).to_owned(),
            Exit(text, status, _) => format!("{text}: leaves with {status}"),
            Answer(text, status) => format!("{text}: {status}"),
        });
        let lines: Vec<String> = lines.collect();
        says.push_str(&format!(" ({});", lines.join(", ")));
    }
    says.pop();
    says.push_str(". What leaves passes all that stands further outside.");
    says
}
