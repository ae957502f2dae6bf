//! The races that are drawn.

use crate::book::Book;
use crate::fault::Fault;
use crate::pictures::lanes::What::{Answers, Deletes, Finds, Misses, Waits, Writes};
use crate::pictures::lanes::{self, Event, Scene};
use crate::pictures::table;

/// The name of chapter 10's.
pub const SLOW_ORDER: &str = "lanes-10";
/// The name of chapter 12's.
pub const END: &str = "lanes-12";

const RECORDINGS: [&str; 2] = [
    "steps/step-10/tests/snapshots/resurrection_succeeds.snap",
    "steps/step-10/tests/snapshots/resurrection_fails.snap",
];
/// What begins a call to the store.
const CALL: &str = "* store: ";

/// What the recorder says of a request that is held.
const HELD: &str = "* the server has not heard of that yet";

/// An order that is held beside a sign-out, as chapter 10 has recorded it twice.
///
/// # Errors
/// If the recordings do not end as the picture says.
pub fn slow_order(book: &Book) -> Result<String, Fault> {
    let requests = ["an order", "a sign-out"];
    let scenes = [
        Scene {
            heading: "A store that writes what it is given",
            events: recorded(book, RECORDINGS[0])?,
            ending: "The session is back.",
        },
        Scene {
            heading: "A strict store",
            events: recorded(book, RECORDINGS[1])?,
            ending: "The session has ended.",
        },
    ];
    for (scene, (path, is_back)) in scenes.iter().zip(RECORDINGS.iter().zip([true, false])) {
        ends_as_told(SLOW_ORDER, scene, path, is_back)?;
    }
    Ok(finish(SLOW_ORDER, "A slow order beside a sign-out, in two lanes", requests, &scenes))
}

/// Compares what a scene says of its end with the recording that it is drawn from.
fn ends_as_told(name: &str, scene: &Scene, path: &str, is_back: bool) -> Result<(), Fault> {
    if lanes::is_there(&scene.events) == is_back {
        return Ok(());
    }
    let message = format!("{name} says of it: {}", scene.ending);
    Err(Fault::new(path, 1, message))
}

/// What the held request does, and what another one does meanwhile.
fn recorded(book: &Book, path: &str) -> Result<Vec<Event>, Fault> {
    let text = book.text(path).unwrap_or_default();
    let blocks: Vec<&str> = text.split("\n\n").collect();
    let start = blocks.iter().position(|block| block.contains(HELD));
    let end =
        blocks.iter().position(|block| block.starts_with("# ") && block.contains(" goes on."));
    let (Some(start), Some(end)) = (start, end) else {
        return Err(Fault::new(path, 1, "no request is held in it, which a picture shows"));
    };
    let lane = |at: usize| usize::from(at != start && at != end);
    let lines =
        (start..=end).flat_map(|at| blocks[at].lines().map(move |line| (lane(at), line)));
    let is_drawn = |line: &str| !line.starts_with(CALL) || event(0, line).is_some();
    if let Some((_, line)) = lines.clone().find(|(_, line)| !is_drawn(line)) {
        let at = text.lines().position(|it| it == line).map_or(1, |at| at + 1);
        return Err(Fault::new(path, at, "a picture cannot show it"));
    }
    Ok(lines.filter_map(|(lane, line)| event(lane, line)).collect())
}

/// A call to the store, or an answer.
fn event(lane: usize, line: &str) -> Option<Event> {
    if let Some(answer) = line.strip_prefix("< HTTP/1.1 ") {
        let status = answer.split(' ').next()?;
        return Some(Event { lane, says: format!("answer: {status}"), what: Answers });
    }
    let mut words = line.strip_prefix(CALL)?.split(' ');
    let (call, id) = (words.next()?, words.next()?);
    let what = match call {
        "load" if line.ends_with("→ nothing") => Misses,
        "load" => Finds,
        // What a store refuses changes nothing.
        _ if line.contains(" → ") => return None,
        "delete" => Deletes,
        "create" | "save" => Writes,
        _ => return None,
    };
    let nothing = if what == Misses { ": nothing" } else { "" };
    Some(Event { lane, says: format!("{call} {id}{nothing}"), what })
}

const CYCLE_ID: &str = "steps/step-12/tests/snapshots/cycle_id_beside_a_sign_out.snap";
const ENDINGS: &str = "steps/step-12/tests/snapshots/endings.snap";
const CONFIRM: &str = "`/confirm`";
const SIGN_OUT: &str = "sign-out elsewhere";

const MEANWHILE: &str = "steps/step-12/tests/snapshots/signed_out_meanwhile.snap";

/// A confirmation of the password beside a sign-out, as recorded: with `cycle_id`, and in chapter 12.
///
/// # Errors
/// If the session is not back with `cycle_id`, if a sign-out beside a confirmation does not end the
/// session wherever that is held, or if a recording is of another race.
pub fn end(book: &Book) -> Result<String, Fault> {
    let recording = book.text(ENDINGS).unwrap_or_default();
    let points = table::cell(recording, CONFIRM, "points").unwrap_or_default();
    if table::cell(recording, CONFIRM, SIGN_OUT) != Some(&format!("{points} out")) {
        let message = format!("{END} says that a sign-out beside {CONFIRM} is an end");
        return Err(Fault::new(ENDINGS, 1, message));
    }
    let scenes = [with_cycle_id(book)?, with_rotate(book)?];
    let requests = ["/confirm", "/sign-out"];
    Ok(finish(END, "A confirmation beside a sign-out, in two lanes", requests, &scenes))
}

fn with_cycle_id(book: &Book) -> Result<Scene, Fault> {
    let mut events = recorded(book, CYCLE_ID)?;
    // A strict store looks once more before it deletes.
    events.dedup_by(|next, last| (next.lane, &next.says) == (last.lane, &last.says));
    let scene = Scene {
        heading: "With cycle_id of tower-sessions",
        events,
        ending: "The session is back, under another identifier.",
    };
    ends_as_told(END, &scene, CYCLE_ID, true)?;
    Ok(scene)
}

fn with_rotate(book: &Book) -> Result<Scene, Fault> {
    let mut events = recorded(book, MEANWHILE)?;
    let text = book.text(MEANWHILE).unwrap_or_default();
    let is_another =
        ["> POST /confirm ", "> POST /sign-out "].iter().any(|it| !text.contains(it));
    let deletes = events.iter().any(|event| event.lane == 0 && event.what == Deletes);
    if is_another || deletes || lanes::is_there(&events) {
        let message = format!("{END} says of it: no delete, and the session has ended");
        return Err(Fault::new(MEANWHILE, 1, message));
    }
    events.insert(1, did(0, "no delete", Waits));
    Ok(Scene { heading: "With rotate", events, ending: "The session has ended." })
}

fn did(lane: usize, says: &str, what: lanes::What) -> Event {
    Event { lane, says: says.to_owned(), what }
}

fn finish(name: &str, title: &str, requests: [&str; 2], scenes: &[Scene]) -> String {
    let (drawing, height) = lanes::draw(requests, scenes);
    drawing.finish(name, title, &lanes::in_words(requests, scenes), height)
}
