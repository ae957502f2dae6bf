//! The steps and the book as a person meets them.

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use anyhow::Result;
use browser::{Book, Browser, serve};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    MemoryStore, SessionStore,
    session::{Id, Record},
};

static ROOT: LazyLock<PathBuf> =
    LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));

/// What is on the page that we can't mend without copying mdBook's own templates, with the reason.
/// A row that no page needs any more fails its test.
const EXCUSED: [(&str, &str); 5] = [
    (
        "aria-allowed-attr: <label id=\\\"mdbook-sidebar-toggle",
        "mdBook's label stands in for a button",
    ),
    ("aria-prohibited-attr: <label id=\\\"mdbook-sidebar-toggle", "the same"),
    ("region: <label id=\\\"mdbook-sidebar-toggle", "mdBook's menu bar is no landmark"),
    ("region: <h1 class=\\\"menu-title", "the same"),
    ("region: <div class=\\\"right-buttons", "the same"),
];

fn visits(browser: &Browser) -> Result<String> {
    browser.text("main strong")
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_01_counts_everybody_together() -> Result<()> {
    let address = serve(step_01::app(step_01::Visits::default()))?;
    let (ada, grace) = (Browser::start()?, Browser::start()?);
    ada.open(&address)?;
    ada.reload()?;
    assert_eq!(visits(&ada)?, "2");
    grace.open(&address)?;
    assert_eq!(visits(&grace)?, "3");
    assert!(ada.cookies()?.is_empty());
    assert_eq!(ada.console_errors()?, [""; 0]);
    Ok(())
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_02_keeps_browsers_apart_and_shows_scripts_the_cookie() -> Result<()> {
    let address = serve(step_02::app(step_02::Sessions::default()))?;
    let (ada, grace) = (Browser::start()?, Browser::start()?);
    counts_each_browser(&address, &ada, &grace)?;
    let cookie = &ada.cookies()?[0];
    assert_eq!((&cookie["httpOnly"], &cookie["secure"]), (&false.into(), &false.into()));
    assert_eq!((&cookie["name"], &cookie["path"]), (&"id".into(), &"/".into()));
    let seen = ada.script("return document.cookie")?;
    assert!(seen.as_str().is_some_and(|seen| seen.starts_with("id=")), "{seen}");
    Ok(())
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_03_keeps_browsers_apart_and_the_cookie_from_scripts() -> Result<()> {
    let address = serve(step_03::app(MemoryStore::default()))?;
    let (ada, grace) = (Browser::start()?, Browser::start()?);
    counts_each_browser(&address, &ada, &grace)?;
    let cookie = &ada.cookies()?[0];
    assert_eq!((&cookie["httpOnly"], &cookie["secure"]), (&true.into(), &false.into()));
    assert_eq!((&cookie["sameSite"], &cookie["path"]), (&"Strict".into(), &"/".into()));
    assert_eq!(cookie["domain"], "localhost");
    assert!(cookie.get("expiry").is_none(), "{cookie}");
    assert_eq!(ada.script("return document.cookie")?, "");
    Ok(())
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn step_04_starts_over_when_its_button_is_pressed() -> Result<()> {
    let store = MemoryStore::default();
    let address = serve(step_04::app(store.clone()))?;
    let ada = Browser::start()?;
    ada.open(&format!("{address}/about"))?;
    ada.add_cookie("id", &planted(&store))?;
    ada.click("nav a[href='/']")?;
    assert!(ada.text("main")?.contains("The server cannot read what it has kept for you."));
    ada.click("button")?;
    assert_eq!(visits(&ada)?, "1");
    ada.reload()?;
    assert_eq!(visits(&ada)?, "2");
    assert!(ada.text("main")?.contains("Your last visit: "));
    Ok(())
}

/// Puts what step 03 kept into the store of step 04, and returns its identifier.
fn planted(store: &MemoryStore) -> String {
    let data = [("visits".to_owned(), 3.into())].into_iter().collect();
    let expiry_date = OffsetDateTime::now_utc() + Duration::days(1);
    let mut record = Record { id: Id::default(), data, expiry_date };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(store.create(&mut record)).expect("the store takes it");
    record.id.to_string()
}

fn counts_each_browser(address: &str, ada: &Browser, grace: &Browser) -> Result<()> {
    ada.open(address)?;
    assert_eq!(visits(ada)?, "1");
    ada.reload()?;
    ada.click("nav a[href='/about']")?;
    assert!(ada.text("main")?.contains("counts nothing"));
    ada.click("nav a[href='/']")?;
    assert_eq!(visits(ada)?, "3");
    grace.open(address)?;
    assert_eq!(visits(grace)?, "1");
    for browser in [ada, grace] {
        assert_eq!(browser.console_errors()?, [""; 0]);
    }
    Ok(())
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn every_page_loads_whole_and_fits_a_telephone() -> Result<()> {
    let book = Book::serve(&ROOT)?;
    let browser = Browser::start()?;
    let mut faults = Vec::new();
    browser.resize(360, 800)?;
    for page in Book::pages(&ROOT)? {
        browser.open(&format!("{}{page}", book.address))?;
        let mut found = browser.console_errors()?;
        found.extend(book.missing().into_iter().map(|path| format!("{path} is missing")));
        found.extend(too_wide(&browser)?);
        faults.extend(found.into_iter().map(|fault| format!("{page}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

/// What makes the page wider than its window, if anything does.
fn too_wide(browser: &Browser) -> Result<Option<String>> {
    let script = "
        const page = document.documentElement;
        if (page.scrollWidth <= page.clientWidth) return null;
        const wide = [...document.querySelectorAll('main *')]
            .filter(e => e.getBoundingClientRect().right > page.clientWidth);
        return page.scrollWidth + ' pixels wide: ' + (wide[0] ?? page).outerHTML.slice(0, 200);";
    Ok(browser.script(script)?.as_str().map(str::to_owned))
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn the_keyboard_opens_what_is_folded_and_searches() -> Result<()> {
    let book = Book::serve(&ROOT)?;
    let browser = Browser::start()?;
    browser.open(&format!("{}/03-the-session-layer.html", book.address))?;
    browser.script("document.querySelector('main details summary').focus()")?;
    browser.press("\u{E007}")?;
    assert_eq!(browser.script("return document.querySelector('main details').open")?, true);
    browser.script("document.activeElement.blur()")?;
    browser.press("s")?;
    browser.press("fixation")?;
    let found = browser.script_with_callback(
        "const done = arguments[0];
         const results = document.querySelector('#mdbook-searchresults-outer');
         const look = () => results.querySelector('a') && done(results.innerText);
         new MutationObserver(look).observe(results, { childList: true, subtree: true });
         look();",
    )?;
    assert!(found.as_str().is_some_and(|text| text.contains("Glossary")), "{found}");
    Ok(())
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
#[cfg_attr(not(axe), ignore = "needs axe-core: npm ci --prefix support/browser")]
fn axe_finds_nothing_on_any_page_in_light_and_dark() -> Result<()> {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe)?;
    let book = Book::serve(&ROOT)?;
    let browser = Browser::start()?;
    let mut faults = Vec::new();
    for theme in ["light", "navy"] {
        browser.open(&format!("{}/index.html", book.address))?;
        browser.script(&format!("localStorage.setItem('mdbook-theme', '{theme}')"))?;
        for page in Book::pages(&ROOT)? {
            browser.open(&format!("{}{page}", book.address))?;
            browser.script(&axe)?;
            let violations = browser.script_with_callback(VIOLATIONS)?;
            for violation in violations.as_array().into_iter().flatten() {
                faults.push(format!("{theme} {page}: {violation}"));
            }
        }
    }
    let excused = |fault: &String| EXCUSED.iter().any(|(what, _)| fault.contains(what));
    for (what, _) in EXCUSED {
        assert!(faults.iter().any(|fault| fault.contains(what)), "no longer needed: {what}");
    }
    faults.retain(|fault| !excused(fault));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

/// One line for each element that breaks a rule.
const VIOLATIONS: &str = "
    const done = arguments[0];
    axe.run().then(
        found => done(found.violations.flatMap(
            rule => rule.nodes.map(node => rule.id + ': ' + node.html.slice(0, 160)))),
        error => done(['axe: ' + error]));";
