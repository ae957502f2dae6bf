//! What has passed is not looked at again before something changes.
//!
//! To open every page of the book in a browser takes most of a minute, and to throw ten thousand
//! cookies at each step as long; a change of prose touches one page of many, and no step. So a look
//! that passed leaves a file below the target directory, with a hash of all that its result depends
//! on: the test program, which holds the steps and the tests themselves, and what the test names,
//! such as a page with its scripts. While the hash is the same, so is the result. A look that fails
//! leaves nothing and is repeated until it passes. Where `CI` is set nothing is known, and
//! everything is looked at. So it is, once, after `rm -r target/tmp/passes`: the fonts of the
//! machine, for one, are in no hash.
//!
//! `run`, beside this crate, does the same for whole test programs: cargo runs them through it.

use std::{
    any::type_name,
    cell::Cell,
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{Write, stderr},
    panic::Location,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// What the looks of one test have passed.
#[derive(Debug)]
pub struct Passes {
    test: String,
    /// Where the test stands, so that no two tests take each other's passes for their own.
    place: &'static Location<'static>,
    /// A file for each look that passed; nowhere if nothing is to be known.
    folder: Option<PathBuf>,
    looked_at: Cell<u32>,
    known: Cell<u32>,
}

impl Passes {
    /// Those of the test of this name, below the target directory; none where `CI` is set.
    ///
    /// # Panics
    /// If this program does not know where it is.
    #[track_caller]
    pub fn of(test: &str) -> Self {
        Self::below(env::var_os("CI").is_none().then(kept), test)
    }

    /// Those of the test of this name, kept in another folder, or not at all.
    #[track_caller]
    pub fn below(folder: Option<PathBuf>, test: &str) -> Self {
        Self {
            test: test.to_owned(),
            place: Location::caller(),
            folder: folder.map(|folder| folder.join(test.replace(", ", "-").replace(' ', "-"))),
            looked_at: Cell::new(0),
            known: Cell::new(0),
        }
    }

    /// Looks at something unless it is known to be without faults, and returns the faults. `at` is
    /// its name, and `depends_on` what the result depends on besides this program.
    ///
    /// # Panics
    /// If the pass cannot be kept.
    pub fn look(
        &self,
        at: &str,
        depends_on: impl Hash,
        look: impl FnOnce() -> Vec<String>,
    ) -> Vec<String> {
        let hash = format!("{:016x}", fingerprint(&(*PROGRAM, self.place, depends_on)));
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

    /// How many things were looked at, and how many were known.
    pub fn counts(&self) -> (u32, u32) {
        (self.looked_at.get(), self.known.get())
    }
}

/// Runs the only look of a test, which panics at a fault, unless it is known to pass.
#[track_caller]
pub fn once<L: FnOnce()>(depends_on: impl Hash, look: L) {
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
        let (looked_at, known) = self.counts();
        if known > 0 {
            // Not `eprintln`: the harness would hide it, since the test passes.
            let _ = writeln!(stderr(), "{}: {looked_at} looked at, {known} known", self.test);
        }
    }
}

/// Where this program keeps its passes. `cargo test -p browser` and `cargo test --workspace` build
/// two programs, of two names.
fn kept() -> PathBuf {
    let program = env::current_exe().expect("this program has a path");
    let target = program.ancestors().nth(3).expect("target/debug/deps");
    target.join("tmp/passes").join(program.file_stem().expect("this program has a name"))
}

fn keep(file: &Path, hash: &str) {
    let folder = file.parent().expect("a look has a folder");
    fs::create_dir_all(folder).and_then(|()| fs::write(file, hash)).expect("a pass is kept");
}

/// A hash of the program that looks.
static PROGRAM: LazyLock<u64> = LazyLock::new(|| {
    fingerprint(&env::current_exe().and_then(fs::read).expect("this program can be read"))
});

/// A hash. It keeps no secret, and another compiler may come to another one.
pub fn fingerprint(it: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    it.hash(&mut hasher);
    hasher.finish()
}
