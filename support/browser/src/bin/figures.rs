//! Prints how much room each page and its ladders take, at a desk and on a telephone:
//! `cargo run -p browser --bin figures`

use std::fs;

use browser::{Browser, BuiltBook, NARROW, WIDE};

/// The heights of the recorded ladders, in CSS pixels, with what is folded opened.
const HEIGHTS: &str = "
    document.querySelectorAll('main details').forEach(fold => { fold.open = true; });
    return [...document.querySelectorAll('main .ladder')].map(it => it.getBoundingClientRect().height);
";

fn main() {
    let (book, browser) = (BuiltBook::shared(), Browser::open());
    println!(
        "| Page | Figures | Tallest, {WIDE} px | Sum | Tallest, {NARROW} px | Sum | Bytes |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut total = [0.0; 2];
    for page in book.listed() {
        let [wide, narrow] = [WIDE, NARROW].map(|width| {
            browser.set_width(width);
            book.open(&browser, page);
            let heights = browser.run(HEIGHTS, &[]);
            let heights = heights.as_array().expect("a list").iter();
            heights.map(|height| height.as_f64().expect("a number")).collect::<Vec<f64>>()
        });
        let bytes = fs::metadata(book.file(page)).expect("a built page").len();
        let cells = [&wide, &narrow].map(|heights| {
            let tallest = heights.iter().copied().fold(0.0, f64::max);
            format!("{tallest:.0} | {:.0}", heights.iter().sum::<f64>())
        });
        total[0] += wide.iter().sum::<f64>();
        total[1] += narrow.iter().sum::<f64>();
        println!("| {page} | {} | {} | {} | {bytes} |", wide.len(), cells[0], cells[1]);
    }
    println!("| all | | | {:.0} | | {:.0} | |", total[0], total[1]);
}
