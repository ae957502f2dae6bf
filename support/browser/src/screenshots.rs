//! Pictures of every page of the book, in light and dark, wide and narrow, to look at:
//! `cargo run -p browser --bin screenshots -- target/screenshots`.

use std::{env, fs, path::Path};

use anyhow::{Context, Result};
use browser::{Book, Browser};

fn main() -> Result<()> {
    let folder = env::args().nth(1).context("name the folder to put the pictures in")?;
    fs::create_dir_all(&folder)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let book = Book::serve(&root)?;
    let browser = Browser::start()?;
    for theme in ["light", "navy"] {
        browser.open(&format!("{}/index.html", book.address))?;
        browser.script(&format!("localStorage.setItem('mdbook-theme', '{theme}')"))?;
        for width in [1280, 360] {
            browser.resize(width, 800)?;
            for page in Book::pages(&root)? {
                browser.open(&format!("{}{page}", book.address))?;
                let name = page.trim_matches('/').trim_end_matches(".html");
                let picture = browser.screenshot()?;
                fs::write(format!("{folder}/{name}-{theme}-{width}.png"), picture)?;
            }
        }
    }
    Ok(())
}
