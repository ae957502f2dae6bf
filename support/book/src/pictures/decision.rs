//! What the session layer decides when the handler has answered, question by question.

use crate::book::Book;
use crate::fault::Fault;
use crate::pictures::rings::has_seen;
use crate::pictures::svg::{BASE, Drawing, LINE, WIDTH, wrapped};
use crate::pictures::table;

/// The name of the picture.
pub const NAME: &str = "decision-07";

/// A question, and what becomes of the session if that is the answer. Otherwise the next one is asked.
struct Question {
    asks: &'static str,
    answer: &'static str,
    then: &'static str,
    /// The recorded cells that show it.
    cells: &'static [Cell],
}

/// A cell of a table that chapter 7 has recorded: the table, the kind of the request, the setting, and
/// what came of it.
struct Cell(&'static str, &'static str, &'static str, &'static str);

const WITH_A_SESSION: &str = "a_visitor_with_a_session";
const NEW: &str = "a_new_visitor";

const QUESTIONS: [Question; 4] = [
    Question {
        asks: "Is the session empty, without identifier and data?",
        answer: "yes",
        then: "Nothing is saved. A cookie that came in is removed.",
        cells: &[
            Cell(WITH_A_SESSION, "flush", "plain", "delete · *cookie removed*"),
            Cell(NEW, "read", "plain", "–"),
        ],
    },
    Question {
        asks: "Was it changed, or is always_save on?",
        answer: "no",
        then: "No save, no touch, no cookie.",
        cells: &[
            Cell(WITH_A_SESSION, "untouched", "plain", "–"),
            Cell(WITH_A_SESSION, "read", "plain", "load"),
        ],
    },
    Question {
        asks: "Is the status of the answer below 500?",
        answer: "no",
        then: "No save, no cookie: the change is lost.",
        cells: &[
            Cell(WITH_A_SESSION, "write-500", "plain", "load"),
            Cell(NEW, "write-500", "plain", "–"),
        ],
    },
    Question {
        asks: "Does the store save it?",
        answer: "no",
        then: "An empty 500, no cookie.",
        cells: &[],
    },
];

const START: &str = "The handler has answered. What flush has ended is deleted already.";
const END: &str = "The record is saved, and the answer sets the cookie.";
const SAVED: [Cell; 3] = [
    Cell(WITH_A_SESSION, "write", "plain", "load, save · cookie"),
    Cell(WITH_A_SESSION, "untouched", "always-save", "load, save · cookie"),
    Cell(NEW, "write", "plain", "create · cookie"),
];
/// The test that has seen what no table shows, and its step.
const FAILS_AT_THE_END: (u32, &str) = (4, "a_store_that_fails_at_the_end_gives_an_empty_500");

/// The picture.
///
/// # Errors
/// If a request was recorded to which something else happens.
pub fn draw(book: &Book) -> Result<String, Fault> {
    let cells = QUESTIONS.iter().flat_map(|question| question.cells);
    cells.chain(&SAVED).try_for_each(|cell| check_cell(book, cell))?;
    let (step, test) = FAILS_AT_THE_END;
    if !has_seen(book, step, test, 500) {
        let message = format!("{NAME}: no test `{test}` of step {step:02} has a 500");
        return Err(Fault::new("support/book/src/pictures/decision.rs", 1, message));
    }
    let title = "What the session layer decides when the handler has answered";
    let (drawing, height) = picture();
    Ok(drawing.finish(NAME, title, &in_words(), height))
}

fn check_cell(book: &Book, cell: &Cell) -> Result<(), Fault> {
    let Cell(name, kind, setting, expected) = cell;
    let path = format!("steps/step-07/tests/snapshots/{name}.snap");
    let recording = book.text(&path).unwrap_or_default();
    let found = table::cell(recording, kind, setting).unwrap_or("nothing");
    if found == *expected {
        return Ok(());
    }
    let line = recording.lines().position(|line| line.starts_with(&format!("| {kind} |")));
    let message = format!("`{kind}` under `{setting}` is {found}, and {NAME} shows {expected}");
    Err(Fault::new(path, line.map_or(1, |at| at + 1), message))
}

/// The questions are on the left, and what follows at once on the right.
const LEFT: i32 = 176;
const RIGHT: i32 = 210;
const PAD: i32 = 6;
/// From one box down to the next.
const GAP: i32 = 24;

fn picture() -> (Drawing, i32) {
    let mut drawing = Drawing::default();
    let mut y = boxed(&mut drawing, ("", "ring"), (0, 0, WIDTH), START);
    drawing.arrow("", (LEFT / 2, y), (LEFT / 2, y + GAP - 2));
    for question in &QUESTIONS {
        y = draw_question(&mut drawing, y + GAP, question);
        drawing.arrow("", (LEFT / 2, y), (LEFT / 2, y + GAP - 2));
        let other = if question.answer == "yes" { "no" } else { "yes" };
        drawing.text("strong", (LEFT / 2 + 8, y + BASE + 2), other);
    }
    y = boxed(&mut drawing, ("strong", "record"), (0, y + GAP, WIDTH), END);
    (drawing, y + 1)
}

fn draw_question(drawing: &mut Drawing, y: i32, question: &Question) -> i32 {
    let bottom = boxed(drawing, ("", "ring"), (0, y, LEFT), question.asks);
    let after = boxed(drawing, ("", ""), (RIGHT, y, WIDTH - RIGHT), question.then);
    let middle = y + LINE - 2;
    drawing.text("strong middle", ((LEFT + RIGHT) / 2 - 2, middle - 7), question.answer);
    drawing.arrow("", (LEFT, middle), (RIGHT - 2, middle));
    if after > bottom {
        drawing.line("", (LEFT / 2, bottom), (LEFT / 2, after));
    }
    bottom.max(after)
}

/// A text in a box: the classes of both, where it stands and how wide it is. Returns where it ends.
fn boxed(
    drawing: &mut Drawing,
    (text_class, class): (&str, &str),
    (x, y, width): (i32, i32, i32),
    text: &str,
) -> i32 {
    let room = width - 2 * PAD;
    let lines = i32::try_from(wrapped(text_class, room, text).len()).unwrap_or_default();
    drawing.frame(class, (x, y), (width, lines * LINE + PAD));
    drawing.lines(text_class, (x + PAD, y + PAD / 2), room, text) + PAD / 2
}

/// For whoever hears the page.
fn in_words() -> String {
    let questions = QUESTIONS.iter().map(|question| {
        let Question { asks, answer, then, .. } = question;
        let then = then.trim_end_matches('.');
        format!("{asks} If {answer}: {then}. Otherwise:")
    });
    let questions: Vec<String> = questions.collect();
    format!("{START} {} {END}", questions.join(" "))
}
