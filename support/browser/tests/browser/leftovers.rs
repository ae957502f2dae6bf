//! Browsers that tests hand on: nothing stays in them, and nothing of them stays.

use std::{env, fs, path::Path, process::Command, time::Instant};

use axum::{Router, response::Html, routing::get};
use browser::{Borrowed, Browser, NARROW, PATIENCE, Server, WIDE, chromium};
use passes::once;
use serde_json::{Value, json};

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn no_browser_and_no_file_stays_when_the_tests_end() {
    once(chromium(), || {
        let folder = tempfile::tempdir().expect("a folder");
        let tests = Command::new(env::current_exe().expect("this program has a path"))
            .args(["--exact", "steps::step_01_counts_all_browsers_as_one"])
            .env("CI", "true")
            .env("TMPDIR", folder.path())
            .output()
            .expect("the tests run");
        let said = String::from_utf8_lossy(&tests.stdout);
        assert!(said.contains("1 passed"), "{said}");
        let start = Instant::now();
        while !left(folder.path()).is_empty() {
            assert!(start.elapsed() < PATIENCE, "{:#?}", left(folder.path()));
        }
    });
}

/// The files in the folder, and the processes that work in it.
fn left(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("the folder is there");
    let files = files.map(|file| file.expect("a file").path().display().to_string());
    let processes = Command::new("ps").args(["-eo", "args"]).output().expect("ps runs").stdout;
    let processes = String::from_utf8_lossy(&processes).into_owned();
    let name = folder.display().to_string();
    let processes = processes.lines().filter(|args| args.contains(&name)).map(str::to_owned);
    files.chain(processes).collect()
}

/// What a page finds in its browser.
const FOUND: &str = "return [document.cookie, localStorage.length, innerWidth]";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_borrowed_browser_has_nothing_of_those_before() {
    once(chromium(), || {
        let server = Server::start(Router::new().route("/", get(async || Html("tea"))));
        let found = |browser: &Borrowed| -> Value {
            browser.go(&server.url("/"));
            browser.run(FOUND, &[])
        };
        for _ in 1..=2 {
            let browser = Browser::borrow();
            assert_eq!(found(&browser), json!(["", 0, WIDE]));
            browser.set_width(NARROW);
            browser.run("localStorage.tea = 'assam'; document.cookie = 'id=1'", &[]);
            assert_eq!(found(&browser), json!(["id=1", 1, NARROW]));
        }
    });
}
