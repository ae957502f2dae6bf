//! A drawing in SVG, as wide as the text is on a telephone. It grows downwards. What its classes look
//! like is in `src/style/pictures.css`.

use std::fmt::Write as _;

/// From the left to the right, and downwards.
pub type Point = (i32, i32);

/// How wide a drawing is.
pub const WIDTH: i32 = 320;
/// From one line of text to the next.
pub const LINE: i32 = 17;
/// From the top of a line of text to where the letters stand.
pub const BASE: i32 = 13;

/// How wide a letter is, in tenths: as it is on average, and a little more.
const LETTER: i32 = 68;
/// The same in bold letters.
const STRONG: i32 = 78;
/// The same in code, where each is as wide.
const CODE: i32 = 78;

/// What has been drawn so far.
#[derive(Default)]
pub struct Drawing {
    body: String,
}

impl Drawing {
    /// A box with round corners.
    pub fn frame(&mut self, class: &str, (x, y): Point, (width, height): Point) {
        self.add(format_args!(
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="4"/>"#
        ));
    }

    /// A line from here to there.
    pub fn line(&mut self, class: &str, from: Point, to: Point) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.add(format_args!(
            r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#
        ));
    }

    /// The same with a head; it leads straight to one side, up or down.
    pub fn arrow(&mut self, class: &str, from: Point, to: Point) {
        let (dx, dy) = ((to.0 - from.0).signum(), (to.1 - from.1).signum());
        let (x, y) = (to.0 - 6 * dx, to.1 - 6 * dy);
        self.line(class, from, (x, y));
        let ((left, up), (right, down)) = ((x - 4 * dy, y - 4 * dx), (x + 4 * dy, y + 4 * dx));
        let (tip_x, tip_y) = to;
        self.add(format_args!(
            r#"<path class="head {class}" d="M{tip_x} {tip_y}L{left} {up}L{right} {down}Z"/>"#
        ));
    }

    /// A point.
    pub fn dot(&mut self, class: &str, (x, y): Point) {
        self.add(format_args!(r#"<circle class="head {class}" cx="{x}" cy="{y}" r="3.5"/>"#));
    }

    /// One line of text, whose letters stand at this height.
    pub fn text(&mut self, class: &str, (x, y): Point, text: &str) {
        let text = escaped(text);
        self.add(format_args!(r#"<text class="{class}" x="{x}" y="{y}">{text}</text>"#));
    }

    /// Lines of text of this width, the first of them below this height. Returns where the last ends.
    pub fn lines(&mut self, class: &str, (x, top): Point, width: i32, text: &str) -> i32 {
        let mut y = top;
        for line in wrapped(class, width, text) {
            self.text(class, (x, y + BASE), &line);
            y += LINE;
        }
        y
    }

    /// Lays another drawing over this one.
    pub fn add_all(&mut self, other: Self) {
        self.body.push_str(&other.body);
    }

    /// The whole, with its words for whoever hears the page.
    pub fn finish(self, name: &str, title: &str, says: &str, height: i32) -> String {
        let (title, says) = (escaped(title), escaped(says));
        // Half of a line at the edge is outside of it.
        let (width, height) = (WIDTH + 2, height + 2);
        format!(
            r#"<svg class="picture" role="img" aria-labelledby="{name}-title {name}-desc" viewBox="-1 -1 {width} {height}">
<title id="{name}-title">{title}</title>
<desc id="{name}-desc">{says}</desc>
{}</svg>
"#,
            self.body
        )
    }

    fn add(&mut self, element: std::fmt::Arguments) {
        // Writing to a String does not fail.
        let _ = writeln!(self.body, "{element}");
    }
}

/// The lines of a text of this class where they may be so wide.
pub fn wrapped(class: &str, width: i32, text: &str) -> Vec<String> {
    let is = |name| class.split(' ').any(|one| one == name);
    let letter = if is("code") {
        CODE
    } else if is("strong") {
        STRONG
    } else {
        LETTER
    };
    let most = usize::try_from(width * 10 / letter).unwrap_or(1);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
