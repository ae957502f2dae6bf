//! What the chapter says about this step, carried out.

use std::sync::atomic::Ordering;

use axum::{Router, extract::State, routing::get};
use conversation::{Backend, Conversation, Held, Row, record};
use step_01::{Visits, app};
use trial::{Browser, Program};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-01");

/// All that this server holds: one number, for nobody in particular.
fn memory(visits: &Visits) -> impl Backend + use<> {
    let visits = visits.clone();
    Held(move || {
        let data = format!("visits = {}", visits.load(Ordering::Relaxed));
        vec![Row { id: String::new(), data, lives: None }]
    })
}

fn conversation(title: &str) -> Conversation {
    let visits = Visits::default();
    Conversation::new(title, app(visits.clone()), memory(&visits))
}

#[tokio::test]
async fn two_browsers_share_one_counter() {
    let mut story = conversation("Two browsers share one counter");
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 1 time.")
    );
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 2 times.")
    );
    // Grace has never been here.
    assert!(
        story.get("Grace", "/").await.text.contains("You have been here 3 times.")
    );
    record!(story, "two_browsers");
}

#[tokio::test]
async fn one_browser_may_be_many_people_and_sends_nothing_to_tell() {
    let mut story = conversation("The same request twice");
    let first = story.get("Ada", "/about").await;
    let second = story.get("Grace", "/about").await;
    assert_eq!(first.body, second.body);
    assert!(story.cookies("Ada").is_empty());
    assert!(story.cookies("Grace").is_empty());
}

#[tokio::test]
async fn a_page_that_counts_nothing_leaves_the_number_alone() {
    let mut story = conversation("A page that counts nothing");
    for who in ["Ada", "Ada", "Grace"] {
        story.get(who, "/").await;
    }
    story.get("Ada", "/about").await;
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 4 times.")
    );
}

#[tokio::test]
async fn what_a_browser_sends_is_shown_as_text_and_never_as_markup() {
    let mut story = conversation("A cookie made of markup");
    story.forge("Ada", "tea", "<b>&");
    let page = story.get("Ada", "/").await.body;
    assert!(page.contains("tea=&lt;b&gt;&amp;"), "{page}");
}

// ANCHOR: copies
fn closed_over() -> Router {
    let mut visits = 0;
    let home = move || async move {
        visits += 1;
        format!("You have been here {visits} times.")
    };
    Router::new().route("/", get(home))
}

fn in_the_state() -> Router {
    async fn home(State(mut visits): State<u64>) -> String {
        visits += 1;
        format!("You have been here {visits} times.")
    }
    Router::new().route("/", get(home)).with_state(0)
}
// ANCHOR_END: copies

#[tokio::test]
async fn a_plain_number_is_copied_for_each_request_and_says_1_for_ever() {
    for app in [closed_over(), in_the_state()] {
        let nothing = Held(Vec::new);
        let mut story = Conversation::new("A plain number", app, nothing);
        for who in ["Ada", "Ada", "Grace"] {
            let page = story.get(who, "/").await.text;
            assert_eq!(page, "You have been here 1 times.");
        }
    }
}

#[tokio::test]
async fn a_restart_forgets_the_number() {
    let mut story = conversation("A restart");
    story.get("Ada", "/").await;
    let visits = Visits::default();
    story.restart(app(visits.clone()), memory(&visits));
    assert!(
        story.get("Ada", "/").await.text.contains("You have been here 1 time.")
    );
}

#[test]
fn ten_thousand_cookies_do_no_harm() {
    let visits = Visits::default();
    let app = app(visits.clone());
    trial::throw_cookies(&app, "id", || {
        assert_eq!(visits.load(Ordering::Relaxed), u64::from(trial::COOKIES));
        Vec::new()
    });
    trial::throw_requests(&app);
    trial::throw_garbage(PROGRAM);
}

#[test]
fn over_a_socket_everybody_is_counted_together_until_the_restart() {
    let server = Program::start(PROGRAM);
    let (ada, grace) = (Browser::default(), Browser::default());
    assert!(ada.get(&server.url("/")).body.contains("<strong>1</strong> time."));
    assert!(grace.get(&server.url("/")).body.contains("<strong>2</strong> times."));
    drop(server);
    let server = Program::start(PROGRAM);
    assert!(ada.get(&server.url("/")).body.contains("<strong>1</strong> time."));
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

#[test]
fn ten_seconds_end_it_whatever_a_client_holds_open() {
    trial::ends_when_told_once(PROGRAM);
}
