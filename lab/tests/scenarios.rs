//! Each scenario that a chapter offers ends as the chapter says, and each challenge can be solved.

mod scripts;

use lab::Lab;
use passes::Passes;
use scripts::{all_between, between, pages, read};
use serde_json::{Value, json};

fn unescape(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&amp;", "&")
}

/// What a scenario comes to.
struct Played<'a> {
    /// What the lab shows in the end.
    end: Value,
    /// The lines that ask for what the step does not have.
    lost: Vec<&'a str>,
    /// Whether it is what solves the challenge.
    is_solved: bool,
}

fn play<'a>(step: u64, scenario: &'a str, solved: &str) -> Played<'a> {
    let mut lab = Lab::new(None);
    let mut ask = |question: Value| -> Value {
        let answer = lab.ask(&question.to_string());
        serde_json::from_str(&answer).expect("JSON")
    };
    let mut end = ask(json!({ "open": step }));
    let mut lost = Vec::new();
    for line in all_between(scenario, "<li>", "</li>") {
        end = ask(json!({ "do": unescape(line) }));
        assert_eq!(end.get("error"), None, "{line}");
        if line.contains(" /") && is_lost(&end) {
            lost.push(line);
        }
    }
    let is_solved = ask(json!({ "solved": solved })) == true;
    Played { end, lost, is_solved }
}

/// Whether the step has no such path, or does not answer this method there.
fn is_lost(state: &Value) -> bool {
    let exchange = state["exchange"].as_str().expect("text");
    let mut answers = exchange.lines().filter_map(|line| line.strip_prefix("< HTTP/1.1 "));
    answers.next_back().is_some_and(|status| ["404", "405"].contains(&&status[..3]))
}

/// The faults of one page's scenarios. They are played again only if they, or what plays them, have
/// changed: to check a member's password takes as long as it should.
fn faults(name: &str, page: &str, passes: &Passes) -> Vec<String> {
    let labs = all_between(page, "<session-lab ", "</session-lab>");
    if labs.is_empty() {
        return Vec::new();
    }
    let found =
        || labs.iter().flat_map(|lab| faults_of(lab)).map(|fault| fault.told(name, page));
    passes.look(name, &labs, || found().collect())
}

/// What is wrong with a part of a page.
struct Fault<'a> {
    part: &'a str,
    what: String,
}

impl Fault<'_> {
    /// With the line of the page on which the part stands.
    fn told(&self, name: &str, page: &str) -> String {
        let before = self.part.as_ptr() as usize - page.as_ptr() as usize;
        let line = page[..before].matches('\n').count() + 1;
        format!("src/{name}:{line}: {}", self.what)
    }
}

fn faults_of(lab: &str) -> Vec<Fault<'_>> {
    let step = between(lab, "step=\"", "\"").and_then(|step| step.parse().ok());
    let Some(step) = step else {
        return vec![Fault { part: lab, what: "a lab of which step?".to_owned() }];
    };
    let scenarios = all_between(lab, "<section ", "</section>");
    let faults = |scenario| match between(scenario, "data-solved=\"", "\"") {
        Some(solved) => unsolved(step, scenario, &unescape(solved)),
        None => unmet(step, scenario),
    };
    scenarios.into_iter().flat_map(faults).collect()
}

/// What is wrong with a challenge: it begins unsolved, and its solution solves it.
fn unsolved<'a>(step: u64, challenge: &'a str, solved: &str) -> Vec<Fault<'a>> {
    let (beginning, _) = challenge.split_once("<details>").expect("a solution");
    let mut faults = unasked(challenge);
    for (part, is_solved) in [(beginning, false), (challenge, true)] {
        let Played { end, lost, is_solved: now } = play(step, part, solved);
        faults.extend(lost.into_iter().map(|line| not_there(step, line)));
        if now != is_solved {
            let exchange = end["exchange"].as_str().expect("text");
            let what =
                if now { "is solved as it begins" } else { "is not solved by its solution" };
            let what = format!("{}: {what}: {exchange}", name(challenge));
            faults.push(Fault { part: challenge, what });
        }
    }
    faults
}

fn name(scenario: &str) -> &str {
    between(scenario, "<strong>", "</strong>").expect("a name")
}

fn unasked(scenario: &str) -> Vec<Fault<'_>> {
    let what = format!("{} asks the reader nothing", name(scenario));
    let fault = (!scenario.contains('?')).then_some(Fault { part: scenario, what });
    fault.into_iter().collect()
}

fn not_there(step: u64, line: &str) -> Fault<'_> {
    let what =
        format!("step {step} does not have it: {line}; a scenario that shows so says 404");
    Fault { part: line, what }
}

fn unmet(step: u64, scenario: &str) -> Vec<Fault<'_>> {
    let ends = between(scenario, "data-ends=\"", "\"").expect("an end");
    let Played { end, lost, .. } = play(step, scenario, "");
    let exchange = end["exchange"].as_str().expect("text");
    let ends = unescape(ends);
    let unmet = ends.split(" ;; ").filter(|end| !exchange.contains(end));
    let unmet = unmet.map(|end| {
        let what = format!("{}: no {end:?} in {exchange}", name(scenario));
        Fault { part: scenario, what }
    });
    let lost = lost.into_iter().filter(|_| !is_announced(scenario));
    let lost = lost.map(|line| not_there(step, line));
    unmet.chain(unasked(scenario)).chain(lost).collect()
}

/// Whether the words of a scenario tell that something is not there.
fn is_announced(scenario: &str) -> bool {
    ["404", "405"].iter().any(|status| scenario.contains(status))
}

#[test]
fn each_scenario_ends_as_its_chapter_says() {
    let passes = Passes::of("scenarios");
    let mut all = Vec::new();
    for page in pages() {
        let name = page.file_name().expect("a page is a file").to_string_lossy();
        all.extend(faults(&name, &read(&page), &passes));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    let (played, known) = passes.counts();
    assert!(played + known > 0, "no page has a lab");
}

#[test]
fn a_path_that_the_step_lacks_is_caught_in_the_middle_too() {
    let scenario = |middle: &str, words: &str| {
        let lines = format!("<li>Ada: GET /</li>\n<li>{middle}</li>\n<li>Ada: GET /</li>");
        let section =
            format!("data-ends=\"2 times\"><strong>Two</strong>How many{words}?\n{lines}");
        format!(
            "# Three\n\n<session-lab step=\"3\">\n<section {section}\n</section></session-lab>"
        )
    };
    let found = |page: &str| faults("03.md", page, &Passes::below(None, "planted"));
    for lost in ["Ada: GET /coffee", "Ada: POST /"] {
        let page = scenario(lost, "");
        assert!(found(&page)[0].starts_with("src/03.md:6: step 3 does not have it"), "{lost}");
        assert_eq!(found(&page).len(), 1, "{lost}");
        assert_eq!(found(&scenario(lost, ", and does she get a 404")), [""; 0], "{lost}");
    }
    assert_eq!(found(&scenario("14 days pass.", "").replace("2 times", "1 time")), [""; 0]);
    assert!(found(&scenario("Ada: GET /", ""))[0].contains("src/03.md:4: Two: no \"2 times\""));
}

#[test]
fn a_challenge_begins_unsolved_and_its_solution_solves_it() {
    let page = |solved: &str, solution: &str| {
        let section = format!(
            "data-solved=\"{solved}\"><strong>Twice</strong>How?\n<li>Ada: GET /</li>\n\
             <details><summary>A solution</summary>\n<li>{solution}</li></details>"
        );
        format!(
            "# Three\n\n<session-lab step=\"3\">\n<section {section}\n</section></session-lab>"
        )
    };
    let found = |page: &str| faults("03.md", page, &Passes::below(None, "planted"));
    assert_eq!(found(&page("1 time ;; 2 times", "Ada: GET /")), [""; 0]);
    for (solved, solution, what) in [
        (
            "1 time ;; 2 times",
            "Grace: GET /",
            "src/03.md:4: Twice: is not solved by its solution",
        ),
        (
            "2 times ;; 1 time",
            "Ada: GET /",
            "src/03.md:4: Twice: is not solved by its solution",
        ),
        ("1 time", "Ada: GET /", "src/03.md:4: Twice: is solved as it begins"),
    ] {
        let faults = found(&page(solved, solution));
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].starts_with(what), "{faults:?}");
    }
}
