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
fn axe_finds_nothing_in_the_light_theme_and_in_the_dark_one() {
    let (book, browser, axe) = (BuiltBook::shared(), LazyCell::new(Browser::borrow), axe());
    let (passes, structures) = (Passes::of("axe"), Passes::of("axe but for prose"));
    let mut faults: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for page in book.pages() {
        // Prose is nothing to axe, and to see that it is all that has changed takes a while too.
        let found = passes.look(page, (book.fingerprint(page), &axe), || {
            structures.look(page, (book.structure(page), &axe), || {
                book.open(&browser, page);
                book.choose_theme(&browser, THEMES[0]);
                browser.run(&axe, &[]);
                look(book, &browser, page)
            })
        });
        found.into_iter().for_each(|fault| faults.entry(fault).or_default().push(page));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// What changes with the theme: the colours, and nothing else.
const COLOURS: [&str; 2] = ["color-contrast", "link-in-text-block"];

/// The page to print holds what was looked at on the others: it is looked at as a whole.
const WHOLE: [&str; 9] = [
    "aria-valid-attr-value",
    "document-title",
    "duplicate-id-aria",
    "heading-order",
    "html-has-lang",
    "landmark-no-duplicate-main",
    "landmark-one-main",
    "landmark-unique",
    "page-has-heading-one",
];

/// The items of a ladder are made alike, and so are its colours: they are looked at on one page, since
/// nothing takes longer.
fn left_out(page: &str) -> &'static [&'static str] {
    if page == lab::CHAPTER { &[] } else { &[".ladder *"] }
}

/// The faults of the page that is open, in the light theme.
fn look(book: &BuiltBook, browser: &Browser, page: &str) -> Vec<String> {
    let ask = |part: &str, rules: Option<&[&str]>| {
        let context = json!({"include": [part], "exclude": left_out(page)});
        Violation::all(&browser.run(VIOLATIONS, &[context, json!(rules)]))
    };
    let rules = (page == PRINT).then_some(&WHOLE[..]);
    let mut light = ask("html", rules);
    if lab::show_everything(book, browser) {
        // Nothing else on the page has changed.
        light.extend(ask("session-lab", rules));
    }
    if page == PRINT {
        return broken(&light);
    }
    book.choose_theme(browser, THEMES[1]);
    let dark = ask("html", Some(&COLOURS));
    let dark = broken(&dark).into_iter().map(|it| format!("in the dark theme: {it}"));
    let idle = EXCUSED.iter().filter(|row| !light.iter().any(|it| row.fits(it)));
    let idle = idle.map(|it| format!("excused for nothing: {} of {}", it.rule, it.element));
    broken(&light).into_iter().chain(dark).chain(idle).collect()
}

/// What breaks a rule without being excused.
fn broken(violations: &[Violation]) -> Vec<String> {
    let broken = violations.iter().filter(|it| !EXCUSED.iter().any(|row| row.fits(it)));
    broken.map(|it| format!("{}: {}\n  {}", it.rule, it.element, it.summary)).collect()
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_ladder_reads_aloud_in_order() {
    let book = BuiltBook::shared();
    let page = "introduction.html";
    passes::once(book.fingerprint(page), || {
        let browser = Browser::borrow();
        book.open(&browser, page);
        let said = browser.read_aloud("list", "A session in one picture");
        let first = [
            "Ada",
            "Grace",
            "server",
            "store",
            "Ada: GET /",
            "no cookie",
            "The store is asked:",
            "create <sid-1>",
            "for 14 days",
            "{\"visits\":1}",
            "The server answers:",
            "200 OK",
            "Set-Cookie: id=<sid-1>; HttpOnly; SameSite=Strict; Path=/",
            "You have been here 1 time.",
            "Ada's cookies",
            "id=<sid-1>",
            "the server holds",
        ];
        assert_eq!(said[..first.len()], first);
    });
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
