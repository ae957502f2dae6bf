//! Writes the list of the tests that the book names: `cargo run -p book --bin tests`.

use std::{fs, path::Path};

use anyhow::Result;
use book::{Book, test_list};

fn main() -> Result<()> {
    let book = Book::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))?;
    fs::write(book.root().join(test_list::LIST), test_list::write(&book))?;
    Ok(())
}
