//! The lab in each chapter, played in a real browser.

use browser::{Browser, BuiltBook};
use passes::{Passes, once};
use serde_json::{Value, json};

use crate::book::ENTER;

const COUNT: &str = "return document.querySelectorAll('session-lab section[data-ends]').length";

/// Plays one scenario, and returns what of its end does not stand in the last exchange.
const PLAY: &str = "
    const lab = document.querySelector('session-lab');
    const section = lab.querySelectorAll('section[data-ends]')[arguments[0]];
    lab.querySelectorAll('[aria-label=Scenarios] button')[arguments[0]].click();
    section.querySelector('button.main').click();
    const told = lab.exchange.textContent;
    const name = section.querySelector('strong').textContent;
    return section.dataset.ends.split(' ;; ').filter(end => !told.includes(end))
        .map(end => `${name}: not «${end}» in ${told}`);
";

/// In each lab of the page, opens all browsers, plays all scenarios, and shows all that is hidden
/// or folded, and an error besides.
const SHOW_EVERYTHING: &str = "
    const show = lab => {
        while (lab.more.firstChild) lab.more.firstChild.click();
        lab.querySelectorAll('section.scenario button.main').forEach(play => play.click());
        lab.querySelectorAll('section.scenario').forEach(scenario => { scenario.hidden = false; });
        lab.querySelectorAll('details').forEach(fold => { fold.open = true; });
        lab.act('Nobody understands this.');
    };
    document.querySelectorAll('session-lab').forEach(show);
    const frame = () => new Promise(requestAnimationFrame);
    return frame().then(frame).then(() => true);
";

/// What of a lab has a border that stands out too little, in any of mdBook's themes. A canvas turns
/// each way to write a colour into numbers.
const FAINT: &str = "
    const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const luminance = color => {
        pen.fillStyle = color;
        pen.fillRect(0, 0, 1, 1);
        const [red, green, blue] = [...pen.getImageData(0, 0, 1, 1).data].map(it => it / 255)
            .map(it => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (one, other) => {
        const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
    };
    const faint = theme => {
        document.documentElement.className = `js ${theme}`;
        const background = getComputedStyle(document.documentElement).getPropertyValue('--bg');
        return [...document.querySelectorAll('.lab, .lab .box, .lab .scenario, .lab iframe')]
            .map(it => [it, contrast(getComputedStyle(it).borderTopColor, background)])
            .filter(([_, contrast]) => contrast < 3)
            .map(([it, contrast]) => `${theme}: ${contrast.toFixed(1)}: ${it.outerHTML.slice(0, 80)}`);
    };
    return ['light', 'rust', 'coal', 'navy', 'ayu'].flatMap(faint);
";

/// Shows everything that the labs of the open page can show, to be looked at. False if it has none.
pub(crate) fn show_everything(book: &BuiltBook, browser: &Browser) -> bool {
    book.start_labs(browser) && browser.run(SHOW_EVERYTHING, &[]) == true
}

fn open(page: &str) -> Browser {
    let (book, browser) = (BuiltBook::shared(), Browser::open());
    book.open(&browser, page);
    assert!(book.start_labs(&browser), "{page} has no lab");
    browser
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn every_scenario_of_every_chapter_ends_as_it_says() {
    let (book, passes) = (BuiltBook::shared(), Passes::of("scenarios"));
    let mut faults = Vec::new();
    for page in [
        "01-a-server-that-forgets.html",
        "02-a-session-by-hand.html",
        "03-the-session-layer.html",
        "04-typed-data.html",
    ] {
        let found = passes.look(page, book.fingerprint(page), || play_all(page));
        faults.extend(found.iter().map(|fault| format!("{page}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The faults of the scenarios of one page.
fn play_all(page: &str) -> Vec<String> {
    let browser = open(page);
    let scenarios = browser.run(COUNT, &[]).as_u64().expect("a number");
    assert!(scenarios > 0, "{page} has no scenario");
    let mut faults = Vec::new();
    for scenario in 0..scenarios {
        let missing = browser.run(PLAY, &[scenario.into()]);
        let missing = missing.as_array().into_iter().flatten().filter_map(Value::as_str);
        faults.extend(missing.map(str::to_owned));
    }
    faults.extend(browser.console_errors());
    faults
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_cookie_copied_by_hand_opens_the_session() {
    let (book, page) = (BuiltBook::shared(), "03-the-session-layer.html");
    once(book.fingerprint(page), || copy_a_cookie(&open(page)));
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn every_box_of_a_lab_is_seen_in_every_theme() {
    let (book, page) = (BuiltBook::shared(), "03-the-session-layer.html");
    once(book.fingerprint(page), || {
        let browser = open(page);
        show_everything(&book, &browser);
        let faint = browser.run(FAINT, &[]);
        assert_eq!(faint, json!([]), "{faint:#}");
    });
}

fn copy_a_cookie(browser: &Browser) {
    let enter = |field: &str, text: &str| {
        let focus =
            "[...document.querySelectorAll('session-lab [aria-label], session-lab button')]
            .find(it => (it.ariaLabel ?? it.textContent) === arguments[0]).focus()";
        browser.run(focus, &[field.into()]);
        browser.press(text);
        browser.press(ENTER);
    };
    enter("Path of Ada's request", "");
    enter("Path of Ada's request", "");
    enter("Open Mallory's browser", "");
    let written = "return document.querySelector('[aria-label=\"Ada\\'s cookie id\"]').value";
    let cookie = browser.run(written, &[]);
    enter("A cookie for Mallory to write by hand", cookie.as_str().expect("Ada has a cookie"));
    enter("Path of Mallory's request", "");
    let told = "return document.querySelector('session-lab').exchange.textContent";
    let told = browser.run(told, &[]);
    let told = told.as_str().expect("text");
    assert!(told.contains("# Mallory"), "{told}");
    assert!(told.contains("You have been here 3 times."), "{told}");
}
