//! Each scenario that a chapter offers ends as the chapter says, and each challenge can be solved,
//! but not against a server that is not naive.

mod scripts;

use std::collections::BTreeSet;

use lab::Lab;
use passes::Passes;
use scripts::{all_between, between, pages, read, unescape};
use serde_json::{Value, json};

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

/// What is wrong with a challenge: it begins unsolved, its solution solves it, and that comes to
/// nothing where the hole is closed.
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
    faults.extend(unclosed(step, challenge, solved));
    faults
}

/// What begins the line that chooses a naive server.
const NAIVE: &str = "The server is naive: ";

/// Says so if the solution of a challenge also solves it where it is not to: at the step of the
/// chapter, or at the server that `data-closed` names, which is another step or a naive one. What
/// comes before the last event comes about there too, or it would prove nothing; where an earlier
/// one is what is closed, `data-closed-from` says which.
fn unclosed<'a>(step: u64, challenge: &'a str, solved: &str) -> Option<Fault<'a>> {
    let closed = between(challenge, "data-closed=\"", "\"").map(unescape);
    let other: Option<u64> = closed.as_deref().and_then(|closed| closed.parse().ok());
    let naive = closed.filter(|_| other.is_none()).map(|name| format!("{NAIVE}{name}."));
    let own: Vec<String> =
        all_between(challenge, "<li>", "</li>").into_iter().map(unescape).collect();
    let is_naive = own.iter().any(|line| line.starts_with(NAIVE));
    let against = other.unwrap_or(step);
    let fault = |what: &str| {
        let what = format!("{}: {what}", name(challenge));
        Some(Fault { part: challenge, what })
    };
    if !is_naive && other.is_none() && naive.is_none() {
        return fault("where is it closed? Say data-closed");
    }
    let lines = own.into_iter().filter(|line| !line.starts_with(NAIVE));
    let lines = naive.into_iter().chain(lines.map(|line| with_token(against, line)));
    let mut lab = played(against, lines);
    let events = solved.split(" ;; ").filter(|event| !event.starts_with("never "));
    let events: Vec<&str> = events.collect();
    let mut comes_about = |until: &usize| {
        let events = events[..*until].join(" ;; ");
        lab.ask(&json!({ "solved": events }).to_string()) == "true"
    };
    let said = between(challenge, "data-closed-from=\"", "\"").and_then(|it| it.parse().ok());
    match (1..=events.len()).find(|until| !comes_about(until)) {
        None => fault(&format!("its solution solves it at step {against} too")),
        Some(first) if first == said.unwrap_or(events.len()) => None,
        Some(first) => fault(&format!(
            "at step {against}, event {first} is the first that does not come about: \
             say data-closed-from, if that is what is closed"
        )),
    }
}

/// From chapter 11 on, a form carries the token of its page: no attack fails only for want of it.
fn with_token(step: u64, line: String) -> String {
    match line.split_once("| form ") {
        Some((_, fields)) if step >= 11 && !fields.contains("token=") => {
            format!("{line}&token=<token-1>")
        }
        _ => line,
    }
}

/// A lab that has done these lines. What this server cannot do is left out.
fn played(step: u64, lines: impl Iterator<Item = String>) -> Lab {
    let mut lab = Lab::new(None);
    lab.ask(&json!({ "open": step }).to_string());
    for line in lines {
        lab.ask(&json!({ "do": line }).to_string());
    }
    lab
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
            "data-solved=\"{solved}\" data-closed=\"5\" data-closed-from=\"1\"><strong>Twice</strong>How?\n<li>Ada: GET /</li>\n\
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

#[test]
fn a_solution_that_is_good_where_the_hole_is_closed_is_no_solution() {
    let page = |closed: &str, step: u64| {
        format!(
            "# A page\n\n<session-lab step=\"{step}\">\n\
             <section data-solved=\"# Ada .. 3 times ;; # Mallory .. 4 times\"{closed}><strong>Late</strong>How?\n\
             <li>Ada: GET /</li>\n<li>Ada: GET /</li>\n<li>Ada: GET /</li>\n<details><summary>A solution</summary>\n\
             <li>Mallory copies Ada's cookies.</li>\n<li>14 days pass.</li>\n<li>Mallory: GET /</li></details>\n\
             </section></session-lab>"
        )
    };
    let found = |page: &str| faults("a.md", page, &Passes::below(None, "planted"));
    // At step 2 a session has no end, and at step 3 it ends after fourteen days.
    assert_eq!(found(&page(" data-closed=\"3\"", 2)), [""; 0]);
    let faults = found(&page(" data-closed=\"2\"", 2));
    assert_eq!(faults, ["src/a.md:4: Late: its solution solves it at step 2 too"]);
    for (closed, first) in [
        (" data-closed=\"5\"", 1),
        (" data-closed=\"5\" data-closed-from=\"2\"", 1),
        (" data-closed=\"3\" data-closed-from=\"1\"", 2),
    ] {
        let faults = found(&page(closed, 2));
        let what = format!("event {first} is the first that does not come about");
        assert!(faults.len() == 1 && faults[0].contains(&what), "{closed}: {faults:?}");
    }
    assert_eq!(found(&page(" data-closed=\"5\" data-closed-from=\"1\"", 2)), [""; 0]);
    let faults = found(&page("", 2));
    assert_eq!(faults, ["src/a.md:4: Late: where is it closed? Say data-closed"]);
}

/// The challenges of a page: what each is called, without its first word.
fn challenges(page: &str) -> Vec<&str> {
    let labs = all_between(page, "<session-lab ", "</session-lab>");
    let scenarios =
        labs.into_iter().flat_map(|lab| all_between(lab, "<section ", "</section>"));
    let challenges = scenarios.filter(|scenario| scenario.contains("data-solved=\""));
    challenges.map(|it| name(it).strip_prefix("Challenge: ").expect("its first word")).collect()
}

/// The files of the chapters, in the order of the book.
fn chapters() -> Vec<String> {
    let summary = read(&scripts::root().join("src/SUMMARY.md"));
    let files = all_between(&summary, "](", ")").into_iter();
    let is_chapter = |file: &&str| file.starts_with(|it: char| it.is_ascii_digit());
    files.filter(is_chapter).map(str::to_owned).collect()
}

#[test]
fn each_chapter_with_a_lab_has_a_challenge_and_the_list_has_each() {
    let src = scripts::root().join("src");
    let mut listed = Vec::new();
    // By its name the browser remembers a challenge.
    let mut called = BTreeSet::new();
    let mut with_lab = Vec::new();
    let mut with_challenge = Vec::new();
    for file in chapters() {
        let (page, chapter) = (read(&src.join(&file)), file[..2].to_owned());
        let names = challenges(&page);
        if page.contains("<session-lab ") && chapter != "01" {
            with_lab.push(chapter.clone());
        }
        if !names.is_empty() {
            with_challenge.push(chapter);
        }
        for name in &names {
            assert!(called.insert(name.to_string()), "two challenges are called {name}");
        }
        listed.extend(names.iter().map(|name| format!("[{name}]({file}#")));
    }
    with_lab.dedup();
    with_challenge.dedup();
    assert_eq!(with_lab, with_challenge, "chapters with a lab, and those with a challenge");
    let list = read(&src.join("challenges.md"));
    let items: Vec<&str> = list.lines().filter(|line| line.starts_with("- ")).collect();
    assert_eq!(items.len(), listed.len(), "{listed:#?}");
    for (item, challenge) in items.iter().zip(&listed) {
        assert!(item.contains(challenge.as_str()), "{item} is not {challenge}");
    }
}
