//! The partitioned cookie: a jar for each site in the address bar.

use crate::book::Book;
use crate::fault::Fault;
use crate::pictures::svg::{BASE, Drawing, LINE, Point, WIDTH};
use crate::pictures::table;

/// The name of the picture.
pub const NAME: &str = "jars-05";

const RECORDING: &str =
    "support/browser/tests/snapshots/where_a_partitioned_cookie_is_sent.snap";
/// Whose cookies they are.
const HOST: &str = "localhost";

/// How a window is opened, and what it sends.
struct Window<'a> {
    /// The site in the address bar.
    top: &'a str,
    /// Whether the host is in a frame of that site, or the site itself.
    is_framed: bool,
    /// Where the cookies were set that it sends.
    sends: Vec<&'a str>,
}

/// The picture: a window for each row that was recorded, and beside it the jar that it takes from.
///
/// # Errors
/// If there is no such recording.
pub fn draw(book: &Book) -> Result<String, Fault> {
    let recording = book.text(RECORDING).unwrap_or_default();
    let windows = windows(recording);
    if windows.is_empty() {
        return Err(Fault::new(RECORDING, 1, format!("holds no table, which {NAME} draws")));
    }
    let mut drawing = Drawing::default();
    let mut y = 0;
    for window in &windows {
        y = draw_window(&mut drawing, y, window) + LINE;
    }
    let title = "A partitioned cookie has a jar for each site in the address bar";
    Ok(drawing.finish(NAME, title, &in_words(&windows), y - LINE + 1))
}

fn windows(recording: &str) -> Vec<Window<'_>> {
    let rows = table::rows(recording);
    let Some((headings, rows)) = rows.split_first() else { return Vec::new() };
    let windows = rows.iter().filter_map(|row| {
        let (place, cells) = row.split_first()?;
        let framed_in = place.strip_prefix("in ");
        let sent = headings.iter().skip(1).zip(cells).filter(|(_, cell)| **cell == "sent");
        Some(Window {
            top: framed_in.unwrap_or(HOST),
            is_framed: framed_in.is_some(),
            sends: sent.map(|(heading, _)| *heading).collect(),
        })
    });
    windows.collect()
}

/// How wide a window is, and where its jar begins.
const WINDOW: i32 = 172;
const JAR: i32 = 196;
const HEIGHT: i32 = 84;

fn draw_window(drawing: &mut Drawing, y: i32, window: &Window) -> i32 {
    drawing.frame("ring", (0, y), (WINDOW, HEIGHT));
    drawing.text("code strong", (8, y + BASE + 3), window.top);
    drawing.line("", (0, y + 23), (WINDOW, y + 23));
    let (at, says) = if window.is_framed {
        drawing.frame("ring", (10, y + 32), (WINDOW - 20, HEIGHT - 42));
        ((18, y + 36), "a frame:")
    } else {
        ((8, y + 36), "the page itself:")
    };
    let below = drawing.lines("", at, WINDOW - 36, says);
    drawing.text("code", (at.0, below + BASE), HOST);
    draw_jar(drawing, (JAR, y + 4), window);
    y + HEIGHT
}

fn draw_jar(drawing: &mut Drawing, (x, y): Point, window: &Window) {
    let width = WIDTH - x;
    drawing.frame("jar", (x, y), (width, HEIGHT - 8));
    let mut below = drawing.lines("", (x + 6, y + 3), width - 8, "the jar for");
    below = drawing.lines("code", (x + 6, below), width, window.top);
    for set in &window.sends {
        below = drawing.lines("cookie", (x + 6, below), width - 8, &format!("cookie {set}"));
        drawing.arrow("cookie", (x, y + 60), (WINDOW + 2, y + 60));
    }
    if window.sends.is_empty() {
        drawing.lines("", (x + 6, below), width - 8, "empty");
    }
}

/// For whoever hears the page.
fn in_words(windows: &[Window]) -> String {
    let windows = windows.iter().map(|window| {
        let (top, sends) = (window.top, window.sends.join(" and "));
        let opened = if window.is_framed {
            format!("{HOST} in a frame of {top}")
        } else {
            format!("{HOST} in the address bar")
        };
        if sends.is_empty() {
            format!("{opened}: the jar for {top} is empty, and no cookie is sent.")
        } else {
            format!("{opened}: the cookie {sends} is sent, out of the jar for {top}.")
        }
    });
    windows.collect::<Vec<_>>().join(" ")
}
