//! What the chapter says about this step, carried out.

use std::{
    fmt::Write as _,
    io::{Read, Write},
};

use axum::{
    Router,
    body::Body,
    http::{self, HeaderMap, Method, StatusCode, header},
    routing::post,
};
use conversation::{Answer, Backend, Conversation, Request, Watched, record};
use http_body_util::BodyExt;
use step_07::{app, secret};
use time::Duration;
use tokio::sync::oneshot;
use tower::ServiceExt;
use tower_sessions::{
    MemoryStore, Session, SessionManagerLayer,
    cookie::Key,
    session::{self, Id},
};
use trial::{Browser, Program, Start};

/// The key of these tests: 64 bytes that nobody has to guess.
const KEY: [u8; 64] = [7; 64];
const PROGRAM: &str = env!("CARGO_BIN_EXE_step-07");
const COOKIE: &str = "__Host-id";

const SETTINGS: [&str; 5] =
    ["plain", "always-save", "resave", "rolling", "save-uninitialized"];
const KINDS: [&str; 13] = [
    "no-session",
    "untouched",
    "read",
    "same",
    "write",
    "write-redirect",
    "write-404",
    "write-500",
    "write-panic",
    "write-stream",
    "save",
    "save-500",
    "flush",
];

fn server() -> (Router, Watched<MemoryStore>) {
    let store = Watched::new(MemoryStore::default());
    (app(store.clone(), Key::from(&KEY)), store)
}

fn conversation(title: &str) -> Conversation {
    let (app, store) = server();
    Conversation::new(title, app, store)
}

async fn buy(story: &mut Conversation, who: &str, tea: &str) -> Answer {
    story.post(who, "/basket", &format!("tea={tea}")).await
}

/// `who` sends one kind of request under one setting.
async fn attempt(
    story: &mut Conversation,
    who: &str,
    setting: &str,
    kind: &str,
) -> Answer {
    story.post(who, &format!("/try/{setting}/{kind}"), "").await
}

/// Who sends the requests of a table.
#[derive(Clone, Copy)]
enum Visitor {
    New,
    WithSession,
    WithOldCookie,
}

/// One line for each kind of request, one column for each setting that changes something;
/// `=` is what stands under the first one.
async fn table(visitor: Visitor) -> String {
    let mut columns = Vec::new();
    for setting in SETTINGS {
        let mut column = Vec::new();
        for kind in KINDS {
            column.push(what_happens(visitor, setting, kind).await);
        }
        columns.push((setting, column));
    }
    let plain = columns.remove(0).1;
    let (idle, busy): (Vec<_>, Vec<_>) =
        columns.into_iter().partition(|(_, column)| *column == plain);
    let titles = busy.iter().map(|(setting, _)| *setting);
    let mut table = row("kind", SETTINGS[0], titles);
    table += &row("---", "---", busy.iter().map(|_| "---"));
    for (at, kind) in KINDS.into_iter().enumerate() {
        let others = busy.iter().map(|(_, column)| column[at].as_str());
        let others = others.map(|cell| if cell == plain[at] { "=" } else { cell });
        table += &row(kind, &plain[at], others);
    }
    let idle: Vec<_> = idle.into_iter().map(|(setting, _)| setting).collect();
    if !idle.is_empty() {
        let idle = idle.join(", ");
        write!(table, "\nThe other settings change nothing here: {idle}.\n")
            .expect("a string takes everything");
    }
    table
}

fn row<'a>(
    kind: &'a str,
    plain: &'a str,
    others: impl Iterator<Item = &'a str>,
) -> String {
    let cells: Vec<_> = [kind, plain].into_iter().chain(others).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// The store calls of one request, and what becomes of the cookie.
async fn what_happens(visitor: Visitor, setting: &str, kind: &str) -> String {
    let (app, store) = server();
    let cookie = match visitor {
        Visitor::New => None,
        Visitor::WithSession => ask(&app, "plain/write", None).await,
        Visitor::WithOldCookie => {
            let cookie = ask(&app, "plain/write", None).await;
            ask(&app, "plain/flush", cookie.as_deref()).await;
            cookie
        }
    };
    store.calls();
    let answer = ask(&app, &format!("{setting}/{kind}"), cookie.as_deref()).await;
    let calls: Vec<_> = store.calls().iter().map(|call| call.verb).collect();
    let cookie = answer.map(|set| {
        let removed = set.starts_with("__Host-id=;") || set == "__Host-id=";
        if removed { "*cookie removed*" } else { "cookie" }
    });
    match (calls.join(", "), cookie) {
        (calls, None) if calls.is_empty() => "–".to_owned(),
        (calls, None) => calls,
        (calls, Some(cookie)) => format!("{calls} · {cookie}"),
    }
}

/// Sends a request, reads the whole answer, and returns the cookie that it sets.
async fn ask(app: &Router, path: &str, cookie: Option<&str>) -> Option<String> {
    let request = http::Request::post(format!("/try/{path}"));
    let request = cookie
        .into_iter()
        .fold(request, |request, cookie| request.header(header::COOKIE, cookie));
    let request = request.body(Body::empty()).expect("well formed");
    // A task of its own: one of the handlers panics.
    let answer = tokio::spawn(app.clone().oneshot(request)).await;
    let answer = answer.ok()?.expect("a router always answers");
    let set = answer.headers().get(header::SET_COOKIE).cloned();
    answer.into_body().collect().await.expect("the body arrives");
    let set = set?.to_str().expect("text").to_owned();
    set.split(';').next().map(str::to_owned)
}

fn keep(name: &str, table: &str) {
    conversation::snapshot_settings!()
        .bind(|| insta::assert_snapshot!(name, table));
}

#[tokio::test]
async fn a_table_of_what_a_visitor_with_a_session_causes() {
    keep("a_visitor_with_a_session", &table(Visitor::WithSession).await);
}

#[tokio::test]
async fn a_table_of_what_a_new_visitor_causes() {
    keep("a_new_visitor", &table(Visitor::New).await);
}

#[tokio::test]
async fn a_table_of_what_an_old_cookie_causes() {
    keep("a_visitor_with_an_old_cookie", &table(Visitor::WithOldCookie).await);
}

/// Under `plain`, for each visitor. Kinds that have the same cells share a line.
#[tokio::test]
async fn a_table_of_what_the_shop_does_for_each_kind_of_request() {
    let visitors = [Visitor::WithSession, Visitor::New, Visitor::WithOldCookie];
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for kind in KINDS {
        let mut cells = Vec::new();
        for visitor in visitors {
            cells.push(what_happens(visitor, SETTINGS[0], kind).await);
        }
        match lines.last_mut() {
            Some((kinds, same)) if *same == cells => *kinds += &format!(", {kind}"),
            _ => lines.push((kind.to_owned(), cells)),
        }
    }
    let titles = ["without a cookie", "with an old cookie"].into_iter();
    let mut table = row("kind", "with a session", titles);
    table += &row("---", "---", ["---"; 2].into_iter());
    for (kinds, cells) in &lines {
        table += &row(kinds, &cells[0], cells[1..].iter().map(String::as_str));
    }
    keep("what_the_shop_does", &table);
}

#[tokio::test]
async fn a_404_saves_what_a_500_does_not() {
    let mut story = conversation("Errors and saving");
    attempt(&mut story, "Ada", "plain", "write").await;
    let answer = attempt(&mut story, "Ada", "plain", "write-404").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(story.rows()[0].data, r#"{"number":2}"#);
    let answer = attempt(&mut story, "Ada", "plain", "write-500").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(story.rows()[0].data, r#"{"number":2}"#);
    record!(story, "errors_and_saving");
}

#[tokio::test]
async fn an_equal_value_is_no_change() {
    let mut story = conversation("An equal value");
    attempt(&mut story, "Ada", "plain", "write").await;
    let answer = attempt(&mut story, "Ada", "plain", "same").await;
    assert_eq!(story.last_calls(), ["load"]);
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test]
async fn the_row_is_written_before_the_redirect_leaves() {
    let (app, store) = server();
    let request = http::Request::post("/try/plain/write-redirect");
    let request = request.body(Body::empty()).expect("well formed");
    let head = app.oneshot(request).await.expect("a router always answers");
    assert_eq!(head.status(), StatusCode::SEE_OTHER);
    assert_eq!(store.rows()[0].data, r#"{"number":1}"#, "the body is not yet read");
}

/// A server with routes of the test's own.
fn other(routes: Router, store: &Watched<MemoryStore>) -> Router {
    let sessions = SessionManagerLayer::new(store.clone()).with_secure(false);
    let begin = async |session: Session| {
        session.insert("number", 1).await.expect("it is noted");
    };
    routes.route("/begin", post(begin)).layer(sessions)
}

#[tokio::test]
async fn a_500_removes_the_cookie_of_a_session_that_has_ended() {
    let store = Watched::new(MemoryStore::default());
    let end = async |session: Session| {
        session.flush().await.expect("the store answers");
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let app = other(Router::new().route("/end", post(end)), &store);
    let mut story = Conversation::new("An end and a failure", app, store);
    story.post("Ada", "/begin", "").await;
    let answer = story.post("Ada", "/end", "").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(story.last_calls(), ["delete"]);
    assert!(story.cookies("Ada").is_empty());
}

#[tokio::test]
async fn a_session_with_nothing_left_in_it_lives_on() {
    let store = Watched::new(MemoryStore::default());
    let take_out = async |session: Session| {
        session.remove::<u64>("number").await.expect("the store answers");
    };
    let app = other(Router::new().route("/take-out", post(take_out)), &store);
    let mut story = Conversation::new("Nothing left", app, store);
    story.post("Ada", "/begin", "").await;
    let answer = story.post("Ada", "/take-out", "").await;
    assert_eq!(story.last_calls(), ["load", "save"]);
    assert_eq!(story.rows()[0].data, "{}");
    assert!(answer.header("set-cookie").is_some());
}

#[tokio::test]
async fn saving_what_was_only_read_undoes_what_a_request_beside_it_wrote() {
    for (saves, expected) in [(true, r#"{"number":1}"#), (false, r#"{"number":2}"#)]
    {
        let store = Watched::new(MemoryStore::default());
        let write = async |session: Session| {
            session.insert("number", 2).await.expect("it is noted");
        };
        let beside = other(Router::new().route("/write", post(write)), &store);
        let read = async move |session: Session, headers: HeaderMap| {
            session.get::<u64>("number").await.expect("it is there");
            let request = http::Request::post("/write");
            let request = request.header(header::COOKIE, &headers[header::COOKIE]);
            let request = request.body(Body::empty()).expect("well formed");
            beside.oneshot(request).await.expect("a router always answers");
            if saves {
                session.save().await.expect("the store answers");
            }
        };
        let app = other(Router::new().route("/read", post(read)), &store);
        let mut story = Conversation::new("Two at once", app, store);
        story.post("Ada", "/begin", "").await;
        story.post("Ada", "/read", "").await;
        assert_eq!(story.rows()[0].data, expected);
    }
}

#[tokio::test]
async fn what_is_written_while_the_body_is_sent_is_lost() {
    let mut story = conversation("A late write");
    attempt(&mut story, "Ada", "plain", "write").await;
    let answer = attempt(&mut story, "Ada", "plain", "write-stream").await;
    assert_eq!(answer.text, "I write while the body is sent.");
    assert_eq!(story.rows()[0].data, r#"{"number":1}"#);
    let answer = attempt(&mut story, "Ada", "plain", "read").await;
    assert_eq!(answer.text, "The number is Some(1).");
    record!(story, "a_late_write");
}

#[tokio::test]
async fn hole_first_orders_at_the_same_time_make_a_session_each() {
    let mut story = conversation("Two first orders at once");
    let assam = Request::new(Method::POST, "/basket").form("tea=assam");
    story.begin("Ada", "create", assam).await;
    // Nothing tells the server that this is the same browser.
    buy(&mut story, "Ada", "sencha").await;
    story.finish("Ada").await;
    assert_eq!(story.rows().len(), 2);
    assert_eq!(story.cookies("Ada").len(), 1);
    let page = story.get("Ada", "/").await.text;
    assert!(page.contains("1 × Assam") && !page.contains("× Sencha"), "{page}");
}

#[tokio::test]
async fn orders_that_wait_for_the_first_answer_are_in_one_session() {
    let mut story = conversation("One first order, then two at once");
    buy(&mut story, "Ada", "assam").await;
    let sencha = Request::new(Method::POST, "/basket").form("tea=sencha");
    story.begin("Ada", "save", sencha).await;
    buy(&mut story, "Ada", "oolong").await;
    story.finish("Ada").await;
    assert_eq!(story.rows().len(), 1);
}

#[tokio::test]
async fn a_task_that_outlives_the_answer_must_save_by_itself() {
    for (saves, expected) in [(false, r#"{"number":1}"#), (true, r#"{"number":2}"#)]
    {
        let store = Watched::new(MemoryStore::default());
        let (answered, answer_is_out) = oneshot::channel::<()>();
        let (finished, task_is_done) = oneshot::channel::<()>();
        let channels = std::sync::Mutex::new(Some((answer_is_out, finished)));
        let start = move |session: Session| {
            let channels = channels.lock().expect("whole").take();
            async move {
                session.insert("number", 1).await.expect("it is noted");
                let (answer_is_out, finished) = channels.expect("one request");
                tokio::spawn(async move {
                    answer_is_out.await.expect("the test says so");
                    session.insert("number", 2).await.expect("it is noted");
                    if saves {
                        session.save().await.expect("the store answers");
                    }
                    finished.send(()).expect("the test waits");
                });
            }
        };
        let start = std::sync::Arc::new(start);
        let handler = move |session| start(session);
        let app = Router::new()
            .route("/start", post(handler))
            .layer(SessionManagerLayer::new(store.clone()));
        let mut story = Conversation::new("A task", app, store);
        story.post("Ada", "/start", "").await;
        answered.send(()).expect("the task waits");
        task_is_done.await.expect("the task ends");
        assert_eq!(story.rows()[0].data, expected);
    }
}

// ANCHOR: note_later
/// What a task calls that outlives the answer: notes how far it has got, if the session
/// that it has begun in is still there.
async fn note_later(session: &Session, number: u64) -> Result<(), session::Error> {
    session.load().await?;
    if session.get::<u64>("number").await?.is_none() {
        return Ok(());
    }
    session.insert("number", number).await?;
    session.save().await
}
// ANCHOR_END: note_later

#[tokio::test]
async fn a_task_that_loads_anew_undoes_nothing() {
    for (path, expected) in
        [("/name", r#"{"name":"Ada","number":2}"#), ("/end", "")]
    {
        let store = Watched::new(MemoryStore::default());
        let (answered, answer_is_out) = oneshot::channel::<()>();
        let (finished, task_is_done) = oneshot::channel::<()>();
        let channels = std::sync::Mutex::new(Some((answer_is_out, finished)));
        let start = std::sync::Arc::new(move |session: Session| {
            let channels = channels.lock().expect("whole").take();
            async move {
                session.insert("number", 1).await.expect("it is noted");
                let (answer_is_out, finished) = channels.expect("one request");
                tokio::spawn(async move {
                    answer_is_out.await.expect("the test says so");
                    note_later(&session, 2).await.expect("the store answers");
                    finished.send(()).expect("the test waits");
                });
            }
        });
        let name = async |session: Session| {
            session.insert("name", "Ada").await.expect("noted")
        };
        let end = async |session: Session| session.flush().await.expect("it ends");
        let app = Router::new()
            .route("/start", post(move |session| start(session)))
            .route("/name", post(name))
            .route("/end", post(end))
            .layer(SessionManagerLayer::new(store.clone()));
        let mut story = Conversation::new("A task that looks anew", app, store);
        story.post("Ada", "/start", "").await;
        story.post("Ada", path, "").await;
        answered.send(()).expect("the task waits");
        task_is_done.await.expect("the task ends");
        let rows = story.rows();
        assert_eq!(rows.first().map_or("", |row| &row.data), expected, "{path}");
    }
}

// ANCHOR: kept_id
/// The identifier of a session that is in the store, for a row in a table of your own. To
/// ask for it counts as a visit that is saved.
async fn kept_id(session: &Session) -> Result<Option<Id>, session::Error> {
    // Whoever comes with the cookie of a session that has ended has none after this.
    session.get_value("kept").await?;
    if session.id().is_none() {
        session.insert("kept", true).await?;
        session.save().await?;
    }
    // This alone is a change: the layer saves the session, and sets the cookie.
    session.set_expiry(session.expiry());
    Ok(session.id())
}
// ANCHOR_END: kept_id

#[tokio::test]
async fn who_writes_into_another_table_has_a_session_that_lives_on() {
    let store = Watched::new(MemoryStore::default());
    let notes = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let here = notes.clone();
    let note = move |session: Session| {
        let notes = here.clone();
        async move {
            let id = kept_id(&session).await.expect("the store answers");
            notes.lock().expect("whole").push(id.expect("it is there"));
        }
    };
    let end = async |session: Session| session.flush().await.expect("it ends");
    let app = Router::new().route("/note", post(note)).route("/end", post(end));
    let app = app.layer(SessionManagerLayer::new(store.clone()));
    let mut story = Conversation::new("Notes in a table of their own", app, store);
    let first = story.post("Ada", "/note", "").await;
    assert!(first.header("set-cookie").is_some());
    story.post("Ada", "/note", "").await;
    assert_eq!(story.last_calls(), ["load", "save"]);
    // Mallory's copy comes after the end.
    story.steal("Ada", "Mallory");
    story.post("Ada", "/end", "").await;
    let anew = story.post("Mallory", "/note", "").await;
    assert!(anew.header("set-cookie").is_some());
    let rows = story.rows();
    let notes = notes.lock().expect("whole");
    assert!(notes[0] == notes[1] && notes[1] != notes[2], "{notes:?}");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].id, notes[2].to_string());
}

#[tokio::test]
async fn a_panic_saves_nothing() {
    let (app, store) = server();
    let cookie = ask(&app, "plain/write", None).await;
    ask(&app, "plain/write-panic", cookie.as_deref()).await;
    assert_eq!(store.rows()[0].data, r#"{"number":1}"#);
}

#[tokio::test]
async fn a_save_by_hand_before_a_500_leaves_a_row_that_nobody_has() {
    let mut story = conversation("A save by hand");
    let answer = attempt(&mut story, "Ada", "plain", "save-500").await;
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(story.rows().len(), 1);
    assert!(story.cookies("Ada").is_empty());
    attempt(&mut story, "Ada", "plain", "save").await;
    assert_eq!(story.last_calls(), ["create", "save"], "written twice");
    record!(story, "a_save_by_hand");
}

#[tokio::test]
async fn with_always_save_an_old_cookie_fills_the_store() {
    let mut story = conversation("One old cookie");
    story.attacker("Mallory");
    attempt(&mut story, "Mallory", "plain", "write").await;
    let cookie = story.cookies("Mallory")[0].value.clone();
    attempt(&mut story, "Mallory", "plain", "flush").await;
    story.says("Mallory has kept the cookie of the session that has ended.");
    for _ in 0..3 {
        story.forge("Mallory", COOKIE, &cookie);
        attempt(&mut story, "Mallory", "always-save", "untouched").await;
    }
    assert_eq!(story.rows().len(), 3);
    assert!(story.rows().iter().all(|row| row.data == "{}"));
    record!(story, "one_old_cookie");
}

#[tokio::test]
async fn a_thousand_requests_with_an_old_cookie_make_a_thousand_rows() {
    let (app, store) = server();
    let cookie = ask(&app, "plain/write", None).await;
    ask(&app, "plain/flush", cookie.as_deref()).await;
    for _ in 0..1_000 {
        ask(&app, "always-save/untouched", cookie.as_deref()).await;
    }
    assert_eq!(store.rows().len(), 1_000);
    for _ in 0..1_000 {
        ask(&app, "rolling/read", cookie.as_deref()).await;
        ask(&app, "plain/read", cookie.as_deref()).await;
    }
    assert_eq!(store.rows().len(), 1_000, "only always_save adds rows");
}

#[tokio::test]
async fn reading_extends_a_session_only_if_it_is_rolling() {
    let mut story = conversation("Rolling");
    attempt(&mut story, "Ada", "plain", "write").await;
    story.pass(Duration::days(10)).await;
    attempt(&mut story, "Ada", "plain", "read").await;
    assert!(lives(&story) < Duration::days(5));
    let answer = attempt(&mut story, "Ada", "rolling", "read").await;
    assert!(answer.header("set-cookie").is_some());
    assert!(lives(&story) > Duration::days(13));
    record!(story, "rolling");
}

#[tokio::test]
async fn resaving_extends_the_record_and_sets_no_cookie() {
    let mut story = conversation("Resaving");
    attempt(&mut story, "Ada", "plain", "write").await;
    story.pass(Duration::days(10)).await;
    let answer = attempt(&mut story, "Ada", "resave", "read").await;
    assert_eq!(answer.header("set-cookie"), None);
    assert!(lives(&story) > Duration::days(13));
}

/// How long the only row has to live.
fn lives(story: &Conversation) -> Duration {
    story.rows()[0].lives.expect("a record has an end")
}

#[tokio::test]
async fn with_save_uninitialized_everybody_gets_a_session() {
    let mut story = conversation("Everybody gets a session");
    attempt(&mut story, "Ada", "save-uninitialized", "no-session").await;
    assert_eq!(story.rows()[0].data, r#"{"visitor":true}"#);
    assert_eq!(story.cookies("Ada").len(), 1);
}

#[tokio::test]
async fn the_last_packet_taken_out_ends_the_session() {
    let mut story = conversation("The last packet");
    buy(&mut story, "Ada", "assam").await;
    buy(&mut story, "Ada", "oolong").await;
    story.post("Ada", "/basket/take", "tea=assam").await;
    assert_eq!(story.rows()[0].data, r#"{"basket":{"oolong":1}}"#);
    story.post("Ada", "/basket/take", "tea=oolong").await;
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
    record!(story, "the_last_packet");
}

#[tokio::test]
async fn taking_out_what_is_not_there_changes_nothing() {
    let mut story = conversation("Not there");
    buy(&mut story, "Ada", "assam").await;
    story.post("Ada", "/basket/take", "tea=sencha").await;
    assert_eq!(story.rows()[0].data, r#"{"basket":{"assam":1}}"#);
    let answer = story.post("Grace", "/basket/take", "tea=assam").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(story.rows().len(), 1);
}

#[tokio::test]
async fn no_answer_may_be_kept_by_a_cache() {
    let mut story = conversation("Caches");
    let added = buy(&mut story, "Ada", "assam").await;
    assert!(added.header("set-cookie").is_some());
    assert_eq!(added.header("cache-control"), Some("no-store"));
    for path in ["/", "/about", "/nothing", "/try"] {
        let answer = story.get("Ada", path).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
}

#[tokio::test]
async fn the_finest_log_holds_no_identifier() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let mut story = conversation("The log");
    for kind in ["write", "read", "save"] {
        attempt(&mut story, "Ada", "plain", kind).await;
    }
    let log = log.text();
    assert!(
        log.contains("saving session") && log.contains("record found in store")
    );
    let cookie = &story.cookies("Ada")[0].value;
    assert!(!log.contains(&cookie[..44]) && !log.contains(&cookie[44..]), "{log}");
}

#[test]
fn without_a_key_it_refuses_to_start() {
    let message = trial::refuses_to_start(PROGRAM);
    assert!(message.contains("there is no key"), "{message}");
}

#[tokio::test]
async fn only_the_cookie_of_exactly_this_name_counts() {
    let (app, store) = server();
    let mut story = Conversation::new("Two names", app.clone(), store);
    buy(&mut story, "Ada", "assam").await;
    buy(&mut story, "Mallory", "sencha").await;
    let mut value = |who| story.cookies(who)[0].value.clone();
    let (ada, mallory) = (value("Ada"), value("Mallory"));
    let [ada, mallory] = [(&*ada, "1 × Assam"), (&*mallory, "1 × Sencha")];
    let confusing = trial::confusing_cookies(&app, COOKIE, ada, mallory).await;
    assert!(confusing.is_empty(), "{confusing:#?}");
}

#[tokio::test]
async fn a_basket_holds_at_most_20_packets_of_a_tea() {
    let mut story = conversation("A large basket");
    for packets in 1..=22 {
        buy(&mut story, "Ada", "assam").await;
        let held = format!(r#""assam":{}"#, packets.min(20));
        assert!(story.rows()[0].data.contains(&held), "after {packets}");
    }
}

#[tokio::test]
async fn the_log_is_told_the_first_100_characters_of_a_cause() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let (app, store) = server();
    let mut story = Conversation::new("A long cause", app, store.clone());
    buy(&mut story, "Ada", "assam").await;
    for cause in ["connection refused", &"é".repeat(200)] {
        store.fail(cause);
        story.get("Ada", "/").await;
    }
    let text = log.text();
    assert!(text.contains("connection refused"), "{text}");
    let told = text.split("cause=\"").skip(1).filter_map(|it| it.split('"').next());
    assert_eq!(told.map(|cause| cause.chars().count()).max(), Some(100), "{text}");
}

#[tokio::test]
async fn no_form_writes_a_line_into_the_log() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let (app, _) = server();
    trial::throw_lines(&app, &[("/basket", "tea=*")]).await;
    assert!(log.text().contains("a form is refused"), "{}", log.text());
}

#[test]
fn ten_thousand_cookies_do_no_harm() {
    let (app, store) = server();
    let ids = || store.rows().into_iter().map(|row| row.id).collect();
    trial::throw_cookies(&app, COOKIE, ids);
    trial::throw_cookies_with_form(&app, COOKIE, ("/basket", "tea=assam"), ids);
    trial::throw_requests(&app);
    let key = secret::new_key();
    trial::throw_garbage(with_key(&[("SESSION_KEY", &key)]));
}

fn with_key<'a>(environment: &'a [(&'a str, &'a str)]) -> Start<'a> {
    Start { program: PROGRAM, environment }
}

#[test]
fn over_a_socket_a_browser_keeps_its_basket_until_the_restart() {
    let key = secret::new_key();
    let environment = [("SESSION_KEY", key.as_str())];
    let server = Program::start(with_key(&environment));
    let ada = Browser::default();
    let page = ada.send_form(&server.url("/basket"), &[("tea", "assam")]).body;
    assert!(page.contains("1 × Assam"), "{page}");
    drop(server);
    let server = Program::start(with_key(&environment));
    let page = ada.get(&server.url("/")).body;
    assert!(!page.contains("× Assam"), "the memory is gone: {page}");
}

#[test]
fn a_panic_ends_its_connection_and_not_the_server() {
    let key = secret::new_key();
    let environment = [("SESSION_KEY", key.as_str()), ("RUST_BACKTRACE", "0")];
    let server = Program::start(with_key(&environment));
    let mut connection = server.connect();
    let request = "POST /try/plain/write-panic HTTP/1.1\r\n\
                   host: localhost\r\nconnection: close\r\n\r\n";
    connection.write_all(request.as_bytes()).expect("it is sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("the connection ends");
    assert_eq!(answer, "");
    assert_eq!(Browser::default().get(&server.url("/")).status, 200);
}

#[test]
fn a_taken_port_is_one_clear_line() {
    let key = secret::new_key();
    trial::refuses_a_taken_port(with_key(&[("SESSION_KEY", &key)]));
}

#[test]
fn ctrl_c_ends_it_cleanly() {
    let key = secret::new_key();
    trial::ends_when_told(with_key(&[("SESSION_KEY", &key)]), "INT");
}

#[test]
fn sigterm_ends_it_cleanly() {
    let key = secret::new_key();
    trial::ends_when_told(with_key(&[("SESSION_KEY", &key)]), "TERM");
}

#[test]
fn a_second_ctrl_c_ends_it_whatever_a_client_holds_open() {
    let key = secret::new_key();
    trial::ends_when_told_twice(with_key(&[("SESSION_KEY", &key)]));
}
