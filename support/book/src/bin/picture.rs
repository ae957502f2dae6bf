//! Draws the README's picture anew: `cargo run -p book --bin picture`

use std::{fs, path::Path};

use anyhow::Result;
use book::{Book, picture};

fn main() -> Result<()> {
    let book = Book::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))?;
    fs::write(book.root().join(picture::PICTURE), picture::draw(&book))?;
    Ok(())
}
