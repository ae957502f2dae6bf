//! The program over sockets, as browsers meet it.

use trial::{Browser, Program, throw_garbage};
use ureq::{Agent, http::header};

const PROGRAM: &str = env!("CARGO_BIN_EXE_greeting");

fn server() -> (Program, String) {
    let program = Program::start(PROGRAM);
    let url = program.url("/");
    (program, url)
}

/// Sends a body from a browser that has been nowhere yet: the status, and the `Set-Cookie`.
fn post(url: &str, kind: &str, body: &str) -> (u16, Option<String>) {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .new_agent();
    let request = agent.post(url).header(header::CONTENT_TYPE, kind);
    let answer = request.send(body).expect("it answers");
    let cookie = answer.headers().get(header::SET_COOKIE);
    let cookie = cookie.map(|cookie| cookie.to_str().expect("text").to_owned());
    (answer.status().as_u16(), cookie)
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn each_browser_has_a_count_and_a_name_of_its_own() {
    let (_program, url) = server();
    let (ada, grace) = (Browser::default(), Browser::default());
    assert!(ada.get(&url).body.contains("Welcome, stranger. Visits: 1<"));
    let named = ada.send_form(&url, &[("name", "Ada")]);
    assert!(named.body.contains("Welcome, Ada. Visits: 2<"), "{}", named.body);
    assert!(grace.get(&url).body.contains("Welcome, stranger. Visits: 1<"));
    grace.send_form(&url, &[("name", "Grace")]);
    assert!(ada.get(&url).body.contains("Welcome, Ada. Visits: 3<"));
}

#[test]
fn a_name_is_shown_as_text_and_ends_after_40_characters() {
    let (_program, url) = server();
    let mallory = Browser::default();
    let page = mallory.send_form(&url, &[("name", "<b>Mallory</b>")]).body;
    assert!(page.contains("Welcome, &lt;b&gt;Mallory&lt;/b&gt;."), "{page}");
    for (sent, kept) in [(40, 40), (41, 40)] {
        let name = "é".repeat(sent);
        let page = mallory.send_form(&url, &[("name", name.as_str())]).body;
        assert!(
            page.contains(&format!("Welcome, {}.", "é".repeat(kept))),
            "{page}"
        );
    }
}

#[test]
fn what_is_no_such_form_is_turned_away_and_stores_nothing() {
    let (_program, url) = server();
    assert_eq!(post(&url, FORM, "Name=Ada"), (422, None));
    assert_eq!(post(&url, "text/plain", "name=Ada"), (415, None));
    let (status, cookie) = post(&url, FORM, "name=Ada");
    assert_eq!(status, 303);
    let cookie = cookie.expect("a session begins");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Strict; Path=/"), "{cookie}");
}

#[test]
fn hole_a_form_of_another_site_begins_a_session() {
    let (_program, url) = server();
    // The cookie of the session that the browser has does not come along: it is `SameSite=Strict`.
    let (_, cookie) = post(&url, FORM, "name=Mallory");
    assert!(cookie.is_some(), "and this one takes its place");
}

#[test]
fn garbage_is_refused() {
    throw_garbage(PROGRAM);
}
