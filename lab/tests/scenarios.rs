//! Each scenario that a chapter offers ends as the chapter says.

mod scripts;

use std::{fs, path::PathBuf};

use lab::Lab;
use scripts::{read, root};
use serde_json::{Value, json};

/// The pages that may hold a lab.
fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("src")).expect("the pages");
    let pages = entries.map(|entry| entry.expect("an entry").path());
    pages.filter(|page| page.extension().is_some_and(|end| end == "md")).collect()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

fn all_between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    let parts = text.split(start).skip(1);
    parts.map(|part| part.split_once(end).map_or(part, |(inner, _)| inner)).collect()
}

fn unescape(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&amp;", "&")
}

fn play(step: u64, scenario: &str) -> Value {
    let mut lab = Lab::new(None);
    let mut ask = |question: Value| -> Value {
        let answer = lab.ask(&question.to_string());
        serde_json::from_str(&answer).expect("JSON")
    };
    let mut state = ask(json!({ "open": step }));
    for line in all_between(scenario, "<li>", "</li>") {
        state = ask(json!({ "do": unescape(line) }));
        assert_eq!(state.get("error"), None, "{line}");
    }
    state
}

#[test]
fn each_scenario_ends_as_its_chapter_says() {
    let mut played = 0;
    for page in pages() {
        let text = read(&page);
        for lab in all_between(&text, "<session-lab ", "</session-lab>") {
            let step = between(lab, "step=\"", "\"").and_then(|step| step.parse().ok());
            let step: u64 = step.unwrap_or_else(|| panic!("{}: which step?", page.display()));
            for scenario in all_between(lab, "<section ", "</section>") {
                let name = between(scenario, "<strong>", "</strong>").expect("a name");
                let ends = between(scenario, "data-ends=\"", "\"").expect("an end");
                let state = play(step, scenario);
                let exchange = state["exchange"].as_str().expect("text");
                for end in unescape(ends).split(" ;; ") {
                    let place = page.display();
                    assert!(
                        exchange.contains(end),
                        "{place}: {name}: no {end:?} in {exchange}"
                    );
                }
                assert!(scenario.contains('?'), "{name} asks the reader nothing");
                played += 1;
            }
        }
    }
    assert!(played > 0, "no page has a lab");
}
