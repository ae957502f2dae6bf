//! The built book, page by page, as a reader sees it.

use std::{cell::LazyCell, collections::BTreeMap, fs};

use browser::{Browser, BuiltBook, ENTER, NARROW, PRINT, THEMES, WIDE};
use passes::{Passes, once};
use serde_json::Value;

use crate::lab;

/// The page and what of its chapter sticks out, if a reader has to scroll sideways. mdBook lets
/// the element around the chapter scroll, so the window alone tells nothing. What scrolls inside a
/// chapter, such as a table, takes no room.
const TOO_WIDE: &str = "
    const main = document.querySelector('main');
    const around = [main];
    while (around[0].parentElement) around.unshift(around[0].parentElement);
    if (around.every(it => it.scrollWidth <= it.clientWidth + 1)) return [];
    const scrolls = it => it !== main &&
        (getComputedStyle(it).overflowX !== 'visible' || scrolls(it.parentElement));
    const room = document.documentElement.clientWidth + 1;
    const sticksOut = it =>
        it.getBoundingClientRect().right > room && !scrolls(it.parentElement);
    return ['it scrolls sideways', ...[...main.querySelectorAll('*')].filter(sticksOut)
        .map(it => `sticks out: ${it.outerHTML.slice(0, 160)}`)];
";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn every_page_loads_without_an_error_and_fits_a_telephone() {
    let (book, browser) = (BuiltBook::shared(), LazyCell::new(Browser::borrow));
    let mut faults = Vec::new();
    // What is too wide is so in both themes, so that each page need be opened only twice.
    for (theme, width) in THEMES.into_iter().zip([NARROW, WIDE]) {
        let passes = Passes::of(&format!("{width} px in {theme}"));
        for page in book.pages_in(theme) {
            let found = passes.look(page, book.fingerprint(page), || {
                browser.set_width(width);
                book.open(&browser, page);
                book.choose_theme(&browser, theme);
                assert_eq!(theme_of(&browser), theme, "{page} is not in the theme");
                let mut found = look(book, &browser);
                // A lab that is open keeps what it shows while its reader turns the telephone.
                if width == NARROW && lab::show_everything(book, &browser) {
                    found.extend(look(book, &browser));
                    browser.set_width(WIDE);
                    found.extend(look(book, &browser));
                }
                found
            });
            faults.extend(
                found.iter().map(|fault| format!("{page}, {theme}, {width} px: {fault}")),
            );
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The faults of the page that is open.
fn look(book: &BuiltBook, browser: &Browser) -> Vec<String> {
    let mut found = lines(&browser.run(TOO_WIDE, &[]));
    found.extend(browser.console_errors());
    found.extend(book.missing().iter().map(|path| format!("{path} is asked for and missing")));
    found
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn enter_opens_what_is_folded() {
    let book = BuiltBook::shared();
    // From chapter 2 on, each ends with a diff that is folded.
    let page = book.pages().find(|page| page.starts_with("02-")).expect("there is a chapter 2");
    once(book.fingerprint(page), || {
        let browser = Browser::borrow();
        book.open(&browser, page);
        browser.run("document.querySelector('main > details > summary').focus()", &[]);
        browser.press(ENTER);
        browser.wait_until("document.querySelector('main > details').open");
        browser.press(ENTER);
        browser.wait_until("!document.querySelector('main > details').open");
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn s_and_slash_open_the_search_and_it_finds() {
    let book = BuiltBook::shared();
    // The index changes with each word of the book, but not how it is searched.
    once(book.machinery(), || {
        let browser = Browser::borrow();
        for key in ["s", "/"] {
            book.open(&browser, "index.html");
            browser.press(key);
            browser.wait_until("document.activeElement.id === 'mdbook-searchbar'");
            browser.press("fixation");
            browser.wait_until("document.querySelector('#mdbook-searchresults a')");
            let found = browser.text("#mdbook-searchresults").to_lowercase();
            assert!(found.contains("fixation"), "{found}");
        }
        let errors = browser.console_errors();
        assert!(errors.is_empty(), "{errors:#?}");
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn the_name_of_a_test_leads_to_where_it_stands() {
    let book = BuiltBook::shared();
    let page = book.pages().find(|page| page.starts_with("03-")).expect("there is a chapter 3");
    once((book.machinery(), book.fingerprint(page)), || {
        let browser = Browser::borrow();
        book.open(&browser, page);
        for name in ["p > a > code", "figcaption > a > code"] {
            let lead = format!("return document.querySelector('main {name}').parentNode.hash");
            let hash = browser.run(&lead, &[]);
            let hash = hash.as_str().expect("a link");
            book.open(&browser, &format!("appendix-tests.html{hash}"));
            browser.wait_until("document.querySelector('code:target')");
            assert_eq!(format!("#{}", browser.text("code:target")), hash);
            book.open(&browser, page);
        }
    });
}

fn theme_of(browser: &Browser) -> String {
    let themes = "return [...document.documentElement.classList].join(' ')";
    let classes = browser.run(themes, &[]);
    let classes = classes.as_str().unwrap_or_default();
    let theme = THEMES.into_iter().find(|theme| classes.split(' ').any(|one| one == *theme));
    theme.unwrap_or(classes).to_owned()
}

fn lines(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
}

/// A change of prose changes its own page, but not its structure; a change of style changes all.
#[test]
fn a_page_changes_with_its_words_and_with_what_it_loads() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        fs::write(folder.path().join(path), text).expect("the book can be written");
    };
    fs::create_dir(folder.path().join("src")).expect("a folder");
    write("book.toml", "[output.html]\nadditional-css = [\"src/book.css\"]\n");
    write("src/SUMMARY.md", "[One](one.md)\n\n[Two](two.md)\n\n[Three](three.md)\n");
    write("src/one.md", "# One\n");
    write("src/two.md", "# Two\n\nTea.\n");
    write("src/three.md", "# Three\n");
    write("src/book.css", "p { color: black }\n");
    let marks = |of: fn(&BuiltBook, &str) -> u64| {
        let book = BuiltBook::build(folder.path());
        let marks = book.pages().filter(|page| *page != PRINT);
        let marks: BTreeMap<String, u64> =
            marks.map(|page| (page.to_owned(), of(&book, page))).collect();
        marks
    };
    let changed = |before: &BTreeMap<String, u64>, after: BTreeMap<String, u64>| {
        let changed = after.into_iter().filter(|(page, mark)| before[page] != *mark);
        let changed: Vec<String> = changed.map(|(page, _)| page).collect();
        changed
    };
    let (words, structure) = (marks(BuiltBook::fingerprint), marks(BuiltBook::structure));
    let nothing: [&str; 0] = [];
    assert_eq!(changed(&words, marks(BuiltBook::fingerprint)), nothing, "it is the same book");
    write("src/two.md", "# Two\n\nCoffee.\n");
    assert_eq!(changed(&words, marks(BuiltBook::fingerprint)), ["two.html"]);
    assert_eq!(changed(&structure, marks(BuiltBook::structure)), nothing, "Coffee is prose");
    for other in ["# Two\n", "# Two\n\n`Tea`.\n", "# Too\n\nTea.\n", "# Two\n\n> Tea.\n"] {
        write("src/two.md", other);
        assert_eq!(changed(&structure, marks(BuiltBook::structure)), ["two.html"], "{other}");
    }
    write("src/two.md", "# Two\n\nTea.\n");
    write("src/book.css", "p { color: brown }\n");
    assert_eq!(changed(&words, marks(BuiltBook::fingerprint)).len(), words.len());
    assert_eq!(changed(&structure, marks(BuiltBook::structure)).len(), words.len());
}
