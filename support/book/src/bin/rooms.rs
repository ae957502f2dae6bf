//! Writes the list of the newest step's rooms: `cargo run -p book --bin rooms`.

use std::{fs, path::Path};

use anyhow::Result;
use book::{Book, rooms};

fn main() -> Result<()> {
    let book = Book::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))?;
    fs::write(book.root().join(rooms::LIST), rooms::write(&book))?;
    Ok(())
}
