//! Makes a picture of every page of the book, in each theme, wide and narrow, for people who look
//! at pages: `cargo run -p browser --bin screenshots -- <folder>`. A second argument picks the pages
//! whose names have it in them: `screenshots -- <folder> 13-`

use std::{env, error::Error, fs, path::Path};

use browser::{Browser, BuiltBook, NARROW, THEMES, WIDE};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("name a folder for the pictures")?;
    let folder = Path::new(&folder);
    let part = env::args().nth(2).unwrap_or_default();
    fs::create_dir_all(folder)?;
    let (book, browser) = (BuiltBook::shared(), Browser::open());
    for theme in THEMES {
        for width in [WIDE, NARROW] {
            browser.set_width(width);
            for page in book.pages().filter(|page| page.contains(&part)) {
                book.open(&browser, page);
                book.choose_theme(&browser, theme);
                book.start_labs(&browser);
                let name = page.trim_end_matches(".html").replace('/', "-");
                let picture = folder.join(format!("{name}-{theme}-{width}.png"));
                fs::write(&picture, browser.screenshot())?;
                println!("{}", picture.display());
            }
        }
    }
    Ok(())
}
