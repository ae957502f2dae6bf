//! Writes the use lines that each page shows at its end: `cargo run -p book --bin use_lines`.

use std::{fs, path::Path};

use anyhow::Result;
use book::{Book, use_lines};

fn main() -> Result<()> {
    let book = Book::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))?;
    fs::create_dir_all(book.root().join(use_lines::LISTS))?;
    for (path, list) in use_lines::all(&book) {
        fs::write(book.root().join(path), list)?;
    }
    Ok(())
}
