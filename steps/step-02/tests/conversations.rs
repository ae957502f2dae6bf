//! What the chapter says about this step, carried out: first that it works, then each hole.

use std::collections::HashSet;

use conversation::{
    Backend, Conversation, Held, Initiator, Jar, Request, Row, Url, record,
};
use step_02::{Sessions, app};
use time::{Duration, OffsetDateTime};
use trial::{Browser, Program};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-02");

fn memory(sessions: &Sessions) -> impl Backend + use<> {
    let sessions = sessions.clone();
    Held(move || {
        let sessions = sessions.lock().expect("the lock is whole");
        let row = |(id, visits): (&String, &u64)| Row {
            id: id.clone(),
            data: format!("visits = {visits}"),
            lives: None,
        };
        let mut rows: Vec<Row> = sessions.iter().map(row).collect();
        // A map has no order; in these conversations whoever came first has visited most.
        rows.sort_by_key(|row| std::cmp::Reverse(row.data.clone()));
        rows
    })
}

fn server() -> (axum::Router, Sessions) {
    let sessions = Sessions::default();
    (app(sessions.clone()), sessions)
}

fn conversation(title: &str) -> Conversation {
    let (app, sessions) = server();
    Conversation::new(title, app, memory(&sessions))
}

#[tokio::test]
async fn each_browser_has_a_counter_of_its_own() {
    let mut story = conversation("Each browser has a counter of its own");
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 1 time.")
    );
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 2 times.")
    );
    assert!(
        story.get("Grace", "/").await.text.contains("You have been here 1 time.")
    );
    record!(story, "two_browsers");
}

#[tokio::test]
async fn the_cookie_is_set_once() {
    let mut story = conversation("The cookie is set once");
    assert!(story.get("Ada", "/").await.header("set-cookie").is_some());
    assert_eq!(story.get("Ada", "/").await.header("set-cookie"), None);
}

#[tokio::test]
async fn an_identifier_has_128_bits_and_all_of_them_vary() {
    let (app, sessions) = server();
    let mut story = Conversation::new("Many", app, memory(&Sessions::default()));
    for _ in 0..1_000 {
        story.get("Ada", "/").await;
        story.close("Ada");
    }
    let sessions = sessions.lock().expect("the lock is whole");
    assert_eq!(sessions.len(), 1_000);
    let bits = sessions
        .keys()
        .map(|id| u128::from_str_radix(id, 16).expect("hexadecimal"));
    let bits: HashSet<u128> = bits.collect();
    // Of a thousand random numbers, each of the 128 bits is one somewhere and zero somewhere.
    assert_eq!(bits.iter().fold(0, |seen, id| seen | id), u128::MAX);
    assert_eq!(bits.iter().fold(u128::MAX, |seen, id| seen & id), 0);
    assert!(sessions.keys().all(|id| id.len() == 32));
}

#[tokio::test]
async fn a_forged_identifier_is_not_adopted() {
    let mut story = conversation("A forged identifier");
    story.attacker("Mallory");
    story.forge("Mallory", "id", "00000000000000000000000000000000");
    assert!(
        story.get("Mallory", "/").await.text.contains("You have been here 1 time.")
    );
    assert_ne!(
        story.cookies("Mallory")[0].value,
        "00000000000000000000000000000000"
    );
    assert_eq!(story.rows().len(), 1);
    record!(story, "a_forged_identifier");
}

#[tokio::test]
async fn a_page_shows_only_the_start_of_an_identifier() {
    let mut story = conversation("An identifier on a page");
    // The first page says what the server holds, the second also what the browser sent.
    for times in 1..=2 {
        let page = story.get("Ada", "/").await.body;
        let id = story.cookies("Ada")[0].value.clone();
        assert_eq!(page.matches(&format!("{}…", &id[..6])).count(), times);
        assert!(!page.contains(&id[..7]), "no more than six characters");
    }
}

// ANCHOR: never_expires
#[tokio::test]
async fn hole_a_session_never_expires() {
    let mut story = conversation("A stolen cookie, a year later");
    story.get("Ada", "/").await;
    let stolen = story.cookies("Ada")[0].value.clone();
    story.pass(Duration::days(365)).await;
    // Written by hand, it obeys no Max-Age: only the server could end the session.
    story.attacker("Mallory");
    story.forge("Mallory", "id", &stolen);
    assert!(
        story
            .get("Mallory", "/")
            .await
            .text
            .contains("You have been here 2 times.")
    );
    record!(story, "hole_never_expires");
}
// ANCHOR_END: never_expires

#[tokio::test]
async fn hole_the_map_grows_without_end() {
    let mut story = conversation("Visitors who keep no cookie");
    for visitor in 1..=300 {
        story.get("Mallory", "/").await;
        story.close("Mallory");
        assert_eq!(story.rows().len(), visitor);
    }
    story.pass(Duration::days(365)).await;
    assert_eq!(story.rows().len(), 300, "nothing is ever removed");
}

#[tokio::test]
async fn hole_a_script_reads_the_cookie() {
    let cookie = fresh_cookie().await;
    let seen = kept(&cookie).header(&here("/"), Initiator::Script, now());
    assert!(seen.expect("the cookie is not HttpOnly").starts_with("id="));
}

#[tokio::test]
async fn hole_the_cookie_travels_over_plain_http() {
    let cookie = fresh_cookie().await;
    let plain = Url::new("http://tea.example", "/");
    let mut jar = Jar::default();
    jar.store(&plain, &cookie, Initiator::SameSite, now())
        .expect("the cookie is not Secure");
    assert!(jar.header(&plain, Initiator::SameSite, now()).is_some());
}

#[tokio::test]
async fn hole_another_sites_form_carries_the_cookie() {
    let cookie = fresh_cookie().await;
    let seen = kept(&cookie).header(&here("/"), Initiator::CrossSiteForm, now());
    assert!(seen.is_some(), "without SameSite, a browser sends it for two minutes");
}

#[tokio::test]
async fn hole_another_process_does_not_know_the_session() {
    let mut story = conversation("Two servers");
    story.get("Ada", "/").await;
    let (app, sessions) = server();
    story.restart(app, memory(&sessions));
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 1 time.")
    );
    record!(story, "hole_lost_at_restart");
}

#[tokio::test]
async fn hole_whoever_reads_the_memory_has_the_cookies() {
    let (app, sessions) = server();
    let mut story = Conversation::new("A look into memory", app, memory(&sessions));
    story.get("Ada", "/").await;
    let dump = format!("{sessions:?}");
    let stolen = story.cookies("Ada")[0].value.clone();
    assert!(
        dump.contains(&stolen),
        "the identifier stands in memory as it stands in the cookie"
    );
}

#[tokio::test]
async fn hole_there_is_no_way_out() {
    let mut story = conversation("No way to end a session");
    story.get("Ada", "/").await;
    story.steal("Ada", "Mallory");
    // Ada's browser forgets the cookie; the server does not.
    story.close("Ada");
    let request = Request::new(axum::http::Method::DELETE, "/");
    assert!(story.send("Ada", request).await.status.is_client_error());
    assert!(
        story
            .get("Mallory", "/")
            .await
            .text
            .contains("You have been here 2 times.")
    );
}

#[test]
fn ten_thousand_cookies_do_no_harm() {
    let (app, sessions) = server();
    let ids =
        || sessions.lock().expect("the lock is whole").keys().cloned().collect();
    trial::throw_cookies(&app, "id", ids);
    trial::throw_requests(&app);
    trial::throw_garbage(PROGRAM);
}

#[test]
fn over_a_socket_a_browser_is_counted_until_the_restart() {
    let server = Program::start(PROGRAM);
    let (ada, grace) = (Browser::default(), Browser::default());
    assert!(ada.get(&server.url("/")).body.contains("<strong>1</strong> time."));
    assert!(ada.get(&server.url("/")).body.contains("<strong>2</strong> times."));
    assert!(grace.get(&server.url("/")).body.contains("<strong>1</strong> time."));
    drop(server);
    let server = Program::start(PROGRAM);
    assert!(ada.get(&server.url("/")).body.contains("<strong>1</strong> time."));
}

#[test]
fn hole_two_processes_share_nothing() {
    let (one, other) = (Program::start(PROGRAM), Program::start(PROGRAM));
    let ada = Browser::default();
    // Cookies ignore ports: the browser sends the same cookie to both.
    assert!(ada.get(&one.url("/")).body.contains("<strong>1</strong> time."));
    assert!(ada.get(&other.url("/")).body.contains("<strong>1</strong> time."));
    // And the second server's cookie has overwritten the first one's.
    assert!(ada.get(&one.url("/")).body.contains("<strong>1</strong> time."));
}

#[test]
fn a_taken_port_is_one_clear_line() {
    trial::refuses_a_taken_port(PROGRAM);
}

#[test]
fn ctrl_c_ends_it_cleanly() {
    trial::ends_when_told(PROGRAM, "INT");
}

#[test]
fn sigterm_ends_it_cleanly() {
    trial::ends_when_told(PROGRAM, "TERM");
}

#[test]
fn a_second_ctrl_c_ends_it_whatever_a_client_holds_open() {
    trial::ends_when_told_twice(PROGRAM);
}

async fn fresh_cookie() -> String {
    let answer = conversation("A cookie").get("Ada", "/").await;
    answer.header("set-cookie").expect("a first visit sets a cookie").to_owned()
}

fn here(path: &str) -> Url {
    Url::new("http://localhost:8080", path)
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

fn kept(cookie: &str) -> Jar {
    let mut jar = Jar::default();
    jar.store(&here("/"), cookie, Initiator::SameSite, now())
        .expect("the browser keeps it");
    jar
}
