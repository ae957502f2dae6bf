//! Pictures: each is drawn from what it shows, and kept where its page includes it.

pub mod decision;
pub mod jars;
pub mod lanes;
pub mod layers;
pub mod races;
pub mod rings;
pub mod shops;
pub mod svg;
pub mod table;

use crate::book::Book;
use crate::fault::Fault;

/// Where they are kept.
pub const FOLDER: &str = "support/book/pictures";

/// A picture: its name, and what it looks like now.
pub struct Picture {
    /// The name of its file.
    pub name: &'static str,
    /// The SVG, or what it says that the code does not.
    pub drawn: Result<String, Fault>,
}

impl Picture {
    /// The file that holds it.
    pub fn path(&self) -> String {
        format!("{FOLDER}/{}.svg", self.name)
    }
}

/// All of them, drawn now.
pub fn all(book: &Book) -> Vec<Picture> {
    let layers = shops::ALL.iter();
    let mut pictures: Vec<Picture> = layers
        .map(|shop| Picture { name: shop.name, drawn: rings::draw(book, shop) })
        .collect();
    pictures.extend([
        Picture { name: jars::NAME, drawn: jars::draw(book) },
        Picture { name: decision::NAME, drawn: decision::draw(book) },
        Picture { name: races::SLOW_ORDER, drawn: races::slow_order(book) },
        Picture { name: races::END, drawn: races::end(book) },
    ]);
    pictures
}

/// Checks that each picture is kept as it is drawn now, that a page shows it, and that no other is
/// kept.
pub fn check(book: &Book) -> Vec<Fault> {
    let pictures = all(book);
    let mut faults: Vec<Fault> =
        pictures.iter().filter_map(|picture| check_one(book, picture)).collect();
    let kept = book.texts_below(FOLDER).map(|(path, _)| path);
    let stray = kept.filter(|path| pictures.iter().all(|picture| picture.path() != *path));
    faults.extend(stray.map(|path| Fault::new(path, 1, "nothing draws this; delete it")));
    faults
}

/// Checks one of them.
pub fn check_one(book: &Book, picture: &Picture) -> Option<Fault> {
    let path = picture.path();
    match &picture.drawn {
        Err(fault) => Some(fault.clone()),
        Ok(drawn) if book.text(&path) != Some(drawn) => {
            let message = "not the picture of today; run `cargo run -p book --bin picture`";
            Some(Fault::new(path, 1, message))
        }
        Ok(_) if !is_shown(book, &path) => {
            let message = format!("no page shows it; add `{{{{#include ../{path}}}}}`");
            Some(Fault::new(path, 1, message))
        }
        Ok(_) => None,
    }
}

fn is_shown(book: &Book, path: &str) -> bool {
    book.pages.iter().any(|page| book.included(page).any(|(_, shown)| shown == path))
}
