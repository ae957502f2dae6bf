//! Draws the README's picture and those of the pages anew: `cargo run -p book --bin picture`

use std::{fs, path::Path};

use anyhow::{Result, anyhow};
use book::{Book, picture, pictures};

fn main() -> Result<()> {
    let book = Book::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))?;
    fs::write(book.root().join(picture::PICTURE), picture::draw(&book))?;
    fs::create_dir_all(book.root().join(pictures::FOLDER))?;
    for picture in pictures::all(&book) {
        let path = book.root().join(picture.path());
        fs::write(path, picture.drawn.map_err(|fault| anyhow!("{fault}"))?)?;
    }
    Ok(())
}
