//! Writes a program of tests for each chapter that has exercises.

mod chapter;
mod manifest;
mod own_tests;
mod patch;

use std::{env, fs, io, path::Path};

use chapter::Chapter;

/// Those whose exercises are proven.
const CHAPTERS: std::ops::RangeInclusive<u32> = 1..=12;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=.");
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    // Cargo runs this in the folder of its package.
    for folder in fs::read_dir(".")? {
        let name = folder?.file_name().to_string_lossy().into_owned();
        let number = name.strip_prefix("step-").map(|number| number.parse());
        if number.is_some_and(|it| !it.is_ok_and(|it| CHAPTERS.contains(&it))) {
            return Err(io::Error::other(format!("nobody tries the exercises in {name}")));
        }
    }
    for number in CHAPTERS {
        let chapter = Chapter {
            number,
            step: format!("../../steps/step-{number:02}").into(),
            exercises: format!("step-{number:02}").into(),
            manifest: "Cargo.toml".into(),
        };
        for part in ["Cargo.toml", "src", "tests"] {
            println!("cargo::rerun-if-changed={}", chapter.step.join(part).display());
        }
        chapter.write(Path::new(&out))?;
    }
    Ok(())
}
