//! The pictures of the pages, where there is least room for them.

use std::{cell::LazyCell, fs};

use browser::{Browser, BuiltBook, NARROW, PRINT};
use passes::Passes;

/// What of the open page's pictures cannot be read: letters that are smaller than 12 pixels, stick out
/// of the picture or of the box that they stand in, or lie on other letters or on a line.
const UNREADABLE: &str = "
    const box = it => it.getBoundingClientRect();
    const area = it => it.width * it.height;
    const meet = (one, other) => one.left + 2 < other.right && other.left + 2 < one.right &&
        one.top + 2 < other.bottom && other.top + 2 < one.bottom;
    const within = (one, other) => other.left <= one.left && one.right <= other.right;
    const holds = (frame, one) => frame.left < one.left && one.left < frame.right &&
        frame.top < one.top && one.bottom < frame.bottom;
    const size = it => parseFloat(getComputedStyle(it).fontSize) * it.getScreenCTM().a;
    const flaws = (picture, text, at, texts) => {
        const own = box(text);
        const frames = [picture, ...picture.querySelectorAll('rect')].map(box);
        const frame = frames.filter(it => holds(it, own)).sort((a, b) => area(a) - area(b))[0];
        const lines = [...picture.querySelectorAll('line, path')].map(box);
        return [
            size(text) < 11.95 && `is ${size(text)} pixels high`,
            !within(own, frame ?? box(picture)) && 'sticks out',
            texts.slice(at + 1).some(it => meet(own, box(it))) && 'lies on other letters',
            lines.some(it => meet(own, it)) && 'lies on a line',
        ].filter(flaw => flaw).map(flaw => `${text.textContent}: ${flaw}`);
    };
    return [...document.querySelectorAll('.picture')].flatMap(picture => {
        const texts = [...picture.querySelectorAll('text')];
        return texts.flatMap((text, at) => flaws(picture, text, at, texts));
    });
";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn every_picture_can_be_read_on_a_telephone() {
    let (book, browser) = (BuiltBook::shared(), LazyCell::new(Browser::borrow));
    let passes = Passes::of("pictures");
    let mut faults = Vec::new();
    for page in book.pages().filter(|page| *page != PRINT && has_a_picture(book, page)) {
        let found = passes.look(page, book.fingerprint(page), || {
            browser.set_width(NARROW);
            book.open(&browser, page);
            let found = browser.run(UNREADABLE, &[]);
            let found = found.as_array().expect("a list").iter();
            found.map(|flaw| flaw.as_str().unwrap_or_default().to_owned()).collect()
        });
        faults.extend(found.iter().map(|fault| format!("{page}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn has_a_picture(book: &BuiltBook, page: &str) -> bool {
    let html = fs::read_to_string(book.file(page));
    html.is_ok_and(|html| html.contains("<svg class=\"picture\""))
}
