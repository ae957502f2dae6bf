//! Each scenario that a chapter offers ends as the chapter says.

mod scripts;

use lab::Lab;
use passes::Passes;
use scripts::{all_between, between, pages, read};
use serde_json::{Value, json};

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

/// The faults of one page's scenarios. They are played again only if they, or what plays them, have
/// changed: to check a member's password takes as long as it should.
fn faults(page: &str, text: &str, passes: &Passes) -> Vec<String> {
    let labs = all_between(text, "<session-lab ", "</session-lab>");
    if labs.is_empty() {
        return Vec::new();
    }
    passes.look(page, &labs, || labs.iter().flat_map(|lab| faults_of(lab)).collect())
}

fn faults_of(lab: &str) -> Vec<String> {
    let step = between(lab, "step=\"", "\"").and_then(|step| step.parse().ok());
    let Some(step) = step else { return vec!["a lab of which step?".to_owned()] };
    let scenarios = all_between(lab, "<section ", "</section>");
    scenarios.into_iter().flat_map(|scenario| unmet(step, scenario)).collect()
}

fn unmet(step: u64, scenario: &str) -> Vec<String> {
    let name = between(scenario, "<strong>", "</strong>").expect("a name");
    let ends = between(scenario, "data-ends=\"", "\"").expect("an end");
    let state = play(step, scenario);
    let exchange = state["exchange"].as_str().expect("text");
    let ends = unescape(ends);
    let unmet = ends.split(" ;; ").filter(|end| !exchange.contains(end));
    let unmet = unmet.map(|end| format!("{name}: no {end:?} in {exchange}"));
    let unasked = (!scenario.contains('?')).then(|| format!("{name} asks the reader nothing"));
    unmet.chain(unasked).collect()
}

#[test]
fn each_scenario_ends_as_its_chapter_says() {
    let passes = Passes::of("scenarios");
    let mut all = Vec::new();
    for page in pages() {
        let name = page.file_name().expect("a page is a file").to_string_lossy();
        let found = faults(&name, &read(&page), &passes);
        all.extend(found.iter().map(|fault| format!("{name}: {fault}")));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    let (played, known) = passes.counts();
    assert!(played + known > 0, "no page has a lab");
}
