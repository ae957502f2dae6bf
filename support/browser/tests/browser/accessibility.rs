//! What axe-core says of every page of the book.

use std::{collections::BTreeMap, fs, path::Path};

use browser::{Browser, BuiltBook, THEMES};
use serde_json::Value;

use crate::lab;

/// Where mdBook's own page breaks a rule that the book's style sheet cannot mend. A row that no
/// page needs any more fails the test. The chapters themselves have no row.
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
    let (book, browser) = (BuiltBook::shared(), Browser::open());
    book.choose_theme(&browser, theme);
    let axe = axe();
    let mut violations = Vec::new();
    for page in book.pages() {
        book.open(&browser, page);
        browser.run(&axe, &[]);
        violations.extend(Violation::all(&browser.run(VIOLATIONS, &[]), page));
        if lab::show_everything(&book, &browser) {
            violations.extend(Violation::all(&browser.run(VIOLATIONS, &[]), page));
        }
    }
    let broken = violations.iter().filter(|it| !EXCUSED.iter().any(|row| row.fits(it)));
    let mut faults: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for it in broken {
        let fault = format!("{}: {}\n  {}", it.rule, it.element, it.summary);
        faults.entry(fault).or_default().push(&it.page);
    }
    for row in EXCUSED.iter().filter(|row| !violations.iter().any(|it| row.fits(it))) {
        faults.insert(format!("excused for nothing: {} of {}", row.rule, row.element), vec![]);
    }
    assert!(faults.is_empty(), "in the theme {theme}: {faults:#?}");
}

fn axe() -> String {
    let path = "node_modules/axe-core/axe.min.js";
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("axe-core")
}

/// One object for each element that breaks a rule.
const VIOLATIONS: &str = "
    const found = violation => violation.nodes.map(node => ({
        rule: violation.id,
        element: node.html,
        isChapter: document.querySelector(node.target[0])?.closest('main') != null,
        summary: node.failureSummary,
    }));
    return axe.run({ resultTypes: ['violations'] })
        .then(results => results.violations.flatMap(found));
";

struct Violation {
    page: String,
    rule: String,
    element: String,
    is_chapter: bool,
    summary: String,
}

impl Violation {
    fn all(found: &Value, page: &str) -> Vec<Self> {
        let found = found.as_array().expect("a list of violations").iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        found
            .map(|it| Self {
                page: page.to_owned(),
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
