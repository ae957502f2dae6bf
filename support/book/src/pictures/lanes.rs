//! A race in two lanes: two requests of one session, and between them the store.

use crate::pictures::svg::{BASE, Drawing, LINE, WIDTH};

/// One way in which the race can go.
pub struct Scene {
    /// What makes the difference.
    pub heading: &'static str,
    /// What goes on, in the order of time.
    pub events: Vec<Event>,
    /// How it ends.
    pub ending: &'static str,
}

/// Something that one of the two requests does.
pub struct Event {
    /// 0 for the one on the left, 1 for the one on the right.
    pub lane: usize,
    /// In words.
    pub says: String,
    /// What that is to the store.
    pub what: What,
}

/// What an event is to the store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The store hands out the record.
    Finds,
    /// The store has no record.
    Misses,
    /// The record is there afterwards.
    Writes,
    /// The record is gone afterwards.
    Deletes,
    /// Nothing: the request only goes on.
    Waits,
    /// The request has its answer.
    Answers,
}

use What::{Answers, Deletes, Finds, Misses, Waits, Writes};

/// The lane of the store, and how far from it the requests' lanes are.
const STORE: i32 = WIDTH / 2;
const APART: i32 = 34;
/// How wide the text beside a lane is.
const TEXT: i32 = STORE - APART - 10;

/// The scenes, one below the other, and how high they are.
pub fn draw(requests: [&str; 2], scenes: &[Scene]) -> (Drawing, i32) {
    let mut drawing = Drawing::default();
    let mut y = 0;
    for scene in scenes {
        y = draw_scene(&mut drawing, y, requests, scene) + LINE;
    }
    (drawing, y - LINE / 2)
}

fn draw_scene(drawing: &mut Drawing, top: i32, requests: [&str; 2], scene: &Scene) -> i32 {
    let top = drawing.lines("strong", (0, top), WIDTH, scene.heading) + 6;
    for (lane, request) in requests.into_iter().enumerate() {
        let (x, end) = place(lane);
        // A path is code, and other words are ours.
        let code = if request.starts_with('/') { "code" } else { "" };
        let x = if lane == 0 { x + 6 } else { x - 6 };
        drawing.text(&format!("strong {code} {end}"), (x, top + BASE), request);
    }
    drawing.text("middle", (STORE, top + BASE), "store");
    let top = top + LINE + 6;
    let mut words = Drawing::default();
    let mut heights = Vec::new();
    let mut y = top + 4;
    for event in &scene.events {
        heights.push(y + BASE - 4);
        y = draw_event(&mut words, y, event) + 4;
    }
    draw_requests(drawing, &scene.events, &heights);
    draw_record(drawing, (top, y), &scene.events, &heights);
    drawing.add_all(words);
    let class = if is_there(&scene.events) { "strong bad" } else { "strong good" };
    drawing.lines(class, (0, y + 4), WIDTH, scene.ending)
}

/// Beside its lane; an arrow leads to whoever learns something.
fn draw_event(words: &mut Drawing, y: i32, event: &Event) -> i32 {
    let (lane, class) = place(event.lane);
    let text = if event.lane == 0 { lane - 8 } else { lane + 8 };
    let (lane, store) =
        if event.lane == 0 { (lane + 5, STORE - 5) } else { (lane - 5, STORE + 5) };
    let middle = y + BASE - 4;
    match event.what {
        Finds => words.arrow("", (store, middle), (lane, middle)),
        Misses => words.arrow("gone", (store, middle), (lane, middle)),
        Writes | Deletes => words.arrow("", (lane, middle), (store, middle)),
        Waits | Answers => {}
    }
    words.lines(&format!("code {class}"), (text, y), TEXT, &event.says)
}

/// A line for each request, as long as it takes.
fn draw_requests(drawing: &mut Drawing, events: &[Event], heights: &[i32]) {
    for lane in [0, 1] {
        let own = events.iter().zip(heights).filter(|(event, _)| event.lane == lane);
        let own: Vec<i32> = own.map(|(_, height)| *height).collect();
        if let [first, .., last] = own[..] {
            let (x, _) = place(lane);
            drawing.line("lane", (x, first), (x, last));
            drawing.dot("", (x, first));
            drawing.dot("", (x, last));
        }
    }
}

/// The store's lane: thick while the record is there.
fn draw_record(
    drawing: &mut Drawing,
    (top, bottom): (i32, i32),
    events: &[Event],
    heights: &[i32],
) {
    let (mut from, mut is_there) = (top, true);
    let changes = events.iter().zip(heights).filter_map(|(event, height)| match event.what {
        Writes => Some((*height, true)),
        Deletes => Some((*height, false)),
        Finds | Misses | Waits | Answers => None,
    });
    for (height, after) in changes.chain([(bottom, false)]) {
        let class = if is_there { "record" } else { "gone" };
        drawing.line(class, (STORE, from), (STORE, height));
        (from, is_there) = (height, after);
    }
}

/// Where a request's lane is, and at which end of its text.
fn place(lane: usize) -> (i32, &'static str) {
    if lane == 0 { (STORE - APART, "end") } else { (STORE + APART, "") }
}

/// Whether there is a record at the end.
pub fn is_there(events: &[Event]) -> bool {
    let changes = events.iter().rev().find(|event| [Writes, Deletes].contains(&event.what));
    changes.is_none_or(|event| event.what == Writes)
}

/// For whoever hears the page.
pub fn in_words(requests: [&str; 2], scenes: &[Scene]) -> String {
    let scenes = scenes.iter().map(|scene| {
        let events = scene
            .events
            .iter()
            .map(|event| format!("{}: {}", requests[event.lane], event.says));
        let events: Vec<String> = events.collect();
        format!(
            "{}, in the order of time. {}. {}",
            scene.heading,
            events.join("; "),
            scene.ending
        )
    });
    scenes.collect::<Vec<_>>().join(" ")
}
