//! The book as a reader gets it: built by mdBook, served by a plain web server.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use mdbook_driver::{MDBook, book::BookItem};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    browser::Browser,
    fingerprint::{chromium, of_book},
    leftovers,
    server::{Files, Server},
    structure::structure,
};

/// The themes that the book is looked at in, as mdBook calls them: a light and a dark one.
pub const THEMES: [&str; 2] = ["light", "navy"];

/// The page that holds all others.
pub const PRINT: &str = "print.html";

/// The built book, and a server for it.
pub struct BuiltBook {
    pages: Vec<String>,
    parts: BTreeMap<String, usize>,
    files: Files,
    server: Server,
    loaded: u64,
    fingerprints: BTreeMap<String, u64>,
    folder: TempDir,
}

impl BuiltBook {
    /// The one built book of this process.
    pub fn shared() -> &'static Self {
        static BOOK: LazyLock<BuiltBook> = LazyLock::new(|| {
            BuiltBook::build(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        });
        &BOOK
    }

    /// Builds the book at this root.
    pub fn build(root: &Path) -> Self {
        let folder = leftovers::folder();
        let mut book = MDBook::load(root).unwrap_or_else(|why| panic!("{why:#}"));
        book.config.build.build_dir = folder.path().to_path_buf();
        book.build().unwrap_or_else(|why| panic!("{why:#}"));
        let files = Files::of(folder.path());
        let server = Server::start(files.app());
        let (loaded, fingerprints) =
            of_book(folder.path()).expect("the built book can be read");
        let (pages, parts) = (pages(&book), parts(&book));
        Self { pages, parts, files, server, loaded, fingerprints, folder }
    }

    /// The pages that the summary lists, then the first page and, where `CI` is set, the one to
    /// print.
    pub fn pages(&self) -> impl Iterator<Item = &str> {
        self.pages.iter().map(String::as_str)
    }

    /// The pages that are read in a theme. The one to print is made for paper, and paper is light.
    pub fn pages_in(&self, theme: &str) -> impl Iterator<Item = &str> {
        self.pages().filter(move |page| theme == THEMES[0] || *page != PRINT)
    }

    /// A hash of all that a browser may get when it opens a page.
    pub fn fingerprint(&self, page: &str) -> u64 {
        passes::fingerprint(&(self.fingerprints[page], chromium()))
    }

    /// A hash of what every page loads, the lab among it, and of the browser.
    pub fn machinery(&self) -> u64 {
        passes::fingerprint(&(self.loaded, chromium()))
    }

    /// A hash of a page but for its prose, and of all that it loads.
    pub fn structure(&self, page: &str) -> u64 {
        passes::fingerprint(&(structure(&self.html(page)), self.machinery()))
    }

    /// The number of the part that a chapter stands in; none for a page that is no chapter.
    pub fn part(&self, page: &str) -> Option<usize> {
        self.parts.get(page).copied()
    }

    /// How many parts the book has.
    pub fn parts(&self) -> usize {
        self.parts.values().copied().max().unwrap_or_default()
    }

    /// The chapters that have a lab in them.
    pub fn chapters_with_a_lab(&self) -> impl Iterator<Item = &str> {
        self.pages().filter(|page| *page != PRINT && self.lab(page).is_some())
    }

    /// A hash of what a page says of its lab, and of all that it loads; none if it has no lab.
    pub fn lab(&self, page: &str) -> Option<u64> {
        let html = self.html(page);
        let (_, lab) = html.split_once("<session-lab ")?;
        let (lab, _) = lab.rsplit_once("</session-lab>")?;
        Some(passes::fingerprint(&(lab, self.machinery())))
    }

    fn html(&self, page: &str) -> String {
        fs::read_to_string(self.file(page)).expect("a built page")
    }

    /// The pages that the summary lists.
    pub fn listed(&self) -> impl Iterator<Item = &str> {
        self.pages().filter(|page| !["index.html", PRINT].contains(page))
    }

    /// Where a page is built.
    pub fn file(&self, page: &str) -> PathBuf {
        self.folder.path().join(page)
    }

    /// The address of a page.
    pub fn url(&self, page: &str) -> String {
        self.server.url(&format!("/{page}"))
    }

    /// The paths that a browser asked for and that are not there, since the last time of asking.
    pub fn missing(&self) -> BTreeSet<String> {
        self.files.missing()
    }

    /// Opens a page and waits until nothing is drawn any more.
    pub fn open(&self, browser: &Browser, page: &str) {
        browser.go(&self.url(page));
        browser.run(SETTLED, &[]);
    }

    /// Chooses one of mdBook's themes, as a reader of the open page does, and waits until it is
    /// drawn. The pages that are opened later have it too.
    pub fn choose_theme(&self, browser: &Browser, theme: &str) {
        browser.run(CHOOSE_THEME, &[json!(theme)]);
        browser.run(SETTLED, &[]);
    }

    /// Starts each lab of the page that is open, and goes back to its top. A lab starts when it
    /// comes into sight. False if the page has none.
    pub fn start_labs(&self, browser: &Browser) -> bool {
        browser.run(START_LABS, &[]) == true
    }
}

/// Fonts are loaded, and two frames are drawn with them.
const SETTLED: &str = "
    const frame = () => new Promise(requestAnimationFrame);
    return document.fonts.ready.then(frame).then(frame).then(() => true);
";

/// A style sheet that was switched off is loaded again when it is switched on.
const CHOOSE_THEME: &str = "
    document.querySelector(`#mdbook-theme-${arguments[0]}`).click();
    const sheets = [...document.querySelectorAll('link[rel=stylesheet]')];
    const frame = () => new Promise(requestAnimationFrame);
    return (async () => {
        while (sheets.some(it => !it.disabled && !it.sheet)) await frame();
    })();
";

const START_LABS: &str = "
    const labs = [...document.querySelectorAll('session-lab')];
    const frame = () => new Promise(requestAnimationFrame);
    const start = async lab => {
        lab.scrollIntoView();
        while (!lab.dataset.ready) {
            const alert = lab.querySelector('[role=alert]')?.textContent;
            if (alert) throw new Error(alert);
            await frame();
        }
    };
    return (async () => {
        for (const lab of labs) await start(lab);
        window.scrollTo(0, 0);
        await frame().then(frame);
        return labs.length > 0;
    })();
";

/// The part of each numbered chapter, as the summary groups them.
fn parts(book: &MDBook) -> BTreeMap<String, usize> {
    let mut part = 0;
    let numbered = book.iter().filter_map(|item| match item {
        BookItem::PartTitle(_) => {
            part += 1;
            None
        }
        BookItem::Chapter(chapter) => {
            chapter.number.as_ref()?;
            let page = chapter.path.as_ref()?.with_extension("html");
            Some((page.display().to_string(), part))
        }
        BookItem::Separator => None,
    });
    numbered.collect()
}

fn pages(book: &MDBook) -> Vec<String> {
    let chapters = book.iter().filter_map(|item| match item {
        BookItem::Chapter(chapter) => chapter.path.as_ref(),
        _ => None,
    });
    let listed = chapters.map(|path| path.with_extension("html").display().to_string());
    // The page to print holds what the others hold, and changes with each of them.
    let print = env::var_os("CI").map(|_| PRINT.to_owned());
    listed.chain(["index.html".to_owned()]).chain(print).collect()
}
