//! What axe-core says of every page of the book.

use std::{cell::LazyCell, collections::BTreeMap, fs, path::Path};

use browser::{Browser, BuiltBook, PRINT, THEMES};
use passes::Passes;
use serde_json::{Value, json};

use crate::lab;

/// Where mdBook's own page breaks a rule that the book's style sheet cannot mend. A row that a page
/// no longer needs fails the test. The chapters themselves have no row.
const EXCUSED: [Excused; 5] = [
    // The button that shows and hides the contents is a label, so that it works without scripts.
    Excused { rule: "aria-allowed-attr", element: "<label id=\"mdbook-sidebar-toggle\"" },
    Excused { rule: "aria-prohibited-attr", element: "<label id=\"mdbook-sidebar-toggle\"" },
    // The bar above a chapter is no landmark. Only a copy of mdBook's template could make it one.
    Excused { rule: "region", element: "<label id=\"mdbook-sidebar-toggle\"" },
    Excused { rule: "region", element: "<h1 class=\"menu-title\"" },
    Excused { rule: "region", element: "<div class=\"right-buttons\"" },
];

struct Excused {
    rule: &'static str,
    /// How the element's HTML begins.
    element: &'static str,
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
#[cfg_attr(
    all(chromium, not(axe_core)),
    ignore = "needs axe-core: npm ci --prefix support/browser"
)]
fn axe_finds_nothing_in_the_light_theme() {
    check(THEMES[0]);
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
#[cfg_attr(
    all(chromium, not(axe_core)),
    ignore = "needs axe-core: npm ci --prefix support/browser"
)]
fn axe_finds_nothing_in_the_dark_theme() {
    check(THEMES[1]);
}

fn check(theme: &str) {
    let (book, axe) = (BuiltBook::shared(), axe());
    let browser = LazyCell::new(|| {
        let browser = Browser::borrow();
        book.choose_theme(&browser, theme);
        browser
    });
    let passes = Passes::of(&format!("axe in {theme}"));
    let mut faults: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for page in book.pages_in(theme) {
        let found = passes.look(page, (book.fingerprint(page), &axe), || {
            book.open(&browser, page);
            browser.run(&axe, &[]);
            look(book, &browser, theme, page)
        });
        found.into_iter().for_each(|fault| faults.entry(fault).or_default().push(page));
    }
    assert!(faults.is_empty(), "in the theme {theme}: {faults:#?}");
}

/// Which rules axe applies to a page, if not all. A second theme changes the colours and nothing else,
/// and the page to print holds what was looked at on the others: it is looked at as a whole.
fn rules(theme: &str, page: &str) -> Option<&'static [&'static str]> {
    if theme != THEMES[0] {
        Some(&["color-contrast", "link-in-text-block"])
    } else if page == PRINT {
        Some(&[
            "aria-valid-attr-value",
            "document-title",
            "duplicate-id-aria",
            "heading-order",
            "html-has-lang",
            "landmark-no-duplicate-main",
            "landmark-one-main",
            "landmark-unique",
            "page-has-heading-one",
        ])
    } else {
        None
    }
}

/// What is drawn in a ladder is one picture to whoever hears the page, and its colours are the same
/// on each: they are looked at on one page, since nothing takes longer.
fn left_out(page: &str) -> &'static [&'static str] {
    if page == lab::CHAPTER { &[] } else { &[".ladder *"] }
}

/// The faults of the page that is open.
fn look(book: &BuiltBook, browser: &Browser, theme: &str, page: &str) -> Vec<String> {
    let rules = rules(theme, page);
    let ask = |part: &str| {
        let context = json!({"include": [part], "exclude": left_out(page)});
        Violation::all(&browser.run(VIOLATIONS, &[context, json!(rules)]))
    };
    let mut violations = ask("html");
    if lab::show_everything(book, browser) {
        // Nothing else on the page has changed.
        violations.extend(ask("session-lab"));
    }
    let broken = violations.iter().filter(|it| !EXCUSED.iter().any(|row| row.fits(it)));
    let excused = if rules.is_none() { &EXCUSED[..] } else { &[] };
    let idle = excused.iter().filter(|row| !violations.iter().any(|it| row.fits(it)));
    let broken = broken.map(|it| format!("{}: {}\n  {}", it.rule, it.element, it.summary));
    let idle = idle.map(|it| format!("excused for nothing: {} of {}", it.rule, it.element));
    broken.chain(idle).collect()
}

fn axe() -> String {
    let path = "node_modules/axe-core/axe.min.js";
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("axe-core")
}

/// One object for each element that breaks a rule. Without `iframes: false`, axe waits half a second
/// for an answer from the frames in which a lab shows its server's pages; they run no script.
const VIOLATIONS: &str = "
    const found = violation => violation.nodes.map(node => ({
        rule: violation.id,
        element: node.html,
        isChapter: document.querySelector(node.target[0])?.closest('main') != null,
        summary: node.failureSummary,
    }));
    const [context, rules] = arguments;
    const only = rules ? { runOnly: rules } : {};
    return axe.run(context, { resultTypes: ['violations'], iframes: false, ...only })
        .then(results => results.violations.flatMap(found));
";

struct Violation {
    rule: String,
    element: String,
    is_chapter: bool,
    summary: String,
}

impl Violation {
    fn all(found: &Value) -> Vec<Self> {
        let found = found.as_array().expect("a list of violations").iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        found
            .map(|it| Self {
                rule: text(&it["rule"]),
                element: text(&it["element"]),
                is_chapter: it["isChapter"] == true,
                summary: text(&it["summary"]).replace('\n', " "),
            })
            .collect()
    }
}

impl Excused {
    fn fits(&self, violation: &Violation) -> bool {
        !violation.is_chapter
            && violation.rule == self.rule
            && violation.element.starts_with(self.element)
    }
}
