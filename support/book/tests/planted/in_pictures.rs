//! Faults of the pictures: one says what the code does not.

use book::pictures::{self, layers};
use book::{Book, Fault};

use crate::fixture::{Fixture, TWO};

/// A file that a picture is drawn from, and what the repository has in it.
type Source = (&'static str, &'static str);

macro_rules! source {
    ($path:literal) => {
        ($path, include_str!(concat!("../../../../", $path)))
    };
}

const LIB: Source = source!("steps/step-11/src/lib.rs");
const TESTS: Source = source!("steps/step-11/tests/conversations.rs");
const LAYERS: (&str, &[Source]) = ("layers-11", &[LIB, TESTS]);

const WRITTEN: Source = source!("steps/step-10/tests/snapshots/resurrection_succeeds.snap");
const REFUSED: Source = source!("steps/step-10/tests/snapshots/resurrection_fails.snap");
const SLOW_ORDER: (&str, &[Source]) = ("lanes-10", &[WRITTEN, REFUSED]);

const ENDINGS: Source = source!("steps/step-12/tests/snapshots/endings.snap");
const CYCLE_ID: Source =
    source!("steps/step-12/tests/snapshots/cycle_id_beside_a_sign_out.snap");
const MEANWHILE: Source = source!("steps/step-12/tests/snapshots/signed_out_meanwhile.snap");
const END: (&str, &[Source]) = ("lanes-12", &[CYCLE_ID, ENDINGS, MEANWHILE]);

const WITH_A_SESSION: Source =
    source!("steps/step-07/tests/snapshots/a_visitor_with_a_session.snap");
const DECISION: (&str, &[Source]) = (
    "decision-07",
    &[
        WITH_A_SESSION,
        source!("steps/step-07/tests/snapshots/a_new_visitor.snap"),
        source!("steps/step-04/tests/conversations.rs"),
    ],
);

const SENT: Source =
    source!("support/browser/tests/snapshots/where_a_partitioned_cookie_is_sent.snap");
const JARS: (&str, &[Source]) = ("jars-05", &[SENT]);

/// A book that shows this picture, with all that the picture is drawn from.
fn book_with((name, sources): (&str, &[Source])) -> Fixture {
    let fixture = Fixture::good();
    for (path, text) in sources {
        fixture.write(path, text);
    }
    let pictures = pictures::all(&fixture.book());
    let picture = pictures.iter().find(|picture| picture.name == name).expect("it is drawn");
    let path = picture.path();
    let drawn = picture.drawn.as_ref().unwrap_or_else(|fault| panic!("{fault}"));
    fixture.write(&path, drawn);
    fixture.append(TWO, &format!("\n<figure>\n{{{{#include ../{path}}}}}\n</figure>\n"));
    fixture
}

/// The faults of this picture alone: the others have nothing that they could be drawn from.
fn faults_of(name: &str) -> impl Fn(&Book) -> Vec<Fault> {
    move |book| {
        let pictures = pictures::all(book);
        let named = pictures.iter().filter(|picture| picture.name == name);
        named.filter_map(|picture| pictures::check_one(book, picture)).collect()
    }
}

#[test]
fn a_good_picture_passes() {
    for (name, sources) in [LAYERS, SLOW_ORDER, END, DECISION, JARS] {
        book_with((name, sources)).assert_good(faults_of(name));
    }
}

#[test]
fn layers_in_another_order_are_caught() {
    let fixture = book_with(LAYERS);
    fixture.replace(LIB.0, "from_fn(body::whole)", "from_fn(body::half)");
    fixture.replace(LIB.0, "from_fn(cookie::only_ours)", "from_fn(body::whole)");
    fixture.replace(LIB.0, "from_fn(body::half)", "from_fn(cookie::only_ours)");
    let line = "from_fn(cookie::only_ours)";
    fixture.assert_caught(faults_of("layers-11"), (LIB.0, line), "from the outside in");
}

#[test]
fn a_layer_that_no_picture_has_is_caught() {
    let fixture = book_with(LAYERS);
    let first = ".layer(middleware::from_fn(forms::keep))";
    let more = format!("{first}\n        .layer(middleware::from_fn(body::count))");
    fixture.replace(LIB.0, first, &more);
    fixture.assert_caught(faults_of("layers-11"), (LIB.0, "body::count"), "`body::count`");
}

#[test]
fn a_layer_that_only_the_picture_has_is_caught() {
    let fixture = book_with(LAYERS);
    fixture.replace(LIB.0, "        .layer(middleware::from_fn(forms::keep))\n", "");
    fixture.assert_caught(faults_of("layers-11"), (LIB.0, "lifetime::keep"), "`forms::keep`");
}

#[test]
fn an_exit_that_no_test_has_seen_is_caught() {
    let shops = "support/book/src/pictures/shops.rs";
    for (from, to) in [
        ("fn the_token_changes_when_somebody_signs_in(", "fn another("),
        ("StatusCode::REQUEST_TIMEOUT", "StatusCode::BAD_REQUEST"),
    ] {
        let fixture = book_with(LAYERS);
        fixture.replace(TESTS.0, from, to);
        fixture.assert_caught(faults_of("layers-11"), (shops, ""), "no test `");
    }
}

#[test]
fn a_race_that_ends_otherwise_is_caught() {
    let fixture = book_with(SLOW_ORDER);
    let (found, writes) =
        ("goes on.\n* store: load <sid-2> → nothing", "goes on.\n* store: save <sid-2> {}");
    fixture.replace(REFUSED.0, found, writes);
    fixture.assert_caught(faults_of("lanes-10"), (REFUSED.0, ""), "The session has ended.");
    let fixture = book_with(END);
    fixture.replace(ENDINGS.0, "| `/confirm` | 13 | 13 out |", "| `/confirm` | 13 | 12 out |");
    fixture.assert_caught(faults_of("lanes-12"), (ENDINGS.0, ""), "is an end");
    let fixture = book_with(END);
    fixture.replace(CYCLE_ID.0, "goes on.\n* store: create", "goes on.\n* store: load");
    fixture.assert_caught(faults_of("lanes-12"), (CYCLE_ID.0, ""), "The session is back");
    for (from, to) in [
        ("* store: load <sid-1> → nothing", "* store: save <sid-1> {}"),
        (
            "* the server has not heard of that yet",
            "* store: delete <sid-1>\n* the server has not heard of that yet",
        ),
        ("> POST /sign-out ", "> POST /member "),
    ] {
        let fixture = book_with(END);
        fixture.replace(MEANWHILE.0, from, to);
        fixture.assert_caught(faults_of("lanes-12"), (MEANWHILE.0, ""), "no delete, and");
    }
}

#[test]
fn another_answer_in_a_race_is_caught() {
    let fixture = book_with(END);
    fixture.replace(
        MEANWHILE.0,
        "HTTP/1.1 500 Internal Server Error",
        "HTTP/1.1 303 See Other",
    );
    let file = ("support/book/pictures/lanes-12.svg", "");
    fixture.assert_caught(faults_of("lanes-12"), file, "not the picture of today");
}

#[test]
fn a_call_that_the_lanes_cannot_show_is_caught() {
    let goes_on = "goes on.\n";
    for call in ["entries_of Ada → nothing", "save <sid-1> {} → the session has ended"] {
        let fixture = book_with(SLOW_ORDER);
        fixture.replace(WRITTEN.0, goes_on, &format!("{goes_on}* store: {call}\n"));
        let line = (WRITTEN.0, call);
        fixture.assert_caught(faults_of("lanes-10"), line, "a picture cannot show it");
    }
}

#[test]
fn a_recording_without_a_race_is_caught() {
    let fixture = book_with(SLOW_ORDER);
    fixture.replace(WRITTEN.0, "goes on.", "waits.");
    fixture.assert_caught(faults_of("lanes-10"), (WRITTEN.0, ""), "no request is held");
}

#[test]
fn a_decision_that_no_request_has_met_is_caught() {
    let fixture = book_with(DECISION);
    fixture.replace(WITH_A_SESSION.0, "| write-500 | load |", "| write-500 | load, save |");
    let line = (WITH_A_SESSION.0, "write-500");
    fixture.assert_caught(faults_of("decision-07"), line, "is load, save");
}

#[test]
fn a_picture_of_yesterday_is_caught() {
    let fixture = book_with(JARS);
    fixture.replace(SENT.0, "| at top | not sent | sent |", "| at top | sent | sent |");
    let file = ("support/book/pictures/jars-05.svg", "");
    fixture.assert_caught(faults_of("jars-05"), file, "not the picture of today");
}

#[test]
fn a_picture_that_no_page_shows_is_caught() {
    let fixture = book_with(JARS);
    fixture.replace(TWO, "jars-05.svg", "jars.svg");
    let file = ("support/book/pictures/jars-05.svg", "");
    fixture.assert_caught(faults_of("jars-05"), file, "no page shows it");
}

#[test]
fn a_picture_that_nothing_draws_is_caught() {
    let fixture = Fixture::good();
    let stray = "support/book/pictures/jars-99.svg";
    fixture.write(stray, "<svg></svg>\n");
    let faults = pictures::check(&fixture.book());
    let fault = faults.iter().find(|fault| fault.file == stray).expect("it is found");
    assert!(fault.message.contains("nothing draws this"), "{fault}");
}

#[test]
fn layers_are_read_in_the_order_in_which_a_request_meets_them() {
    let text = "
        fn app() -> Router {
            let asked = middleware::from_fn_with_state(door.clone(), member::ask);
            with(routes().layer(asked), store).layer(TraceLayer::new(log)).with_state(door)
        }
        fn routes() -> Router { Router::new().route(\"/\", get(with)).layer(inner) }
        fn with(routes: Router, store: Store) -> Router {
            routes.layer(cookie::sessions(store).with_signed(key))
        }
        fn other() -> Router { Router::new().layer(unseen) }
    ";
    let layers = layers::of_app(text);
    let names: Vec<(&str, usize)> =
        layers.iter().map(|layer| (layer.name.as_str(), layer.line)).collect();
    assert_eq!(
        names,
        [("TraceLayer", 4), ("cookie::sessions", 8), ("member::ask", 4), ("inner", 6)]
    );
}
