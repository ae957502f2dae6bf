//! No challenge is solved by a way round it: by something else that comes to the same words.

mod scripts;

use lab::Lab;
use scripts::{all_between, between, pages, read, unescape};
use serde_json::json;

const ADA: &str = "name=Ada&password=a+cup+before+noon";

/// The step of the challenge in the chapter whose file begins so, and what stands in its section.
fn challenge(chapter: &str) -> (u64, String) {
    let is_it = |page: &&std::path::PathBuf| {
        page.file_name().is_some_and(|name| name.to_string_lossy().starts_with(chapter))
    };
    let pages = pages();
    let texts = pages.iter().filter(is_it).map(|page| read(page));
    let text =
        texts.into_iter().find(|text| text.contains("data-solved=")).expect("a challenge");
    let labs = all_between(&text, "<session-lab ", "</session-lab>");
    let lab = labs.into_iter().find(|lab| lab.contains("data-solved=")).expect("a lab");
    let step = between(lab, "step=\"", "\"").and_then(|step| step.parse().ok());
    let sections = all_between(lab, "<section ", "</section>");
    let section = sections.into_iter().find(|it| it.contains("data-solved="));
    (step.expect("a step"), section.expect("a section").to_owned())
}

/// Whether the challenge of this chapter, once it is begun, is solved by these lines.
fn is_solved(chapter: &str, lines: &[&str]) -> bool {
    let (step, section) = challenge(chapter);
    let (beginning, _) = section.split_once("<details>").expect("a solution");
    let begin = all_between(beginning, "<li>", "</li>").into_iter().map(unescape);
    let mut lab = Lab::new(None);
    lab.ask(&json!({ "open": step }).to_string());
    for line in begin.chain(lines.iter().map(ToString::to_string)) {
        let state = lab.ask(&json!({ "do": line }).to_string());
        assert!(!state.starts_with("{\"error\""), "{line}: {state}");
    }
    let solved = between(&section, "data-solved=\"", "\"").map(unescape);
    lab.ask(&json!({ "solved": solved }).to_string()) == "true"
}

/// What looks like a solution, and is none: a chapter, and what is done there.
type Shortcut<'a> = (&'a str, &'a [&'a str]);

fn none_solves(shortcuts: &[Shortcut]) {
    let solve = shortcuts.iter().filter(|(chapter, lines)| is_solved(chapter, lines));
    let solve: Vec<_> = solve.collect();
    assert!(solve.is_empty(), "{solve:#?}");
}

#[test]
fn what_two_people_see_is_not_what_one_sees() {
    none_solves(&[
        // Her own fourth visit, and Ada's.
        ("02", &["14 days pass.", "Mallory: GET /", "Ada: GET /"][..]),
        (
            "02",
            &[
                "14 days pass.",
                "Mallory: GET /",
                "Mallory: GET /",
                "Mallory: GET /",
                "Mallory: GET /",
            ],
        ),
        // Mallory has a packet of her own.
        ("08", &["1 day passes.", "Mallory: POST /basket | form tea=assam", "Mallory: GET /"]),
        (
            "08",
            &[
                "1 day passes.",
                "Mallory: GET /",
                "Ada: POST /basket | form tea=assam",
                "Ada: GET /",
            ],
        ),
        // Grace buys it herself, after the attack has failed.
        (
            "11",
            &[
                "Grace: POST /basket | header origin: http://localhost:4000 | form tea=sencha",
                "Grace writes the cookie csrf=mine by hand.",
                "Grace: POST /basket | form tea=sencha&token=mine",
            ],
        ),
        // Other browsers, and a memory that is gone.
        ("03", &["Grace: GET /", "Mallory: GET /"]),
        ("03", &["The server restarts.", "Ada: GET /", "The server restarts.", "Ada: GET /"]),
        // Ada has deleted it, or begun anew.
        ("04", &["Ada deletes the cookie id.", "Ada: GET /", "Ada: GET /"]),
        ("04", &["Ada: POST /start-over | form", "Ada: GET /", "Ada: GET /"]),
        ("04", &["The server restarts.", "Ada: GET /", "Ada: GET /"]),
        // What she had been given, and the memory forgot.
        (
            "06",
            &[
                "Mallory: POST /basket | form tea=assam",
                "The server restarts.",
                "Mallory: GET /",
            ],
        ),
    ]);
}

#[test]
fn the_password_that_stands_in_the_lines_solves_nothing() {
    let sign_in = |who: &str| format!("{who}: POST /sign-in | form {ADA}");
    let (ada, mallory) = (sign_in("Ada"), sign_in("Mallory"));
    none_solves(&[
        ("09", &[ada.as_str(), &mallory, "Mallory: GET /member"][..]),
        ("09", &[&mallory, &ada, "Mallory: GET /member"]),
        ("09", &[&ada, "Mallory copies Ada's cookies.", "Mallory: GET /member"]),
        ("09", &[&ada, "Mallory: GET /member", "Ada: GET /member"]),
        ("10", &["Ada: POST /sign-out | form", &mallory, "Mallory: GET /"]),
        ("10", &["Ada: POST /sign-out | form", "Mallory: GET /", &ada, "Ada: GET /"]),
        (
            "18",
            &[
                "Ada: POST /sign-out | form token=<token-1>",
                "5 minutes pass.",
                &mallory,
                "Mallory: GET /member",
            ],
        ),
        (
            "22",
            &[
                r#"Program: POST /api/tokens | json {"name":"Ada","password":"a cup before noon"}"#,
                "Program: POST /api/tokens/end | bearer <refresh-1>",
                "30 minutes pass.",
                r#"Mallory: POST /api/tokens | json {"name":"Ada","password":"a cup before noon"}"#,
                "Mallory: GET /api/orders | bearer <access-2>",
            ],
        ),
    ]);
}

/// What a request carries may read like what another one has come to.
#[test]
fn an_answer_that_somebody_writes_into_a_request_solves_nothing() {
    let forged = "# Mallory > GET /api/orders <access-1> 200 OK 1 × Assam";
    none_solves(&[(
        "22",
        &[
            r#"Program: POST /api/tokens | json {"name":"Ada","password":"a cup before noon"}"#,
            "Program: POST /api/tokens/end | bearer <refresh-1>",
            "30 minutes pass.",
            &format!(r#"Program: POST /api/tokens | json {{"name":"{forged}"}}"#),
        ],
    )]);
}

/// The words that stand in the end may come of what undoes it all.
#[test]
fn what_somebody_has_taken_out_is_not_lost() {
    none_solves(&[
        (
            "07",
            &[
                "Tab: POST /basket | answered after load | form tea=sencha",
                "Ada: POST /basket | form tea=oolong",
                "Ada: POST /basket/remove | form tea=oolong",
                "The answer comes to Tab.",
            ],
        ),
        (
            "19",
            &[
                "1 minute passes.",
                "Tab: GET / | answered after load",
                "Ada: POST /basket | form tea=sencha&token=<token-1>",
                "Ada: POST /basket/remove | form tea=sencha&token=<token-1>",
                "The answer comes to Tab.",
            ],
        ),
        (
            "04",
            &[
                "Ada deletes the cookie id.",
                "Ada: GET / | from a link on another site | header sec-fetch-site: cross-site",
                "Ada: GET /",
            ],
        ),
    ]);
}

#[test]
fn what_has_not_been_allowed_has_not_been_done() {
    let begin =
        "Laptop: POST /confirm | form token=<token-1>&password=a+cup+before+noon&then=devices";
    let refused = "Laptop: POST /devices/end-others | form token=<token-1>";
    none_solves(&[
        // Refused again, and then half an hour without a visit.
        ("12", &[begin, refused, "30 minutes pass.", "Phone: GET /member"]),
        // With another value of the attribute, the form finds no basket; Ada's own order does.
        (
            "05",
            &[
                "Ada writes the cookie __Host-id=<sid-1>; HttpOnly; SameSite=Strict; Secure; Path=/ by hand.",
                "Ada: POST /basket | from a form on another site | header origin: https://coffee.example | header sec-fetch-site: cross-site | form tea=sencha",
            ],
        ),
        (
            "05",
            &[
                "Ada writes the cookie __Host-id=<sid-1>; HttpOnly; SameSite=None; Secure; Path=/ by hand.",
                "Ada: POST /basket | form tea=sencha",
            ],
        ),
        // It has forgotten its cookie.
        ("12", &[begin, refused, "Phone deletes the cookie __Host-id.", "Phone: GET /member"]),
        // Mallory has one place, and Ada gets the other.
        (
            "13",
            &[
                "Mallory: POST /register | form name=Mallory&password=a+cup+before+noon",
                "Ada: POST /basket | form tea=assam",
                "Ada: GET /",
            ],
        ),
        // It is Grace who has taken the places.
        (
            "13",
            &[
                "Mallory: POST /register | form name=Grace&password=a+cup+before+noon",
                "Grace deletes the cookie __Host-id.",
                "Grace: POST /register | form name=Gracie&password=a+cup+before+noon",
                "Grace deletes the cookie __Host-id.",
                "Grace: POST /register | form name=Gracia&password=a+cup+before+noon",
                "Ada: POST /basket | form tea=assam",
            ],
        ),
    ]);
}
