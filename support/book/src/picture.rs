//! The README's picture: the first ladder of the book as an image, since a README shows no style.

use crate::book::Book;
use crate::fault::Fault;

/// Where the picture is kept.
pub const PICTURE: &str = "support/book/a-session-in-one-picture.svg";

const LADDER: &str = "steps/step-03/tests/snapshots/in_one_picture_ladder.snap";
const STYLE: &str = "src/style/ladder.css";
/// As wide as each of its items is on one line, in CSS pixels.
const WIDTH: usize = 900;
/// The height of an item, and of what stands above one that begins a conversation.
const ITEM: usize = 18;
const GAP: usize = 4;

/// Checks that the picture is the ladder as it is recorded now.
pub fn check(book: &Book) -> Vec<Fault> {
    let is_current = book.text(PICTURE) == Some(&draw(book));
    let message = "not the ladder of today; run `cargo run -p book --bin picture`";
    if is_current { Vec::new() } else { vec![Fault::new(PICTURE, 1, message)] }
}

/// The ladder within an image, with its style and colours of its own.
///
/// # Panics
/// If the ladder or its style is not there.
pub fn draw(book: &Book) -> String {
    let text = |path| book.text(path).unwrap_or_else(|| panic!("there is no {path}"));
    let ladder = text(LADDER).lines().skip(3).collect::<Vec<_>>().join("\n");
    let ladder = ladder.replacen("<ol", "<ol xmlns=\"http://www.w3.org/1999/xhtml\"", 1);
    let items = ladder.matches("<li").count();
    let height = items * ITEM + ladder.matches("\"asks").count() * GAP;
    let style = text(STYLE);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">
<style>
:root {{ font-size: 10px; color: #222; }}
@media (prefers-color-scheme: dark) {{ :root {{ color: #ddd; }} }}
{style}.ladder {{ margin: 0; }}
</style>
<foreignObject width="{WIDTH}" height="{height}">
{ladder}
</foreignObject>
</svg>
"#
    )
}
