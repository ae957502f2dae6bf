//! What has passed in the browser is not looked at again before something changes.
//!
//! To open every page takes most of a minute, and a change of prose touches one page of many. So a
//! look that passed leaves a file below the target directory, with a hash of all that its result
//! depends on: this test program, which holds the steps and the tests themselves; the versions of
//! Chromium and chromedriver; and what the test names, such as a page with its scripts. While the
//! hash is the same, so is the result. A look that fails leaves nothing and is repeated until it
//! passes. Where `CI` is set nothing is known, and everything is looked at. So it is, once, after
//! `rm -r target/tmp/passes`: the fonts of the machine, for one, are in no hash.

use std::{
    any::type_name,
    cell::Cell,
    env, fs,
    hash::Hash,
    io::{Write, stderr},
    panic::{AssertUnwindSafe, Location, catch_unwind},
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use browser::{BuiltBook, fingerprint};

/// What the looks of one test have passed.
pub(crate) struct Passes {
    test: String,
    /// Where the test stands, so that no two tests take each other's passes for their own.
    place: &'static Location<'static>,
    /// A file for each look that passed; nowhere if nothing is to be known.
    folder: Option<PathBuf>,
    looked_at: Cell<u32>,
    known: Cell<u32>,
}

impl Passes {
    /// Those of the test of this name.
    #[track_caller]
    pub(crate) fn of(test: &str) -> Self {
        // `cargo test -p browser` and `cargo test --workspace` build two programs, of two names.
        let program = env::current_exe().expect("this program has a path");
        let name = program.file_stem().expect("this program has a name");
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("passes").join(name);
        Self::below(env::var_os("CI").is_none().then_some(kept), test)
    }

    #[track_caller]
    fn below(folder: Option<PathBuf>, test: &str) -> Self {
        Self {
            test: test.to_owned(),
            place: Location::caller(),
            folder: folder.map(|folder| folder.join(test.replace(", ", "-").replace(' ', "-"))),
            looked_at: Cell::new(0),
            known: Cell::new(0),
        }
    }

    /// Looks at something unless it is known to be without faults, and returns the faults.
    pub(crate) fn look(
        &self,
        at: &str,
        depends_on: impl Hash,
        look: impl FnOnce() -> Vec<String>,
    ) -> Vec<String> {
        let hash = format!("{:016x}", fingerprint(&(*MACHINERY, self.place, depends_on)));
        let file = self.folder.as_ref().map(|folder| folder.join(at));
        if file.as_ref().is_some_and(|file| fs::read_to_string(file).is_ok_and(|it| it == hash))
        {
            self.known.update(|known| known + 1);
            return Vec::new();
        }
        self.looked_at.update(|looked_at| looked_at + 1);
        let faults = look();
        if let Some(file) = file.filter(|_| faults.is_empty()) {
            keep(&file, &hash);
        }
        faults
    }
}

/// Runs the only look of a test, which panics at a fault, unless it is known to pass.
#[track_caller]
pub(crate) fn once<L: FnOnce()>(depends_on: impl Hash, look: L) {
    // A closure is named after the test that it stands in.
    let test = type_name::<L>().trim_end_matches("::{{closure}}").replace("::", ", ");
    let no_faults = || {
        look();
        Vec::new()
    };
    Passes::of(&test).look("passed", depends_on, no_faults);
}

impl Drop for Passes {
    fn drop(&mut self) {
        let (looked_at, known) = (self.looked_at.get(), self.known.get());
        if known > 0 {
            // Not `eprintln`: the harness would hide it, since the test passes.
            let _ = writeln!(stderr(), "{}: {looked_at} looked at, {known} known", self.test);
        }
    }
}

fn keep(file: &Path, hash: &str) {
    let folder = file.parent().expect("a look has a folder");
    fs::create_dir_all(folder).and_then(|()| fs::write(file, hash)).expect("a pass is kept");
}

/// A hash of what every look depends on.
static MACHINERY: LazyLock<u64> = LazyLock::new(|| {
    let program = env::current_exe().and_then(fs::read).expect("this program can be read");
    let versions = ["chromium", "chromedriver"].map(|program| {
        Command::new(program).arg("--version").output().expect("it says its version").stdout
    });
    fingerprint(&(program, versions))
});

#[test]
fn what_passed_is_known_until_something_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let looks = Cell::new(0);
    // A new value each time, as in a new run.
    let look = |page: &str, content: &str| {
        let passes = Passes::below(Some(folder.path().to_owned()), "looks");
        passes.look(page, content, || {
            looks.update(|looks| looks + 1);
            Vec::new()
        });
        looks.get()
    };
    assert_eq!(look("one.html", "tea"), 1);
    assert_eq!(look("one.html", "tea"), 1, "it is known");
    assert_eq!(look("one.html", "coffee"), 2, "it has changed");
    assert_eq!(look("one.html", "coffee"), 2, "it is known again");
    assert_eq!(look("two.html", "coffee"), 3, "another page was never looked at");
}

#[test]
fn what_failed_is_never_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let passes = Passes::below(Some(folder.path().to_owned()), "looks");
    for _ in 1..=2 {
        let faults = passes.look("one.html", "tea", || vec!["it is cold".to_owned()]);
        assert_eq!(faults, ["it is cold"]);
        let look = || passes.look("one.html", "tea", || panic!("no page"));
        catch_unwind(AssertUnwindSafe(look)).expect_err("it is looked at");
    }
}

#[test]
fn no_test_takes_a_pass_from_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = Passes::below(Some(folder.path().to_owned()), "looks");
    let other = Passes::below(Some(folder.path().to_owned()), "looks");
    one.look("one.html", "tea", Vec::new);
    let faults = other.look("one.html", "tea", || vec!["it is cold".to_owned()]);
    assert_eq!(faults, ["it is cold"]);
}

#[test]
fn without_a_folder_everything_is_looked_at() {
    let passes = Passes::below(None, "looks");
    for _ in 1..=2 {
        passes.look("one.html", "tea", Vec::new);
    }
    assert_eq!((passes.looked_at.get(), passes.known.get()), (2, 0));
}

/// A change of prose changes its own page and the one to print; a change of style changes all.
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
    let marks = || {
        let book = BuiltBook::build(folder.path());
        let marks: Vec<(String, u64)> =
            book.pages().map(|page| (page.to_owned(), book.fingerprint(page))).collect();
        marks
    };
    let changed = |before: &[(String, u64)], after: Vec<(String, u64)>| -> Vec<String> {
        let changed = after.into_iter().filter(|mark| !before.contains(mark));
        changed.map(|(page, _)| page).collect()
    };
    let before = marks();
    assert_eq!(changed(&before, marks()), [] as [&str; 0], "it is the same book");
    write("src/two.md", "# Two\n\nCoffee.\n");
    assert_eq!(changed(&before, marks()), ["two.html", "print.html"]);
    write("src/book.css", "p { color: brown }\n");
    assert_eq!(changed(&before, marks()).len(), before.len());
}
