//! The program of tests of one chapter.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    manifest, own_tests,
    patch::{self, Files},
};

/// A chapter, and where what belongs to it is.
pub(crate) struct Chapter {
    pub(crate) number: u32,
    /// The folder of its step.
    pub(crate) step: PathBuf,
    /// The folder that has a folder for each exercise.
    pub(crate) exercises: PathBuf,
    /// With what the changed steps are built.
    pub(crate) manifest: PathBuf,
}

/// An exercise: a change of the step, and what is to be red or green.
struct Exercise<'a> {
    chapter: &'a Chapter,
    folder: PathBuf,
    /// The name of its module.
    name: String,
    out: PathBuf,
}

/// What may stand in the folder of an exercise.
const FILES: [&str; 3] = ["change.patch", "red.txt", "test.rs"];

/// Why an exercise cannot be tried.
type Fault = String;

/// A file of each step.
const MANIFEST: &str = "Cargo.toml";

impl Chapter {
    /// Writes `chapter_NN.rs` into `out`, and beside it the changed steps.
    pub(crate) fn write(&self, out: &Path) -> io::Result<()> {
        let mut program = format!("extern crate self as {};\n", self.name());
        for folder in folders(&self.exercises)? {
            let exercise = self.exercise(folder, out);
            let modules = exercise.write()?.unwrap_or_else(|fault| exercise.is_broken(&fault));
            program += &format!("mod {} {{\n{modules}}}\n", exercise.name);
        }
        write(&out.join(self.name()).with_extension("rs"), &program)
    }

    fn name(&self) -> String {
        format!("chapter_{:02}", self.number)
    }

    fn exercise(&self, folder: PathBuf, out: &Path) -> Exercise<'_> {
        let named = folder.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("exercise_{}", named.replace('-', "_"));
        let out = out.join(self.name()).join(&name);
        Exercise { chapter: self, folder, name, out }
    }
}

impl Exercise<'_> {
    /// Writes the files of its modules, and returns what declares them.
    fn write(&self) -> io::Result<Result<String, Fault>> {
        let test = text(&self.folder.join("test.rs"))?;
        let red = text(&self.folder.join("red.txt"))?;
        let Some(change) = text(&self.folder.join("change.patch"))? else {
            return Ok(Err("there is no change.patch".to_owned()));
        };
        if test.is_none() && red.is_none() {
            return Ok(Err("there is neither a test.rs nor a red.txt".to_owned()));
        }
        if let Some(name) = names(&self.folder)?.iter().find(|it| !FILES.contains(&it.as_str()))
        {
            return Ok(Err(format!("nobody reads {name}")));
        }
        if let Some(fault) = test.as_deref().and_then(own_tests::fault) {
            return Ok(Err(format!("test.rs: {fault}")));
        }
        if let Err(fault) = self.write_step(&change)? {
            return Ok(Err(format!("change.patch: {fault}")));
        }
        let mut modules = module(&self.out.join("src/lib.rs"), "step");
        if let Some(test) = test {
            modules += &self.write_twice(&test)?;
        }
        match red.map(|list| self.write_own_tests(&list)).transpose()? {
            Some(Err(fault)) => return Ok(Err(format!("red.txt: {fault}"))),
            Some(Ok(own)) => modules += &own,
            None => {}
        }
        Ok(Ok(modules))
    }

    /// The changed step, as a module in which `crate` is that module.
    fn write_step(&self, change: &str) -> io::Result<Result<(), Fault>> {
        let mut files = Files::new();
        read(&self.chapter.step, MANIFEST, &mut files)?;
        read(&self.chapter.step, "src", &mut files)?;
        let before = files.clone();
        if let Err(fault) = patch::apply(change, &mut files) {
            return Ok(Err(fault));
        }
        if files == before {
            return Ok(Err("it changes nothing".to_owned()));
        }
        let ours = fs::read_to_string(&self.chapter.manifest)?;
        if let Some(line) = manifest::untried(&before[MANIFEST], &files[MANIFEST], &ours) {
            return Ok(Err(format!("{} has less: {line}", self.chapter.manifest.display())));
        }
        for (path, text) in files {
            let within = format!("crate::{}::step::", self.name);
            write(&self.out.join(path), &text.replace("crate::", &within))?;
        }
        Ok(Ok(()))
    }

    /// The exercise's test: on the step each of them is to be red, and with the change green.
    fn write_twice(&self, test: &str) -> io::Result<String> {
        let (before, with) = (self.out.join("before.rs"), self.out.join("with.rs"));
        write(&before, &all_red(test))?;
        write(&with, &self.on_the_change(test))?;
        Ok(module(&before, "without_the_change") + &module(&with, "with_the_change"))
    }

    /// The step's own tests, of which those named are to be red with the change, and by nothing
    /// else: on the step they are green here, too.
    fn write_own_tests(&self, list: &str) -> io::Result<Result<String, Fault>> {
        let tests = self.chapter.step.join("tests");
        let own = fs::read_to_string(tests.join("conversations.rs"))?;
        let expecting = match own_tests::expecting(&own, list) {
            Ok(text) => text,
            Err(fault) => return Ok(Err(fault)),
        };
        let program = format!("env!(\"CARGO_BIN_EXE_step-{:02}\")", self.chapter.number);
        let (file, before) =
            (self.out.join("tests/conversations.rs"), self.out.join("tests/before.rs"));
        write(&file, &self.on_the_change(&expecting.replace(&program, "\"\"")))?;
        write(&before, &own_tests::named(&own, list).replace(&program, "\"\""))?;
        copy_snapshots(&tests.join("snapshots"), &self.out.join("tests/snapshots"))?;
        Ok(Ok(module(&file, "own_tests") + &module(&before, "own_tests_before")))
    }

    /// By the name of the program and not by `crate`, which no line of a log has.
    fn on_the_change(&self, test: &str) -> String {
        let step = format!("step_{:02}::", self.chapter.number);
        test.replace(&step, &format!("{}::{}::step::", self.chapter.name(), self.name))
    }

    fn is_broken(&self, fault: &str) -> String {
        let why = format!("{}: {fault}", self.folder.display());
        format!("#[test] fn is_whole() {{ panic!(\"{{}}\", {why:?}) }}\n")
    }
}

fn module(file: &Path, name: &str) -> String {
    format!("#[allow(warnings)] #[path = {file:?}] mod {name};\n")
}

fn all_red(test: &str) -> String {
    let red = |line: &str| match own_tests::is_attribute(line) {
        true => format!("{line}\n#[should_panic]\n"),
        false => format!("{line}\n"),
    };
    test.lines().map(red).collect()
}

fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    Ok(names(folder)?.into_iter().map(|name| folder.join(name)).collect())
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries: io::Result<Vec<_>> = fs::read_dir(folder)?.collect();
    let names = entries?.into_iter().map(|entry| entry.file_name());
    let mut names: Vec<String> =
        names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn text(file: &Path) -> io::Result<Option<String>> {
    if file.exists() { fs::read_to_string(file).map(Some) } else { Ok(None) }
}

fn read(step: &Path, path: &str, files: &mut Files) -> io::Result<()> {
    let whole = step.join(path);
    if whole.is_file() {
        files.insert(path.to_owned(), fs::read_to_string(whole)?);
        return Ok(());
    }
    for entry in fs::read_dir(whole)? {
        let name = entry?.file_name();
        read(step, &format!("{path}/{}", name.to_string_lossy()), files)?;
    }
    Ok(())
}

fn copy_snapshots(from: &Path, to: &Path) -> io::Result<()> {
    if !from.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        write(&to.join(entry.file_name()), &fs::read_to_string(entry.path())?)?;
    }
    Ok(())
}

/// What has not changed keeps its date.
fn write(file: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    file.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(file, text)
}
