//! What the chapter says about this step, carried out.

use std::{cell::Cell, cmp::Ordering, ops::RangeInclusive, time::Duration as Std};

use axum::{
    Router,
    body::Body,
    http::{self, Method, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use conversation::{
    Answer, Backend, Conversation, Request, Watched, record, record_outside_the_lab,
};
use sha2::{Digest, Sha256};
use step_12::{
    accounts::{Account, Accounts, InMemory},
    app,
    index::Index,
    secret,
    strict::Strict,
    sweep::Swept,
};
use time::{Duration, OffsetDateTime};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use tower_sessions::{
    MemoryStore, SessionStore,
    cookie::{Cookie, CookieJar, Key},
    session::{Id, Record},
};
use trial::{Browser, Program, Start};

#[path = "../src/store/sorted.rs"]
mod sorted;
use sorted::Sorted;

#[path = "../src/members/tries.rs"]
mod tries;
use tries::Tries;

/// The key of these tests: 64 bytes that nobody has to guess.
const KEY: [u8; 64] = [7; 64];
const PROGRAM: &str = env!("CARGO_BIN_EXE_step-12");
const COOKIE: &str = "__Host-id";
const PASSWORD: &str = "a cup before noon";

fn server() -> (Router, Watched<MemoryStore>) {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    let kept = Swept::new(store.clone());
    (app(kept, Key::from(&KEY), InMemory::default()), store)
}

fn conversation(title: &str) -> Conversation {
    let (app, store) = server();
    Conversation::new(title, app, store)
}

/// The token of `who`'s session, which each of its pages has in its forms.
fn token(story: &mut Conversation, who: &str) -> String {
    secret_of(story, who, "token")
}

/// The random value that `who`'s session holds under this name.
fn secret_of(story: &mut Conversation, who: &str, name: &str) -> String {
    let cookies = story.cookies(who);
    let held = cookies.iter().find(|cookie| cookie.name == COOKIE);
    let value = held.map(|cookie| cookie.value.clone()).unwrap_or_default();
    let row = story.rows().into_iter().find(|row| value.ends_with(&row.id));
    let data = row.map(|row| row.data).unwrap_or_default();
    let start = format!(r#""{name}":""#);
    let rest = data.split_once(&start).map(|(_, rest)| rest.to_owned());
    rest.and_then(|rest| rest.split('"').next().map(str::to_owned))
        .unwrap_or_default()
}

/// `who` fills in a form on a page of the shop.
async fn submit(
    story: &mut Conversation,
    who: &str,
    path: &str,
    fields: &str,
) -> Answer {
    let token = token(story, who);
    let parts = [format!("token={token}"), fields.to_owned()];
    let filled =
        parts.iter().filter(|part| !part.ends_with('=') && !part.is_empty());
    let fields: Vec<&str> = filled.map(String::as_str).collect();
    story.post(who, path, &fields.join("&")).await
}

async fn buy(story: &mut Conversation, who: &str, tea: &str) -> Answer {
    submit(story, who, "/basket", &format!("tea={tea}")).await
}

/// `who` registers under this name, and signs out again.
async fn register(story: &mut Conversation, who: &str) {
    let answer = give(story, who, "/register", who, PASSWORD).await;
    assert_eq!(answer.header("location"), Some("/member?said=1"));
    sign_out(story, who).await;
    assert!(story.cookies(who).is_empty());
}

async fn sign_in(story: &mut Conversation, who: &str) -> Answer {
    give(story, who, "/sign-in", who, PASSWORD).await
}

async fn sign_in_as_ada(story: &mut Conversation, browser: &str) -> Answer {
    give(story, browser, "/sign-in", "Ada", PASSWORD).await
}

async fn give(
    story: &mut Conversation,
    who: &str,
    path: &str,
    name: &str,
    password: &str,
) -> Answer {
    let encode = |text: &str| text.replace(' ', "+");
    let fields = format!("name={}&password={}", encode(name), encode(password));
    submit(story, who, path, &fields).await
}

fn is_member(answer: &Answer) -> bool {
    answer.text.contains("Sign out")
}

/// `who` has registered, is signed in, and has a packet in the basket.
async fn shops(story: &mut Conversation, who: &str) {
    give(story, who, "/register", who, PASSWORD).await;
    buy(story, who, "assam").await;
}

async fn sign_out(story: &mut Conversation, who: &str) -> Answer {
    submit(story, who, "/sign-out", "").await
}

const MALLORYS: &str = "name=Mallory&password=a+cup+before+noon";

/// The paths that this server knows, as its source has them.
fn routes(method: &str) -> Vec<String> {
    let source = include_str!("../src/lib.rs");
    let routes = source.split(".route(\"").skip(1);
    let found = routes.filter_map(|route| {
        let (path, rest) = route.split_once('"')?;
        let is_one = rest.trim_start_matches(", ").starts_with(method);
        is_one.then(|| path.to_owned())
    });
    found.collect()
}

#[tokio::test]
async fn looking_changes_nothing_wherever_one_looks() {
    let mut story = conversation("Looking");
    shops(&mut story, "Ada").await;
    let (rows, cookies) = (story.rows(), story.cookies("Ada"));
    let pages = routes("get(");
    assert!(pages.len() >= 6, "{pages:?}");
    for path in pages.iter().chain(&routes("post(")) {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            story.send("Ada", Request::new(method.clone(), path)).await;
            assert_eq!(story.rows(), rows, "{method} {path}");
            assert_eq!(story.cookies("Ada"), cookies, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn nothing_can_be_done_without_the_token_of_this_session() {
    let mut story = conversation("Doing");
    shops(&mut story, "Ada").await;
    shops(&mut story, "Mallory").await;
    let mallorys = token(&mut story, "Mallory");
    let rows = story.rows();
    let forms = routes("post(");
    assert!(forms.len() >= 7, "{forms:?}");
    for path in &forms {
        for proof in ["", "token=", "token=x", &format!("token={mallorys}")] {
            let fields = format!(
                "{proof}&tea=sencha&remember=true&new=x&handle=x&{MALLORYS}"
            );
            let answer = story.post("Ada", path, &fields).await;
            // Who is no administrator learns nothing of those pages.
            let status = if path.contains("administrator") { 404 } else { 403 };
            assert_eq!(answer.status, status, "{path} {proof}");
            assert_eq!(story.rows(), rows, "{path} {proof}");
        }
    }
}

#[tokio::test]
async fn nothing_can_be_done_from_another_origin_even_with_the_token() {
    for path in routes("post(") {
        let mut story = conversation("From elsewhere");
        shops(&mut story, "Ada").await;
        let rows = story.rows();
        let token = token(&mut story, "Ada");
        let fields = format!("token={token}&tea=sencha&remember=true&{MALLORYS}");
        for origin in [
            "null",
            "https://localhost:4000",
            "http://localhost",
            "foo://localhost:8080",
            "://localhost:8080",
            "localhost:8080",
            "",
        ] {
            let form = Request::new(Method::POST, &path)
                .form(&fields)
                .header("origin", origin);
            let answer = story.send("Ada", form).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {origin}");
        }
        for site in ["cross-site", "same-site", "", "same-origin, cross-site"] {
            let form = Request::new(Method::POST, &path)
                .form(&fields)
                .header("sec-fetch-site", site)
                .header("origin", "http://localhost:8080");
            let answer = story.send("Ada", form).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {site}");
        }
        assert_eq!(story.rows(), rows, "{path}");
    }
}

#[tokio::test]
async fn a_form_from_a_page_of_ours_is_taken() {
    let mut story = conversation("From here");
    shops(&mut story, "Ada").await;
    let fields = format!("token={}&tea=sencha", token(&mut story, "Ada"));
    for (name, value) in [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
        ("origin", "http://localhost:8080"),
        ("origin", "https://localhost:8080"),
    ] {
        let form = Request::new(Method::POST, "/basket").form(&fields);
        let answer = story.send("Ada", form.header(name, value)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}: {value}");
    }
}

#[tokio::test]
async fn the_first_order_needs_no_token_and_looking_at_forms_no_session() {
    let mut story = conversation("The first order");
    for path in ["/", "/sign-in", "/register", "/start-over"] {
        let page = story.get("Ada", path).await;
        assert!(!page.body.contains("token"), "{path}");
        assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
    }
    story.post("Ada", "/basket", "tea=assam").await;
    for path in ["/", "/sign-in", "/register", "/start-over"] {
        let page = story.get("Ada", path).await;
        let token = token(&mut story, "Ada");
        assert_eq!(token.len(), 22);
        let forms = page.body.matches("<form method=\"post\"").count();
        assert_eq!(page.body.matches(&token).count(), forms, "{path}");
    }
}

#[tokio::test]
async fn the_token_changes_when_somebody_signs_in() {
    let mut story = conversation("Another token");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    let before = token(&mut story, "Ada");
    sign_in(&mut story, "Ada").await;
    assert_ne!(token(&mut story, "Ada"), before);
    let fields = format!("token={before}&tea=sencha");
    let answer = story.post("Ada", "/basket", &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
}

#[tokio::test]
async fn a_message_is_shown_once() {
    let mut story = conversation("A message");
    story.get("Ada", "/").await;
    let answer = buy(&mut story, "Ada", "assam").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let next = answer.header("location").expect("a place").to_owned();
    let said = "Assam is in your basket.";
    assert!(story.get("Ada", &next).await.text.contains(said));
    assert!(!story.get("Ada", &next).await.text.contains(said), "a reload");
}

#[tokio::test]
async fn each_of_two_tabs_shows_its_own_message() {
    let mut story = conversation("Two tabs");
    story.get("Ada", "/").await;
    let first = buy(&mut story, "Ada", "assam").await;
    let second = buy(&mut story, "Ada", "sencha").await;
    let place = |answer: &Answer| answer.header("location").map(str::to_owned);
    let (first, second) = (place(&first), place(&second));
    let page = story.get("Ada", &second.expect("a place")).await.text;
    assert!(page.contains("Sencha is in") && !page.contains("Assam is in"));
    let page = story.get("Ada", &first.expect("a place")).await.text;
    assert!(page.contains("Assam is in") && !page.contains("Sencha is in"));
}

#[tokio::test]
async fn a_message_that_nobody_waits_for_is_no_error_and_few_are_kept() {
    let mut story = conversation("Many messages");
    for said in ["/?said=7", "/?said=-1", "/?said=x", "/?said=1&said=2", "/?x"] {
        assert_eq!(story.get("Ada", said).await.status, StatusCode::OK, "{said}");
    }
    for _ in 0..50 {
        buy(&mut story, "Ada", "assam").await;
    }
    assert_eq!(story.rows()[0].data.matches("Added").count(), 5);
    let page = story.get("Ada", "/?said=45").await.text;
    assert!(!page.contains("is in your basket."));
    assert!(story.get("Ada", "/?said=50").await.text.contains("Assam is in"));
}

#[tokio::test]
async fn no_other_origin_may_read_an_answer() {
    let mut story = conversation("No CORS");
    let ask = Request::new(Method::GET, "/").header("origin", "https://a.example");
    let ask_first = Request::new(Method::OPTIONS, "/basket")
        .header("origin", "https://a.example")
        .header("access-control-request-method", "POST");
    for request in [ask, ask_first] {
        let answer = story.send("Ada", request).await;
        let cors =
            answer.headers.iter().find(|(name, _)| name.contains("allow-origin"));
        assert_eq!(cors, None);
    }
}

const FIREFOX: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) \
                     AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 \
                     Mobile/15E148 Safari/604.1";
const EDGE: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
                    (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 \
                    Edg/142.0.0.0";

/// Ada signs in in this browser, or registers.
async fn ada_at(
    story: &mut Conversation,
    browser: &str,
    path: &str,
    agent: &str,
) -> Answer {
    let form = Request::new(Method::POST, path)
        .form("name=Ada&password=a+cup+before+noon")
        .header("user-agent", agent);
    story.send(browser, form).await
}

/// Ada is signed in at her laptop, on her telephone and in the office.
async fn three_devices(story: &mut Conversation) {
    ada_at(story, "Laptop", "/register", FIREFOX).await;
    story.pass(Duration::minutes(3)).await;
    ada_at(story, "Phone", "/sign-in", PHONE).await;
    story.pass(Duration::minutes(1)).await;
    ada_at(story, "Office", "/sign-in", EDGE).await;
}

async fn is_in(story: &mut Conversation, browser: &str) -> bool {
    is_member(&story.get(browser, "/member").await)
}

/// What forms call the session of this browser.
fn handle(story: &mut Conversation, browser: &str) -> String {
    secret_of(story, browser, "handle")
}

#[tokio::test]
async fn the_list_shows_each_device_and_no_identifier() {
    let mut story = conversation("Ada's devices");
    story.aside();
    three_devices(&mut story).await;
    story.so_far("Ada is signed in on three devices.");
    let page = story.get("Laptop", "/devices").await;
    for line in [
        "Firefox on Linux, an unknown place, used now (this one)",
        "Safari on iPhone, an unknown place, used a minute ago",
        "Edge on Windows, an unknown place, used now",
    ] {
        assert!(page.text.contains(line), "{line} in {}", page.text);
    }
    for row in story.rows() {
        assert!(!page.body.contains(&row.id), "{}", page.body);
    }
    record!(story, "devices");
}

#[tokio::test]
async fn one_device_ends_another() {
    let mut story = conversation("The office is signed out");
    story.aside();
    ada_at(&mut story, "Laptop", "/register", FIREFOX).await;
    story.pass(Duration::minutes(3)).await;
    ada_at(&mut story, "Phone", "/sign-in", PHONE).await;
    story.pass(Duration::minutes(1)).await;
    story.so_far("Ada has registered on her laptop, and signed in on her phone.");
    ada_at(&mut story, "Office", "/sign-in", EDGE).await;
    let fields = format!("handle={}", handle(&mut story, "Office"));
    submit(&mut story, "Phone", "/devices/end", &fields).await;
    let page = story.get("Phone", "/devices?said=2").await.text;
    assert!(page.contains("One session is ended."), "{page}");
    let answer = story.get("Office", "/member").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    assert!(is_in(&mut story, "Laptop").await && is_in(&mut story, "Phone").await);
    record!(story, "end_one");
}

#[tokio::test]
async fn one_device_ends_all_others() {
    let mut story = conversation("Everywhere else");
    three_devices(&mut story).await;
    submit(&mut story, "Phone", "/devices/end-others", "").await;
    assert_eq!(story.rows().len(), 1);
    assert!(is_in(&mut story, "Phone").await);
    for browser in ["Laptop", "Office"] {
        assert!(!is_in(&mut story, browser).await);
    }
}

#[tokio::test]
async fn to_end_this_device_is_to_sign_out() {
    let mut story = conversation("This one");
    three_devices(&mut story).await;
    let fields = format!("handle={}", handle(&mut story, "Phone"));
    let answer = submit(&mut story, "Phone", "/devices/end", &fields).await;
    assert_eq!(answer.header("clear-site-data"), Some(r#""storage""#));
    assert!(story.cookies("Phone").is_empty());
    assert_eq!(story.rows().len(), 2);
}

#[tokio::test]
async fn nobody_ends_the_session_of_another_member() {
    let mut story = conversation("Not yours");
    three_devices(&mut story).await;
    story.post("Mallory", "/register", MALLORYS).await;
    let id = story.rows()[0].id.clone();
    for named in [handle(&mut story, "Phone"), id, String::new()] {
        let fields = format!("handle={named}");
        submit(&mut story, "Mallory", "/devices/end", &fields).await;
        assert_eq!(story.rows().len(), 4);
    }
    submit(&mut story, "Mallory", "/devices/end-others", "").await;
    assert_eq!(story.rows().len(), 4);
    let page = story.get("Mallory", "/devices").await.text;
    assert!(!page.contains("Firefox"), "{page}");
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_is_not_brought_back() {
    let mut story = conversation("A slow order");
    three_devices(&mut story).await;
    let fields = format!("token={}&tea=assam", token(&mut story, "Office"));
    let order = Request::new(Method::POST, "/basket").form(&fields);
    story.begin("Office", "load", order).await;
    submit(&mut story, "Phone", "/devices/end-others", "").await;
    story.finish("Office").await;
    assert_eq!(story.rows().len(), 1);
    assert!(!is_in(&mut story, "Office").await);
}

#[tokio::test]
async fn at_a_fourth_sign_in_the_first_session_goes() {
    let mut story = conversation("Too many devices");
    three_devices(&mut story).await;
    story.pass(Duration::minutes(1)).await;
    // To have been used last does not help the one that signed in first.
    story.get("Laptop", "/").await;
    ada_at(&mut story, "Tablet", "/sign-in", FIREFOX).await;
    assert_eq!(story.rows().len(), 3);
    assert!(!is_in(&mut story, "Laptop").await);
    for browser in ["Phone", "Office", "Tablet"] {
        assert!(is_in(&mut story, browser).await, "{browser}");
    }
}

#[tokio::test]
async fn to_sign_in_again_on_the_same_device_takes_no_place() {
    let mut story = conversation("Again");
    three_devices(&mut story).await;
    for _ in 0..3 {
        sign_in_as_ada(&mut story, "Phone").await;
    }
    assert_eq!(story.rows().len(), 3);
    assert!(is_in(&mut story, "Laptop").await);
}

#[tokio::test]
async fn the_limit_holds_for_sign_ins_at_the_same_moment() {
    let (app, store) = server();
    let form = |path| {
        http::Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("name=Ada&password=a+cup+before+noon"))
            .expect("well formed")
    };
    let send = |path| app.clone().oneshot(form(path));
    send("/register").await.expect("an answer");
    // Five at a time and no more: further ones would count as guesses.
    let crowd: Vec<_> = (0..5).map(|_| tokio::spawn(send("/sign-in"))).collect();
    for one in crowd {
        let answer = one.await.expect("no panic").expect("an answer");
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    }
    assert_eq!(store.rows().len(), 3);
}

#[tokio::test]
async fn another_password_ends_all_other_sessions() {
    let mut story = conversation("Another password");
    three_devices(&mut story).await;
    let before = story.cookies("Phone")[0].value.clone();
    let fields = "password=a+cup+before+noon&new=two+cups+at+four";
    submit(&mut story, "Phone", "/password", fields).await;
    assert_eq!(story.rows().len(), 1);
    assert!(is_in(&mut story, "Phone").await);
    assert_ne!(story.cookies("Phone")[0].value, before);
    for browser in ["Laptop", "Office"] {
        assert!(!is_in(&mut story, browser).await);
    }
    let answer = sign_in_as_ada(&mut story, "Office").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let fields = "name=Ada&password=two+cups+at+four";
    submit(&mut story, "Office", "/sign-in", fields).await;
    assert!(is_in(&mut story, "Office").await);
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it_only() {
    let mut story = conversation("A wrong password");
    three_devices(&mut story).await;
    for (fields, status) in [
        ("password=wrong&new=two+cups+at+four", StatusCode::FORBIDDEN),
        ("password=a+cup+before+noon&new=two", StatusCode::UNPROCESSABLE_ENTITY),
        ("password=a+cup+before+noon", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let answer = submit(&mut story, "Phone", "/password", fields).await;
        assert_eq!(answer.status, status);
        assert_eq!(story.rows().len(), 3);
    }
    let answer = sign_in_as_ada(&mut story, "Phone").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_sign_in_beside_a_change_of_the_password_comes_to_nothing() {
    let mut story = conversation("At the same moment");
    three_devices(&mut story).await;
    let form = Request::new(Method::POST, "/sign-in")
        .form("name=Ada&password=a+cup+before+noon");
    // The old password was right, and there is no session yet.
    story.begin("Mallory", "load", form).await;
    let fields = "password=a+cup+before+noon&new=two+cups+at+four";
    submit(&mut story, "Phone", "/password", fields).await;
    story.finish("Mallory").await;
    assert!(!is_in(&mut story, "Mallory").await, "the account says so");
    assert_eq!(story.rows().len(), 1);
}

#[tokio::test]
async fn sign_ins_with_the_old_password_push_nobody_out_who_has_changed_it() {
    let mut story = conversation("Four at the same moment");
    three_devices(&mut story).await;
    let thieves = ["Mallory", "Mallory too", "Mallory again"];
    for thief in thieves {
        let form = Request::new(Method::POST, "/sign-in")
            .form("name=Ada&password=a+cup+before+noon");
        story.begin(thief, "load", form).await;
    }
    let fields = "password=a+cup+before+noon&new=two+cups+at+four";
    submit(&mut story, "Phone", "/password", fields).await;
    for thief in thieves {
        let answer = story.finish(thief).await;
        assert_eq!(answer.header("location"), Some("/sign-in"));
    }
    assert!(is_in(&mut story, "Phone").await);
    assert_eq!(story.rows().len(), 1);
}

/// The page has loaded the session with the stamp of before, which is nobody's. So it ends it, or
/// has the browser forget the cookie.
#[tokio::test]
async fn hole_a_page_that_is_held_beside_a_change_of_the_password_signs_its_member_out()
 {
    for has_looked in [false, true] {
        let mut story = conversation("A page beside another password");
        shops(&mut story, "Ada").await;
        story.begin("Ada", "load", Request::new(Method::GET, "/")).await;
        let fields = "password=a+cup+before+noon&new=two+cups+at+four";
        submit(&mut story, "Ada", "/password", fields).await;
        if has_looked {
            assert!(is_in(&mut story, "Ada").await);
        }
        story.finish("Ada").await;
        assert!(!is_in(&mut story, "Ada").await, "chapter 19 ends this");
    }
}

/// The answer, which would bring the identifier, is not made yet, and nor is the session's end.
#[tokio::test]
async fn hole_a_sign_in_that_is_given_up_half_way_leaves_a_session_of_14_days() {
    let mut story = conversation("Given up half-way");
    shops(&mut story, "Ada").await;
    let token = token(&mut story, "Ada");
    let fields = format!("token={token}&name=Ada&password=a+cup+before+noon");
    let form = Request::new(Method::POST, "/sign-in").form(&fields);
    story.begin("Ada", "create", form).await;
    let lives = story.rows().last().and_then(|row| row.lives);
    assert!(lives > Some(Duration::days(13)), "chapter 19 ends this: {lives:?}");
}

#[tokio::test]
async fn a_session_with_an_older_stamp_is_on_no_list_and_takes_no_place() {
    let (mut story, store) = administered("An older stamp").await;
    three_devices(&mut story).await;
    change_record(&store, &story.rows()[3].id, |record| {
        record.data.insert("stamp".to_owned(), "older".into());
    })
    .await;
    let page = story.get("Phone", "/devices").await.text;
    assert!(page.contains("Firefox on Linux") && !page.contains("Edge"), "{page}");
    let page = story.get("Grace", "/administrator").await.text;
    assert!(page.contains("Ada: 2"), "{page}");
    ada_at(&mut story, "Tablet", "/sign-in", FIREFOX).await;
    assert!(is_in(&mut story, "Laptop").await, "there were three");
    for number in 0..story.rows().len() {
        change_record(&store, &story.rows()[number].id, |record| {
            if record.data["member"] == "Ada" {
                record.data.insert("stamp".to_owned(), "older".into());
            }
        })
        .await;
    }
    let page = story.get("Grace", "/administrator").await.text;
    assert!(page.contains("administrator: 1") && !page.contains("Ada"), "{page}");
}

#[tokio::test]
async fn an_order_needs_a_password_of_the_last_minutes_and_uses_it_up() {
    let mut story = conversation("An order");
    story.aside();
    ada_at(&mut story, "Laptop", "/register", FIREFOX).await;
    submit(&mut story, "Laptop", "/basket", "tea=assam").await;
    story.so_far("Ada has registered, and put a packet of Assam into her basket.");
    story.pass(Duration::minutes(6)).await;
    let answer = submit(&mut story, "Laptop", "/checkout", "").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("/confirm?then=shop"));
    let before = story.cookies("Laptop")[0].value.clone();
    let fields = "password=a+cup+before+noon&then=shop";
    let answer = submit(&mut story, "Laptop", "/confirm", fields).await;
    assert_eq!(answer.header("location"), Some("/?said=3"));
    assert_ne!(story.cookies("Laptop")[0].value, before, "more may be done now");
    let answer = submit(&mut story, "Laptop", "/checkout", "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let answer = submit(&mut story, "Laptop", "/checkout", "").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "once");
    assert!(is_in(&mut story, "Laptop").await, "and nothing else is lost");
    record!(story, "step_up");
}

#[tokio::test]
async fn a_password_is_fresh_for_five_minutes_and_no_longer() {
    for (passed, status) in [
        (Duration::minutes(5) - MOMENT, StatusCode::SEE_OTHER),
        (Duration::minutes(5), StatusCode::FORBIDDEN),
    ] {
        let mut story = conversation("Five minutes");
        shops(&mut story, "Ada").await;
        story.pass(passed).await;
        let answer = submit(&mut story, "Ada", "/checkout", "").await;
        assert_eq!(answer.status, status, "{passed}");
    }
}

#[tokio::test]
async fn a_password_is_good_for_a_week_and_no_longer() {
    let week = Duration::days(7);
    for (passed, is_good) in [(week - MOMENT, true), (week, false)] {
        let mut story = conversation("A week");
        shops(&mut story, "Ada").await;
        submit(&mut story, "Ada", "/remember", "remember=true").await;
        story.pass(passed).await;
        assert_eq!(is_in(&mut story, "Ada").await, is_good, "{passed}");
    }
}

#[tokio::test]
async fn devices_are_ended_with_a_fresh_password_only() {
    let mut story = conversation("Stale");
    three_devices(&mut story).await;
    story.pass(Duration::minutes(6)).await;
    let handle = handle(&mut story, "Office");
    for (path, fields) in [
        ("/devices/end", format!("handle={handle}")),
        ("/devices/end-others", String::new()),
    ] {
        let answer = submit(&mut story, "Phone", path, &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.body.contains("/confirm?then=devices"));
    }
    assert_eq!(story.rows().len(), 3);
    let fields = "password=a+cup+before+noon&then=devices";
    submit(&mut story, "Phone", "/confirm", fields).await;
    submit(&mut story, "Phone", "/devices/end-others", "").await;
    assert_eq!(story.rows().len(), 1);
}

#[tokio::test]
async fn a_wrong_password_confirms_nothing_and_counts_as_a_guess() {
    let mut story = conversation("Guessing");
    three_devices(&mut story).await;
    story.pass(Duration::minutes(6)).await;
    for _ in 0..5 {
        let answer = submit(&mut story, "Phone", "/confirm", "password=x").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let right = "password=a+cup+before+noon";
    let answer = submit(&mut story, "Phone", "/confirm", right).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let answer = submit(&mut story, "Phone", "/devices/end-others", "").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn strangers_who_guess_keep_no_member_who_is_in_from_anything() {
    let mut story = conversation("Guesses from anywhere");
    three_devices(&mut story).await;
    story.pass(Duration::minutes(6)).await;
    for _ in 0..6 {
        give(&mut story, "Mallory", "/sign-in", "Ada", "wrong").await;
    }
    let answer = sign_in_as_ada(&mut story, "Mallory").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "the attack runs");
    let fields = "password=a+cup+before+noon&new=two+cups+at+four";
    for (path, fields) in [
        ("/confirm", "password=a+cup+before+noon&then=devices"),
        ("/devices/end-others", ""),
        ("/password", fields),
    ] {
        let answer = submit(&mut story, "Phone", path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
    }
    assert_eq!(story.rows().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_thief_in_a_session_has_five_guesses_a_minute_in_all() {
    let mut story = conversation("A thief who guesses");
    three_devices(&mut story).await;
    submit(&mut story, "Phone", "/confirm", "password=a+cup+before+noon").await;
    for number in 0..8 {
        let (path, fields) = match number % 2 {
            0 => ("/confirm", "password=x"),
            _ => ("/password", "password=x&new=two+cups+at+four"),
        };
        let answer = submit(&mut story, "Phone", path, fields).await;
        let is_guess = answer.status == StatusCode::FORBIDDEN;
        assert_eq!(is_guess, number < 5, "{path} {number}");
        let pause = answer.header("retry-after");
        assert_eq!(pause, if is_guess { None } else { Some("60") }, "{path}");
    }
    // The others of her sessions are not the thief's.
    let right = "password=a+cup+before+noon";
    let answer = submit(&mut story, "Laptop", "/confirm", right).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    tokio::time::advance(std::time::Duration::from_secs(61)).await;
    let answer = submit(&mut story, "Phone", "/confirm", right).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    for _ in 0..4 {
        submit(&mut story, "Phone", "/confirm", "password=x").await;
    }
    let answer = submit(&mut story, "Phone", "/confirm", right).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn who_guesses_in_a_session_leaves_a_line_in_the_log() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let mut story = conversation("Lines");
    shops(&mut story, "Ada").await;
    submit(&mut story, "Ada", "/confirm", "password=x").await;
    submit(&mut story, "Ada", "/password", "password=x&new=two+cups+at+four").await;
    let line = r#"a password is refused why=Wrong member="Ada""#;
    assert_eq!(log.text().matches(line).count(), 2, "{}", log.text());
    submit(&mut story, "Ada", "/confirm", "password=a+cup+before+noon").await;
    assert!(log.text().contains(r#"gives the password once more member="Ada""#));
}

#[tokio::test]
async fn after_a_confirmation_nobody_is_led_out_of_the_shop() {
    let mut story = conversation("Then");
    ada_at(&mut story, "Laptop", "/register", FIREFOX).await;
    for then in ["https://coffee.example", "//coffee.example", "/x", "Shop"] {
        let page = story.get("Laptop", &format!("/confirm?then={then}")).await;
        assert!(!page.body.contains("coffee"), "{}", page.body);
        let fields = format!("password=a+cup+before+noon&then={then}");
        let answer = submit(&mut story, "Laptop", "/confirm", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn once_a_week_a_remembered_member_gives_the_password_again() {
    let mut story = conversation("A week");
    story.aside();
    ada_at(&mut story, "Laptop", "/register", FIREFOX).await;
    submit(&mut story, "Laptop", "/basket", "tea=assam").await;
    story.so_far("Ada has registered, and put a packet of Assam into her basket.");
    submit(&mut story, "Laptop", "/remember", "remember=true").await;
    story.pass(Duration::days(6)).await;
    assert!(is_in(&mut story, "Laptop").await);
    story.pass(Duration::days(1)).await;
    assert!(!is_in(&mut story, "Laptop").await);
    let shop = story.get("Laptop", "/").await.text;
    assert!(shop.contains("1 × Assam"), "the basket is for everybody");
    let right = "password=a+cup+before+noon";
    submit(&mut story, "Laptop", "/confirm", right).await;
    assert!(is_in(&mut story, "Laptop").await);
    record!(story, "once_a_week");
}

#[tokio::test]
async fn after_a_week_every_page_for_members_asks_for_the_password() {
    let mut story = conversation("Every page");
    ada_at(&mut story, "Laptop", "/register", FIREFOX).await;
    submit(&mut story, "Laptop", "/remember", "remember=true").await;
    story.pass(Duration::days(7)).await;
    for path in ["/member", "/devices", "/password"] {
        let answer = story.get("Laptop", path).await;
        assert_eq!(answer.header("location"), Some("/confirm"), "{path}");
    }
    submit(&mut story, "Laptop", "/confirm", "password=a+cup+before+noon").await;
    story.pass(Duration::days(6)).await;
    assert!(is_in(&mut story, "Laptop").await, "she is still remembered");
}

#[tokio::test]
async fn a_session_of_the_step_before_is_over_at_its_first_visit() {
    let (app, store) = server();
    let mut story = Conversation::new("An older session", app, store.clone());
    ada_at(&mut story, "Laptop", "/register", FIREFOX).await;
    change_record(&store, &story.rows()[0].id, |record| {
        for unknown in ["device", "password", "stamp"] {
            record.data.remove(unknown);
        }
    })
    .await;
    let answer = story.get("Laptop", "/member").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    assert!(story.rows().is_empty() && story.cookies("Laptop").is_empty());
}

/// Changes what the store keeps under this identifier.
async fn change_record(
    store: &Watched<MemoryStore>,
    id: &str,
    change: impl FnOnce(&mut Record),
) {
    let id = id.parse().expect("an identifier");
    let mut record = store.load(&id).await.expect("it answers").expect("a record");
    change(&mut record);
    store.save(&record).await.expect("it is saved");
}

/// A shop with an administrator, who is signed in in Grace's browser.
async fn with_administrator(title: &str) -> Conversation {
    administered(title).await.0
}

/// The same, and what its sessions are kept in.
async fn administered(title: &str) -> (Conversation, Watched<MemoryStore>) {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    let accounts = InMemory::default();
    let account = Account::administrator(PASSWORD.to_owned()).await;
    accounts.add(account.expect("a good password")).await;
    let kept = Swept::new(store.clone());
    let app = app(kept, Key::from(&KEY), accounts);
    let mut story = Conversation::new(title, app, store.clone());
    let fields = "name=administrator&password=a+cup+before+noon";
    submit(&mut story, "Grace", "/sign-in", fields).await;
    (story, store)
}

#[tokio::test]
async fn an_administrator_ends_the_sessions_of_a_member() {
    let mut story = with_administrator("Grace is the administrator").await;
    three_devices(&mut story).await;
    story.post("Mallory", "/register", MALLORYS).await;
    // Some minutes have passed meanwhile.
    let answer =
        submit(&mut story, "Grace", "/administrator/end", "name=Ada").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    for browser in ["Laptop", "Phone", "Office"] {
        assert!(!is_in(&mut story, browser).await, "{browser}");
    }
    assert!(is_in(&mut story, "Mallory").await && is_in(&mut story, "Grace").await);
    sign_in_as_ada(&mut story, "Phone").await;
    assert!(is_in(&mut story, "Phone").await, "Ada may come back");
}

#[tokio::test]
async fn an_administrator_ends_all_sessions_but_the_own() {
    let mut story = with_administrator("All").await;
    three_devices(&mut story).await;
    story.post("Mallory", "/register", MALLORYS).await;
    submit(&mut story, "Grace", "/administrator/end-all", "").await;
    assert_eq!(story.rows().len(), 1);
    assert!(is_in(&mut story, "Grace").await);
}

#[tokio::test]
async fn a_disabled_account_ends_all_sessions_and_opens_no_other() {
    let mut story = with_administrator("Disabled").await;
    three_devices(&mut story).await;
    let wrong = "name=Ada&password=wrong";
    let wrong = submit(&mut story, "Tablet", "/sign-in", wrong).await;
    submit(&mut story, "Grace", "/administrator/disable", "name=Ada").await;
    for browser in ["Laptop", "Phone", "Office"] {
        assert!(!is_in(&mut story, browser).await, "{browser}");
    }
    let refused = sign_in_as_ada(&mut story, "Tablet").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.body, wrong.body, "the answer tells nothing");
    assert_eq!(story.rows().len(), 1);
}

#[tokio::test]
async fn nobody_else_finds_the_pages_of_the_administrator() {
    let mut story = with_administrator("Not for everybody").await;
    three_devices(&mut story).await;
    let not_there = story.get("Phone", "/nowhere").await;
    let page = story.get("Phone", "/administrator").await;
    assert_eq!((page.status, page.body), (not_there.status, not_there.body));
    for path in ["end", "end-all", "disable"] {
        let path = format!("/administrator/{path}");
        let answer = submit(&mut story, "Phone", &path, "name=Ada").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let answer = story.post("Mallory", &path, "name=Ada").await;
        assert_eq!(answer.header("location"), Some("/sign-in"));
    }
    assert_eq!(story.rows().len(), 4);
    story.pass(Duration::minutes(6)).await;
    let answer = submit(&mut story, "Grace", "/administrator/end-all", "").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "not without a password");
    assert!(answer.body.contains("/confirm?then=administrator"));
}

#[tokio::test]
async fn no_administrator_shuts_himself_out_and_who_is_out_is_let_in_again() {
    let mut story = with_administrator("Out and in").await;
    three_devices(&mut story).await;
    let own = "name=administrator";
    submit(&mut story, "Grace", "/administrator/disable", own).await;
    let page = story.get("Grace", "/administrator?said=2").await.text;
    assert!(page.contains("Nobody shuts himself out."), "{page}");
    submit(&mut story, "Grace", "/administrator/disable", "name=Ada").await;
    let page = story.get("Grace", "/administrator").await.body;
    assert!(page.contains("Let in again: Ada"), "{page}");
    submit(&mut story, "Grace", "/administrator/enable", "name=Ada").await;
    assert!(!is_in(&mut story, "Laptop").await, "no session comes back");
    sign_in_as_ada(&mut story, "Laptop").await;
    assert!(is_in(&mut story, "Laptop").await);
}

#[tokio::test]
async fn a_member_whom_nobody_knows_is_not_shut_out_and_stands_in_no_log_in_full() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let mut story = with_administrator("Nobody").await;
    let long = "x".repeat(300);
    for (path, name) in [("disable", "Adda"), ("enable", "Adda"), ("enable", &long)]
    {
        let path = format!("/administrator/{path}");
        let fields = format!("name={name}");
        let answer = submit(&mut story, "Grace", &path, &fields).await;
        let next = answer.header("location").expect("a place").to_owned();
        let page = story.get("Grace", &next).await.text;
        assert!(page.contains("There is no such member."), "{path}: {page}");
    }
    assert!(!log.text().contains(&long) && !log.text().contains("is disabled"));
}

/// Grace is an administrator, and so is Vera.
async fn two_administrators(title: &str) -> Conversation {
    let store = Watched::new(MemoryStore::default());
    let accounts = InMemory::default();
    for name in ["Grace", "Vera"] {
        let account = Account::administrator(PASSWORD.to_owned()).await;
        let account = account.expect("a good password");
        accounts.add(Account { name: name.to_owned(), ..account }).await;
    }
    let app = app(Swept::new(store.clone()), Key::from(&KEY), accounts);
    let mut story = Conversation::new(title, app, store);
    for name in ["Grace", "Vera"] {
        sign_in(&mut story, name).await;
    }
    story
}

#[tokio::test]
async fn whose_account_is_disabled_confirms_nothing_that_was_under_way() {
    let mut story = two_administrators("Eve").await;
    for path in ["/confirm", "/password"] {
        let eve = format!("Eve at {path}");
        give(&mut story, &eve, "/register", &eve, PASSWORD).await;
        let token = token(&mut story, &eve);
        let fields = format!(
            "token={token}&password=a+cup+before+noon&new=two+cups+at+four"
        );
        let form = Request::new(Method::POST, path).form(&fields);
        story.begin(&eve, "load", form).await;
        let named = format!("name={}", eve.replace(' ', "+").replace('/', "%2F"));
        submit(&mut story, "Grace", "/administrator/disable", &named).await;
        let answer = story.finish(&eve).await;
        assert_ne!(answer.status, StatusCode::OK, "{path}");
        assert!(!is_in(&mut story, &eve).await, "{path}");
        assert_eq!(story.rows().len(), 2, "{path}: only the administrators");
    }
}

#[tokio::test]
async fn a_confirmation_beside_a_sign_out_signs_nobody_in() {
    let mut story = conversation("Signed out meanwhile");
    story.aside();
    shops(&mut story, "Ada").await;
    let token = token(&mut story, "Ada");
    story.so_far("Ada is signed in.");
    let fields = format!("token={token}&password=a+cup+before+noon");
    let form = Request::new(Method::POST, "/confirm").form(&fields);
    story.begin("Ada", "load", form).await;
    sign_out(&mut story, "Ada").await;
    let answer = story.finish("Ada").await;
    assert!(answer.text.contains("you may have signed out meanwhile"));
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
    let told = story.transcript();
    assert!(!is_in(&mut story, "Ada").await);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("signed_out_meanwhile", told);
    });
}

#[tokio::test]
async fn five_confirmations_at_once_make_one_session_of_one() {
    let (app, store) = server();
    let mut story = Conversation::new("Five times", app.clone(), store.clone());
    shops(&mut story, "Ada").await;
    let cookie = format!("{COOKIE}={}", story.cookies("Ada")[0].value);
    let token = token(&mut story, "Ada");
    let form = || {
        http::Request::post("/confirm")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &cookie)
            .body(Body::from(format!("token={token}&password=a+cup+before+noon")))
            .expect("well formed")
    };
    let send = || tokio::spawn(app.clone().oneshot(form()));
    let crowd: Vec<_> = (0..5).map(|_| send()).collect();
    let mut statuses = Vec::new();
    for one in crowd {
        let answer = one.await.expect("no panic").expect("an answer");
        let has_cookie = answer.headers().contains_key(header::SET_COOKIE);
        statuses.push((answer.status(), has_cookie));
    }
    let done = (StatusCode::SEE_OTHER, true);
    assert_eq!(statuses.iter().filter(|it| **it == done).count(), 1);
    assert_eq!(store.rows().len(), 1);
}

#[tokio::test]
async fn two_sign_ins_in_one_session_make_one_session() {
    let mut story = conversation("A double click");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    let token = token(&mut story, "Ada");
    let fields = format!("token={token}&name=Ada&password=a+cup+before+noon");
    let form = Request::new(Method::POST, "/sign-in").form(&fields);
    story.begin("Ada", "load", form).await;
    sign_in(&mut story, "Ada").await;
    let answer = story.finish("Ada").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.text.contains("you may have signed out meanwhile"));
    assert_eq!(story.rows().len(), 1);
    assert!(is_in(&mut story, "Ada").await);
}

#[tokio::test]
async fn two_sign_ins_in_a_session_of_another_member_make_one_session() {
    let mut story = conversation("A double click of another member");
    register(&mut story, "Ada").await;
    shops(&mut story, "Grace").await;
    let token = token(&mut story, "Grace");
    let fields = format!("token={token}&name=Ada&password=a+cup+before+noon");
    let form = Request::new(Method::POST, "/sign-in").form(&fields);
    story.begin("Grace", "load", form).await;
    sign_in_as_ada(&mut story, "Grace").await;
    story.finish("Grace").await;
    assert_eq!(story.rows().len(), 1);
}

#[tokio::test]
async fn a_sign_in_of_another_member_beside_a_sign_out_signs_nobody_in() {
    let mut story = conversation("Signed out while another one signs in");
    register(&mut story, "Ada").await;
    shops(&mut story, "Grace").await;
    let token = token(&mut story, "Grace");
    let fields = format!("token={token}&name=Ada&password=a+cup+before+noon");
    let form = Request::new(Method::POST, "/sign-in").form(&fields);
    story.begin("Grace", "load", form).await;
    sign_out(&mut story, "Grace").await;
    story.finish("Grace").await;
    assert!(!is_in(&mut story, "Grace").await);
    assert!(story.rows().is_empty());
}

#[tokio::test]
async fn the_identifier_of_before_a_sign_in_ends_nothing() {
    let mut story = conversation("A kill switch");
    register(&mut story, "Ada").await;
    buy(&mut story, "Mallory", "assam").await;
    let planted = story.cookies("Mallory")[0].value.clone();
    story.give("Ada", COOKIE, &planted);
    sign_in(&mut story, "Ada").await;
    story.post("Mallory", "/sign-out", "").await;
    assert!(is_in(&mut story, "Ada").await);
}

#[tokio::test]
async fn the_identifier_of_another_members_session_ends_nothing_either() {
    let mut story = conversation("A kill switch with a member in it");
    register(&mut story, "Ada").await;
    story.post("Mallory", "/register", MALLORYS).await;
    let planted = story.cookies("Mallory")[0].value.clone();
    story.give("Ada", COOKIE, &planted);
    sign_in(&mut story, "Ada").await;
    story.post("Mallory", "/sign-out", "").await;
    assert!(is_in(&mut story, "Ada").await);
}

#[tokio::test]
async fn the_identifier_of_before_ends_nothing_once_the_new_one_has_been_used() {
    let mut story = conversation("A copy of the one before");
    shops(&mut story, "Ada").await;
    story.steal("Ada", "Mallory");
    submit(&mut story, "Ada", "/confirm", "password=a+cup+before+noon").await;
    assert!(is_in(&mut story, "Ada").await);
    story.post("Mallory", "/sign-out", "").await;
    assert!(is_in(&mut story, "Ada").await);
}

#[tokio::test]
async fn a_page_beside_a_new_identifier_takes_no_cookie_away() {
    for path in ["/confirm", "/sign-in"] {
        let mut story = conversation("Two tabs, and an answer on its way");
        register(&mut story, "Ada").await;
        buy(&mut story, "Ada", "assam").await;
        if path == "/confirm" {
            sign_in(&mut story, "Ada").await;
        }
        // The browser asks for a page before it has the answer.
        story.steal("Ada", "Another tab");
        give(&mut story, "Ada", path, "Ada", PASSWORD).await;
        for page in ["/about", "/", "/member", "/nowhere"] {
            let answer = story.get("Another tab", page).await;
            assert_eq!(answer.header("set-cookie"), None, "{path}, {page}");
        }
        assert!(is_in(&mut story, "Ada").await, "{path}");
    }
}

/// It is on the list of devices, and ends by its time.
#[tokio::test]
async fn hole_a_session_whose_new_identifier_is_lost_on_the_way_is_nobodys_to_use()
{
    let mut story = conversation("The answer is lost");
    shops(&mut story, "Ada").await;
    let before = story.cookies("Ada")[0].value.clone();
    submit(&mut story, "Ada", "/confirm", "password=a+cup+before+noon").await;
    story.give("Ada", COOKIE, &before);
    assert!(!is_in(&mut story, "Ada").await);
    assert_eq!(story.rows().len(), 1, "it is still there");
    submit(&mut story, "Ada", "/sign-out", "").await;
    assert!(story.rows().is_empty(), "but she can end it");
}

/// Its cookie opens nothing any more, as if it came without one.
#[tokio::test]
async fn hole_a_form_that_was_sent_before_the_new_identifier_came_makes_a_session()
{
    for path in ["/sign-in", "/basket"] {
        let mut story = conversation("A second click");
        register(&mut story, "Ada").await;
        buy(&mut story, "Ada", "assam").await;
        story.steal("Ada", "Second click");
        let token = token(&mut story, "Ada");
        sign_in(&mut story, "Ada").await;
        let fields =
            format!("token={token}&tea=assam&name=Ada&password=a+cup+before+noon");
        story.post("Second click", path, &fields).await;
        assert_eq!(story.rows().len(), 2, "{path}: chapter 19 ends this");
    }
}

/// Nothing tells the two apart: both know the password.
/// A cookie with this value, signed as the server signs one.
fn signed(value: &str) -> String {
    let mut jar = CookieJar::new();
    let cookie = Cookie::new(COOKIE, value.to_owned());
    jar.signed_mut(&Key::from(&KEY)).add(cookie);
    jar.get(COOKIE).map_or_else(String::new, |cookie| cookie.value().to_owned())
}

#[tokio::test]
async fn hole_who_has_the_store_and_the_key_is_anybody() {
    trial::forbid_in_logs(&[PASSWORD]);
    let inner = MemoryStore::default();
    let store = Watched::new(inner.clone());
    let app = app(Swept::new(store.clone()), Key::from(&KEY), InMemory::default());
    let mut story =
        Conversation::new("Mallory has the store and the key", app, store);
    story.aside();
    ada_at(&mut story, "Ada", "/register", FIREFOX).await;
    story.so_far("Ada has registered.");
    // As whoever finds a copy of the memory reads it.
    let dump = format!("{inner:?}");
    let (_, number) = dump.split_once("Id(").expect("an identifier");
    let number = number.split(')').next().and_then(|it| it.parse().ok());
    let id = Id(number.expect("a number")).to_string();
    story.forge("Mallory", COOKIE, &signed(&id));
    let answer = story.get("Mallory", "/member").await;
    assert!(answer.status == StatusCode::OK && answer.text.contains("Ada"));
    record_outside_the_lab!(story, "the_bag");
}

#[tokio::test]
async fn a_session_is_over_when_the_name_is_somebody_elses() {
    let (first, store) = server();
    let mut story = Conversation::new("A name, twice", first, store.clone());
    ada_at(&mut story, "Laptop", "/register", FIREFOX).await;
    assert!(is_in(&mut story, "Laptop").await);
    // The store is the same, and Ada's account is gone.
    let kept = Swept::new(store.clone());
    story.restart(app(kept, Key::from(&KEY), InMemory::default()), store);
    ada_at(&mut story, "Mallory", "/register", FIREFOX).await;
    assert!(is_in(&mut story, "Mallory").await);
    assert!(!is_in(&mut story, "Laptop").await);
}

#[tokio::test]
async fn hole_strangers_fill_the_memory_and_nobody_stops_them() {
    let mut story = conversation("A flood");
    for stranger in 1..=300 {
        buy(&mut story, &format!("Stranger {stranger}"), "assam").await;
        assert_eq!(story.rows().len(), stranger);
    }
}

#[tokio::test]
async fn hole_whoever_knows_the_password_signs_its_owner_out_again_and_again() {
    let mut story = conversation("A thief who is fast");
    ada_at(&mut story, "Laptop", "/register", FIREFOX).await;
    for round in 0..4 {
        for number in 0..3 {
            let thief = format!("Mallory {round} {number}");
            let answer = sign_in_as_ada(&mut story, &thief).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER);
        }
        assert!(!is_in(&mut story, "Laptop").await);
        sign_in_as_ada(&mut story, "Laptop").await;
    }
}

#[tokio::test]
async fn an_order_of_nothing_is_none_and_uses_no_password_up() {
    let mut story = conversation("An empty basket");
    shops(&mut story, "Ada").await;
    submit(&mut story, "Ada", "/basket/take", "tea=assam").await;
    let answer = submit(&mut story, "Ada", "/checkout", "").await;
    let next = answer.header("location").expect("a place").to_owned();
    let page = story.get("Ada", &next).await.text;
    assert!(page.contains("There is nothing in your basket."), "{page}");
    buy(&mut story, "Ada", "sencha").await;
    let answer = submit(&mut story, "Ada", "/checkout", "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_administrator_who_is_disabled_disables_nobody() {
    let mut story = two_administrators("Two administrators").await;
    let token = token(&mut story, "Vera");
    let fields = format!("token={token}&name=Grace");
    let form = Request::new(Method::POST, "/administrator/disable").form(&fields);
    story.begin("Vera", "load", form).await;
    submit(&mut story, "Grace", "/administrator/disable", "name=Vera").await;
    let answer = story.finish("Vera").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    let answer = story.get("Grace", "/administrator").await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_copy_of_the_cookie_makes_no_session_longer() {
    let mut story = conversation("No longer");
    shops(&mut story, "Ada").await;
    story.pass(Duration::minutes(6)).await;
    story.steal("Ada", "Mallory");
    let answer = submit(&mut story, "Mallory", "/remember", "remember=true").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("/confirm?then=shop"));
    submit(&mut story, "Ada", "/confirm", "password=a+cup+before+noon").await;
    submit(&mut story, "Ada", "/remember", "remember=true").await;
    let page = story.get("Ada", "/").await.text;
    assert!(page.contains("you are signed out: that may be at once"), "{page}");
    submit(&mut story, "Ada", "/remember", "remember=false").await;
    assert!(is_in(&mut story, "Ada").await, "less needs no password");
}

#[tokio::test]
async fn a_password_that_was_given_in_the_future_is_not_fresh() {
    let mut story = conversation("A clock that is set back");
    shops(&mut story, "Ada").await;
    story.pass(Duration::seconds(-30)).await;
    let answer = submit(&mut story, "Ada", "/checkout", "").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    submit(&mut story, "Ada", "/confirm", "password=a+cup+before+noon").await;
    let answer = submit(&mut story, "Ada", "/checkout", "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(story.rows()[0].lives.expect("an end") <= Duration::minutes(30));
}

#[tokio::test]
async fn a_session_from_the_future_is_no_members() {
    for (ahead, stays) in
        [(Duration::seconds(30), true), (Duration::days(30), false)]
    {
        let mut story = conversation("A clock that was ahead");
        shops(&mut story, "Ada").await;
        story.pass(-ahead).await;
        let page = story.get("Ada", "/").await;
        assert_eq!(is_member(&page), stays, "{ahead}");
        assert_eq!(story.rows().len(), usize::from(stays), "{ahead}");
    }
}

#[tokio::test]
async fn with_the_clock_set_back_the_newest_session_stays_all_the_same() {
    let mut story = conversation("A fourth sign-in");
    three_devices(&mut story).await;
    story.pass(Duration::hours(-3)).await;
    let answer = ada_at(&mut story, "Tablet", "/sign-in", FIREFOX).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(story.rows().len(), 3);
    assert!(is_in(&mut story, "Tablet").await);
    assert!(!is_in(&mut story, "Laptop").await, "the first one went");
}

/// Each held form writes the old basket, and the unspent password, back.
#[tokio::test]
async fn hole_one_password_is_good_for_an_order_of_each_form_that_was_held() {
    let mut story = conversation("Four orders more");
    shops(&mut story, "Ada").await;
    let token = token(&mut story, "Ada");
    let form = Request::new(Method::POST, "/basket")
        .form(&format!("token={token}&tea=assam"));
    story.begin("Ada", "load", form).await;
    let order = submit(&mut story, "Ada", "/checkout", "").await;
    assert_eq!(order.status, StatusCode::SEE_OTHER);
    let refused = submit(&mut story, "Ada", "/checkout", "").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    story.finish("Ada").await;
    let again = submit(&mut story, "Ada", "/checkout", "").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "chapter 19 ends this");
}

#[tokio::test]
async fn a_user_agent_is_untrusted_input() {
    let mut story = conversation("User-Agent");
    let long = "Firefox".repeat(2_000);
    for (agent, what) in [
        ("<script>alert(1)</script>", "Some program"),
        ("", "Some program"),
        ("Ü Linux", "Some program"),
        (long.as_str(), "Firefox"),
        ("curl/8.5.0", "curl"),
    ] {
        let answer = ada_at(&mut story, "Laptop", "/register", agent).await;
        if answer.status == StatusCode::CONFLICT {
            ada_at(&mut story, "Laptop", "/sign-in", agent).await;
        }
        let page = story.get("Laptop", "/devices").await.text;
        assert!(page.contains(&format!("{what}, an unknown place")), "{page}");
        assert!(!story.rows()[0].data.contains("alert"));
        sign_out(&mut story, "Laptop").await;
    }
}

#[tokio::test]
async fn nobody_can_take_a_name_that_reads_like_the_administrators() {
    let mut story = with_administrator("The administrator and others").await;
    for (name, status) in [
        ("Administrator", StatusCode::CONFLICT),
        ("administrator ", StatusCode::CONFLICT),
        ("\u{430}dministrator", StatusCode::UNPROCESSABLE_ENTITY), // Cyrillic
        ("administrator\u{200b}", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let answer = give(&mut story, "Mallory", "/register", name, PASSWORD).await;
        assert_eq!(answer.status, status, "{name:?}");
    }
}

#[tokio::test]
async fn another_password_is_none_of_the_commonest_either() {
    let mut story = conversation("Another common password");
    shops(&mut story, "Ada").await;
    let fields = "password=a+cup+before+noon&new=password1";
    let answer = submit(&mut story, "Ada", "/password", fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_addresses_of_the_administrator_are_no_secret() {
    let mut story = with_administrator("The door is seen from outside").await;
    shops(&mut story, "Ada").await;
    for who in ["Ada", "Mallory", "Grace"] {
        let answer = story.get(who, "/administrator/end").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    let answer = story.get("Mallory", "/administrator").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
}

thread_local! {
    static LOOKS: Cell<usize> = const { Cell::new(0) };
}

/// The key of a note, which counts how often it is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Counted(&'static str, i128);

impl Ord for Counted {
    fn cmp(&self, other: &Self) -> Ordering {
        LOOKS.set(LOOKS.get() + 1);
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// How many notes are looked at to find Ada's three, beside `others` of Mallory and Aaron.
fn looks_beside(others: i128) -> usize {
    let mut members = Sorted::default();
    for number in 0..others {
        let whose = if number % 2 == 0 { "Aaron" } else { "Mallory" };
        members.put(Id(number), Counted(whose, number));
    }
    for number in others..others + 3 {
        members.put(Id(number), Counted("Ada", number));
    }
    LOOKS.set(0);
    let found = members.first_from(Counted("Ada", 0), |Counted(whose, _)| {
        LOOKS.set(LOOKS.get() + 1);
        *whose == "Ada"
    });
    assert_eq!(found, [Id(others), Id(others + 1), Id(others + 2)]);
    LOOKS.get()
}

#[test]
fn to_find_a_members_sessions_those_of_others_are_not_walked() {
    let (few, many) = (looks_beside(10), looks_beside(10_000));
    // A search in an ordered set halves what is left with each look, or better.
    assert!(
        many < 10 * few,
        "a thousand times as many sessions: {few}, then {many}"
    );
}

#[test]
fn a_sweep_looks_at_what_has_expired_and_at_one_record_more() {
    for alive in [10, 10_000] {
        let mut ends = Sorted::default();
        for number in 0..alive + 5 {
            // Not in their order: 7 divides neither 15 nor 10,005.
            let end = number * 7 % (alive + 5);
            ends.put(Id(number), end);
        }
        let looks = Cell::new(0);
        let expired = ends.first_while(|end| {
            looks.set(looks.get() + 1);
            *end < 5
        });
        assert_eq!(
            (expired.len(), looks.get()),
            (5, 6),
            "of {alive} that are alive"
        );
    }
}

#[tokio::test]
async fn the_index_forgets_what_the_sweeper_deletes() {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    let kept = Swept::new(store.clone());
    let app = app(kept.clone(), Key::from(&KEY), InMemory::default());
    let mut story = Conversation::new("Swept", app, store.clone());
    three_devices(&mut story).await;
    let ada = async || kept.records_of(Some("Ada")).await.expect("it answers");
    assert_eq!(ada().await.len(), 3);
    assert!(kept.records_of(Some("Grace")).await.expect("it answers").is_empty());
    story.pass(Duration::minutes(31)).await;
    assert!(ada().await.is_empty(), "an expired session is no device");
}

#[tokio::test]
async fn the_log_tells_when_a_session_begins_and_ends() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let mut story = conversation("Logged");
    ada_at(&mut story, "Laptop", "/register", FIREFOX).await;
    let right = "password=a+cup+before+noon";
    submit(&mut story, "Laptop", "/confirm", right).await;
    sign_out(&mut story, "Laptop").await;
    let log = log.text();
    let lines = log.lines().filter(|line| line.contains("INFO"));
    let events: Vec<&str> = lines
        .filter_map(|line| {
            ["begins", "ends", "signs in"].into_iter().find(|it| line.contains(it))
        })
        .collect();
    let expected = ["begins", "signs in", "begins", "ends", "ends"];
    assert_eq!(events, expected, "{log}");
    // How a session is called: eight digits, the same at its beginning and at its end.
    let called = log.split("session=\"").skip(1);
    let called: Vec<&str> =
        called.filter_map(|rest| Some(rest.split_once('"')?.0)).collect();
    let [first, second, first_ends, second_ends] = called[..] else {
        panic!("{log}");
    };
    assert_eq!((first, second), (first_ends, second_ends), "{log}");
    assert_ne!(first, second, "{log}");
    assert!(first.len() == 8 && u32::from_str_radix(first, 16).is_ok(), "{log}");
}

#[tokio::test]
async fn a_strict_store_passes_on_who_came_after() {
    let kept = Strict::new(Swept::new(MemoryStore::default()));
    let mut first = Record {
        id: Id::default(),
        data: Default::default(),
        expiry_date: OffsetDateTime::now_utc() + Duration::hours(1),
    };
    kept.create(&mut first).await.expect("it is made");
    let mut second = first.clone();
    second.data.insert("before".to_owned(), first.id.to_string().into());
    kept.create(&mut second).await.expect("it takes its place");
    let after = async |id| kept.successor_of(id).await.expect("it answers");
    assert_eq!(after(&first.id).await, Some(second.id));
    assert_eq!(after(&second.id).await, None);
}

#[tokio::test]
async fn the_log_tells_when_a_session_ends_by_its_time_and_nothing_twice() {
    let log = trial::Log::default();
    let _guard = log.listen();
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    let kept = Swept::new(store.clone());
    let app = app(kept.clone(), Key::from(&KEY), InMemory::default());
    let mut story = Conversation::new("Swept, and logged", app, store);
    ada_at(&mut story, "Laptop", "/register", FIREFOX).await;
    let cookie = story.cookies("Laptop")[0].value.clone();
    for _ in 0..2 {
        story.give("Laptop", COOKIE, &cookie);
        sign_out(&mut story, "Laptop").await;
    }
    let ends = |line| log.text().matches(line).count();
    assert_eq!(ends("a session ends"), 1, "{}", log.text());
    let expiry_date = OffsetDateTime::now_utc() - Duration::seconds(1);
    let mut record = Record { id: Id(7), data: Default::default(), expiry_date };
    kept.create(&mut record).await.expect("it is created");
    assert_eq!(kept.delete_expired().await.expect("it sweeps"), 1);
    assert_eq!(ends("a session has expired"), 1, "{}", log.text());
}

#[tokio::test]
async fn signing_out_ends_the_session_on_both_sides() {
    let mut story = conversation("Signing out");
    shops(&mut story, "Ada").await;
    let answer = sign_out(&mut story, "Ada").await;
    assert_eq!(answer.header("location"), Some("/"));
    assert_eq!(answer.header("clear-site-data"), Some(r#""storage""#));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
    let answer = story.get("Ada", "/").await;
    assert!(!is_member(&answer) && !answer.text.contains("1 × Assam"));
}

#[tokio::test]
async fn a_copied_cookie_opens_nothing_after_sign_out() {
    let mut story = conversation("A copy of the cookie");
    shops(&mut story, "Ada").await;
    story.steal("Ada", "Mallory");
    assert!(is_member(&story.get("Mallory", "/member").await));
    sign_out(&mut story, "Ada").await;
    let answer = story.get("Mallory", "/member").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
}

/// Ada signs out while an order of hers is on its way: the server has loaded her session
/// and not saved it yet.
async fn an_order_beside_a_sign_out(story: &mut Conversation) -> Answer {
    shops(story, "Ada").await;
    let fields = format!("token={}&tea=sencha", token(story, "Ada"));
    let order = Request::new(Method::POST, "/basket").form(&fields);
    story.begin("Ada", "load", order).await;
    story.says("Ada signs out in another tab.");
    sign_out(story, "Ada").await;
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
    story.finish("Ada").await
}

#[tokio::test]
async fn a_strict_store_lets_no_slow_request_bring_the_session_back() {
    let mut story = conversation("No resurrection");
    let late = an_order_beside_a_sign_out(&mut story).await;
    assert_eq!(late.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(late.text.contains("you may have signed out meanwhile"));
    assert_eq!(late.header("set-cookie"), None);
    assert!(story.rows().is_empty());
    assert!(!is_member(&story.get("Ada", "/").await));
}

#[tokio::test]
async fn nobody_comes_between_the_look_of_a_save_and_its_writing() {
    let watched = Watched::new(MemoryStore::default());
    let strict = Strict::new(Swept::new(watched.clone()));
    let expiry_date = OffsetDateTime::now_utc() + Duration::hours(1);
    let mut record = Record { id: Id(0), data: Default::default(), expiry_date };
    strict.create(&mut record).await.expect("it is created");
    watched.hold(Some("load"));
    let go_on = async {
        assert!(watched.holds(), "the save has looked and not written");
        watched.hold(None);
        tokio::task::yield_now().await;
    };
    let (saved, deleted, ()) =
        tokio::join!(strict.save(&record), strict.delete(&record.id), go_on);
    saved.expect("it was still there");
    deleted.expect("its turn came");
    assert!(watched.rows().is_empty(), "the last word is the sign-out's");
}

#[tokio::test]
async fn a_link_signs_nobody_out() {
    let mut story = conversation("A link");
    shops(&mut story, "Ada").await;
    let answer = story.get("Ada", "/sign-out").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(is_member(&story.get("Ada", "/").await));
}

#[tokio::test]
async fn every_page_of_a_member_has_the_way_out() {
    let mut story = conversation("The way out");
    shops(&mut story, "Ada").await;
    for path in ["/", "/member", "/devices", "/password", "/confirm"] {
        let page = story.get("Ada", path).await.body;
        let form = r#"<form method="post" action="/sign-out">"#;
        assert!(page.contains(form), "{path}: {page}");
    }
}

#[tokio::test]
async fn nobody_is_told_goodbye_whose_session_could_not_be_ended() {
    let (app, store) = server();
    let mut story = Conversation::new("The store is away", app, store.clone());
    shops(&mut story, "Ada").await;
    store.fail("connection refused");
    let answer = sign_out(&mut story, "Ada").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.text.contains("connection refused"));
    store.recover();
    assert!(is_member(&story.get("Ada", "/").await));
    sign_out(&mut story, "Ada").await;
    assert!(story.rows().is_empty());
}

#[tokio::test]
async fn signing_out_twice_is_no_error() {
    let mut story = conversation("Twice");
    shops(&mut story, "Ada").await;
    let cookie = story.cookies("Ada")[0].value.clone();
    sign_out(&mut story, "Ada").await;
    assert_eq!(sign_out(&mut story, "Ada").await.status, StatusCode::SEE_OTHER);
    story.give("Ada", COOKIE, &cookie);
    assert_eq!(sign_out(&mut story, "Ada").await.status, StatusCode::SEE_OTHER);
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
}

#[tokio::test]
async fn the_identifier_changes_at_sign_in_and_the_basket_stays() {
    let mut story = conversation("Signing in");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    let before = story.rows()[0].id.clone();
    sign_in(&mut story, "Ada").await;
    assert_eq!(story.rows().len(), 1, "the old row is gone");
    assert_ne!(story.rows()[0].id, before);
    let answer = story.get("Ada", "/").await;
    assert!(is_member(&answer) && answer.text.contains("1 × Assam"));
}

#[tokio::test]
async fn the_identifier_of_before_opens_nothing_afterwards() {
    let mut story = conversation("The identifier of before");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    let before = story.cookies("Ada")[0].value.clone();
    sign_in(&mut story, "Ada").await;
    story.forge("Mallory", COOKIE, &before);
    let answer = story.get("Mallory", "/member").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
}

#[tokio::test]
async fn another_member_in_the_same_browser_inherits_nothing() {
    let mut story = conversation("Two members, one browser");
    register(&mut story, "Grace").await;
    register(&mut story, "Ada").await;
    sign_in(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    let before = story.rows()[0].id.clone();
    story.says("Grace signs in in Ada's browser.");
    give(&mut story, "Ada", "/sign-in", "Grace", PASSWORD).await;
    let answer = story.get("Ada", "/").await;
    assert!(is_member(&answer) && answer.text.contains("Grace"));
    assert!(!answer.text.contains("1 × Assam"));
    assert_eq!(story.rows().len(), 1);
    assert_ne!(story.rows()[0].id, before);
}

#[tokio::test]
async fn signing_in_again_changes_the_identifier_and_keeps_the_basket() {
    let mut story = conversation("Again");
    register(&mut story, "Ada").await;
    sign_in(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    let before = story.rows()[0].id.clone();
    sign_in(&mut story, "Ada").await;
    assert_ne!(story.rows()[0].id, before);
    assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
}

/// What a busy machine may take between two requests of a test.
const MOMENT: Duration = Duration::seconds(30);

#[tokio::test]
async fn a_visit_is_noted_a_minute_after_the_last_and_no_sooner() {
    let mut story = conversation("Two visits");
    buy(&mut story, "Ada", "assam").await;
    story.pass(Duration::minutes(1) - MOMENT).await;
    story.get("Ada", "/").await;
    assert_eq!(story.last_calls(), ["load"]);
    story.pass(MOMENT).await;
    story.get("Ada", "/").await;
    assert_eq!(story.last_calls().last(), Some(&"save"));
}

/// Whether the basket is there at the last visit, with these times in between.
async fn is_kept(choice: &str, waits: &[Duration]) -> bool {
    let mut story = conversation("Timeouts");
    buy(&mut story, "Ada", "assam").await;
    submit(&mut story, "Ada", "/remember", choice).await;
    let mut kept = true;
    for wait in waits {
        story.pass(*wait).await;
        kept = story.get("Ada", "/").await.text.contains("1 × Assam");
    }
    kept
}

#[tokio::test]
async fn each_timeout_comes_at_its_time_and_no_sooner() {
    for (choice, idle, absolute) in [
        ("remember=false", Duration::minutes(30), Duration::hours(12)),
        ("remember=true", Duration::days(30), Duration::days(90)),
    ] {
        assert!(is_kept(choice, &[idle - MOMENT]).await, "{choice}: {idle}");
        assert!(!is_kept(choice, &[idle]).await, "{choice}: {idle}");
        let between = idle * 2 / 3;
        let visits = ((absolute - MOMENT) / between) as i32;
        let busy = vec![between; visits as usize];
        let rest = absolute - between * visits;
        let sooner = [busy.clone(), vec![rest - MOMENT]].concat();
        assert!(is_kept(choice, &sooner).await, "{choice}: {absolute}");
        let in_time = [busy, vec![rest]].concat();
        assert!(!is_kept(choice, &in_time).await, "{choice}: {absolute}");
    }
}

#[tokio::test]
async fn the_absolute_timeout_counts_from_the_sign_in() {
    let mut story = conversation("The time begins again");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    submit(&mut story, "Ada", "/remember", "remember=true").await;
    story.pass(Duration::days(20)).await;
    sign_in(&mut story, "Ada").await;
    assert!(story.rows()[0].lives.expect("an end") <= Duration::minutes(30));
    assert!(story.rows()[0].data.contains(r#""remembered":false"#));
}

#[tokio::test]
async fn a_refusal_says_why_and_a_name_that_nobody_may_have_is_no_guess() {
    let mut story = conversation("Refused");
    let long = "x".repeat(1000);
    for name in [long.as_str(), "Ada"] {
        for tries in 0..6 {
            let answer =
                give(&mut story, "Ada", "/sign-in", name, "a guess of six").await;
            let (status, why) = if name == "Ada" && tries == 5 {
                (StatusCode::TOO_MANY_REQUESTS, "Too many tries. Wait a minute.")
            } else {
                (StatusCode::FORBIDDEN, "There is no member with this name")
            };
            assert_eq!(answer.status, status, "{tries}: {name}");
            assert!(answer.text.contains(why), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn each_form_asks_for_what_is_read_of_it() {
    let mut story = with_administrator("Forms").await;
    for (who, path, action, names) in [
        ("Ada", "/sign-in", "/sign-in", &["name", "password"][..]),
        ("Ada", "/register", "/register", &["name", "password"]),
        ("Grace", "/confirm", "/confirm", &["token", "password", "then"]),
        ("Grace", "/password", "/password", &["token", "password", "new"]),
        ("Grace", "/administrator", "/administrator/end", &["token", "name"]),
    ] {
        let page = story.get(who, path).await.body;
        let form =
            page.split("<form").find(|it| it.contains(&format!("\"{action}\"")));
        for name in names {
            let field = format!("name=\"{name}\"");
            assert!(form.is_some_and(|it| it.contains(&field)), "{path}: {name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_sweeper_deletes_what_has_expired_and_nothing_else() {
    let watched = Watched::new(MemoryStore::default());
    let store = Swept::new(watched.clone());
    let hour = Duration::hours(1);
    let put = async |lives| {
        let (id, data) = Default::default();
        let expiry_date = time::OffsetDateTime::now_utc() + lives;
        let mut record = Record { id, data, expiry_date };
        store.create(&mut record).await.expect("it is made");
    };
    for (lives, swept, left) in [(-hour, 1, 0), (hour, 0, 1), (-hour, 1, 1)] {
        put(lives).await;
        assert_eq!(store.delete_expired().await.expect("it sweeps"), swept);
        assert_eq!(watched.rows().len(), left);
    }
    put(-hour).await;
    let minute = std::time::Duration::from_secs(60);
    let sweeper = tokio::spawn(step_12::sweep::every(minute, store.clone()));
    tokio::time::sleep(minute * 2).await;
    assert_eq!(watched.rows().len(), 1, "it comes back by itself");
    sweeper.abort();
}

#[tokio::test]
async fn only_members_see_the_page_for_members() {
    let mut story = conversation("For members");
    let answer = story.get("Grace", "/member").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), Some("/sign-in"));
    assert!(story.last_calls().is_empty());
    buy(&mut story, "Grace", "assam").await;
    let answer = story.get("Grace", "/member").await;
    assert_eq!(
        answer.header("location"),
        Some("/sign-in"),
        "a basket is no sign-in"
    );
}

#[tokio::test]
async fn a_basket_that_cannot_be_read_can_be_given_up() {
    let (app, store) = server();
    let mut story = Conversation::new("Unreadable", app, store.clone());
    register(&mut story, "Ada").await;
    sign_in(&mut story, "Ada").await;
    let id = story.rows()[0].id.parse().expect("an identifier");
    let mut record = store.load(&id).await.expect("it answers").expect("a record");
    record.data.insert("basket".to_owned(), 3.into());
    store.save(&record).await.expect("it is saved");
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.text.contains("Start over"), "{}", answer.text);
    submit(&mut story, "Ada", "/start-over", "").await;
    let answer = story.get("Ada", "/").await;
    assert!(is_member(&answer) && answer.text.contains("nothing"));
}

#[tokio::test]
async fn emptying_the_basket_signs_no_member_out() {
    let mut story = conversation("An empty basket");
    register(&mut story, "Ada").await;
    sign_in(&mut story, "Ada").await;
    for path in ["/basket/take", "/start-over"] {
        buy(&mut story, "Ada", "assam").await;
        submit(&mut story, "Ada", path, "tea=assam").await;
        let answer = story.get("Ada", "/").await;
        assert!(is_member(&answer) && !answer.text.contains("1 × Assam"));
    }
}

#[tokio::test(start_paused = true)]
async fn after_five_wrong_passwords_nobody_gets_in_for_a_minute() {
    let mut story = conversation("Too many tries");
    register(&mut story, "Ada").await;
    for name in ["Ada", "Adam"] {
        for _ in 0..5 {
            let answer =
                give(&mut story, "Mallory", "/sign-in", name, "wrong").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
        }
        let answer = give(&mut story, "Mallory", "/sign-in", name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
        assert_eq!(answer.header("retry-after"), Some("60"));
    }
    tokio::time::advance(Std::from_millis(45_500)).await;
    let answer = sign_in(&mut story, "Ada").await;
    assert_eq!(answer.header("retry-after"), Some("15"), "what is left of it");
    tokio::time::advance(Std::from_secs(15)).await;
    sign_in(&mut story, "Ada").await;
    assert!(is_member(&story.get("Ada", "/member").await));
}

#[tokio::test(start_paused = true)]
async fn ten_members_a_minute_register_at_most() {
    let mut story = conversation("Too many members");
    for number in 0..12 {
        let name = format!("Mallory{number}");
        let answer =
            give(&mut story, "Mallory", "/register", &name, PASSWORD).await;
        let is_in = answer.status == StatusCode::SEE_OTHER;
        assert_eq!(is_in, number < 10, "{number}");
        let pause = answer.header("retry-after");
        assert_eq!(pause, if is_in { None } else { Some("60") });
    }
    tokio::time::advance(Std::from_secs(60)).await;
    register(&mut story, "Ada").await;
    sign_in(&mut story, "Ada").await;
}

/// What Unicode 17 calls `Default_Ignorable_Code_Point`: shown as nothing.
const IGNORABLE: [RangeInclusive<u32>; 17] = [
    0xad..=0xad,
    0x34f..=0x34f,
    0x61c..=0x61c,
    0x115f..=0x1160,
    0x17b4..=0x17b5,
    0x180b..=0x180f,
    0x200b..=0x200f,
    0x202a..=0x202e,
    0x2060..=0x206f,
    0x3164..=0x3164,
    0xfe00..=0xfe0f,
    0xfeff..=0xfeff,
    0xffa0..=0xffa0,
    0xfff0..=0xfff8,
    0x1bca0..=0x1bca3,
    0x1d173..=0x1d17a,
    0xe0000..=0xe0fff,
];

#[tokio::test(start_paused = true)]
async fn a_name_that_cannot_be_seen_is_none() {
    let mut story = conversation("Names to be seen");
    let ignorable = IGNORABLE.into_iter().flatten().filter_map(char::from_u32);
    let beside = ignorable.chain(['\u{2800}', '\u{e000}', '\u{7f}']);
    let mut names: Vec<String> =
        beside.flat_map(|c| [c.to_string(), format!("Ada{c}Byron")]).collect();
    // Marks alone, and what a page shows as a blank.
    names.extend(
        ["\u{301}", "\u{93f}", "\u{94d}", "\u{a0}", " ", "-"].map(Into::into),
    );
    for name in names {
        let answer =
            give(&mut story, "Mallory", "/register", &name, PASSWORD).await;
        let status = answer.status;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name:?}");
    }
    for name in [
        "Zoë",
        "O'Neill",
        "Jean-Luc 2",
        "Nguyễn",
        "Ольга",
        "محمد",
        "प्रिया",
        "李",
        "はな子",
        "メアリー",
    ] {
        let answer = give(&mut story, name, "/register", name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}");
    }
}

#[tokio::test]
async fn a_password_is_counted_in_characters() {
    let mut story = conversation("Long and short");
    let long = "\u{1f375}".repeat(128);
    let longer = "a".repeat(129);
    // Seven letters in more than eight characters, or in more than eight bytes.
    let short = "e\u{301}".repeat(7);
    let enough = "e\u{301}".repeat(8);
    for (who, password, status) in [
        ("Ada", long.as_str(), StatusCode::SEE_OTHER),
        ("Grace", longer.as_str(), StatusCode::UNPROCESSABLE_ENTITY),
        ("Grace", short.as_str(), StatusCode::UNPROCESSABLE_ENTITY),
        ("Grace", enough.as_str(), StatusCode::SEE_OTHER),
    ] {
        let answer = give(&mut story, who, "/register", who, password).await;
        assert_eq!(answer.status, status, "{who}");
    }
}

#[tokio::test]
async fn a_hostile_form_gets_a_clear_answer_and_no_session() {
    let mut story = conversation("Hostile forms");
    let long = "x".repeat(100_000);
    let huge = format!("name=Ada&password={}", "x".repeat(3 << 20));
    let forms = [
        "".to_owned(),
        "name=Ada".to_owned(),
        "password=secret+password".to_owned(),
        "name=&password=secret+password".to_owned(),
        "name=Ada%00&password=secret+password".to_owned(),
        "name=%ff&password=secret+password".to_owned(),
        "name=Ada&name=Grace&password=secret+password".to_owned(),
        format!("name={long}&password=secret+password"),
        format!("name=Ada&password={long}"),
        huge,
    ];
    for path in ["/sign-in", "/register"] {
        for fields in &forms {
            let answer = story.post("Mallory", path, fields).await;
            assert!(answer.status.is_client_error(), "{path} {fields:.60}");
            assert!(story.rows().is_empty(), "{path} {fields:.60}");
        }
    }
}

#[tokio::test]
async fn no_form_of_a_member_breaks_the_shop() {
    let long = "x".repeat(100_000);
    let forms = [
        "".to_owned(),
        "x=1".to_owned(),
        "tea=arsenic&handle=&name=&then=%2F%2Fcoffee.example".to_owned(),
        "tea=%00&handle=%00&name=%00&password=%00&new=%00&remember=%00".to_owned(),
        "tea=%ff&handle=%ff&name=%ff&password=%ff&new=%ff&then=%ff".to_owned(),
        "handle=a&handle=b&name=a&name=b&password=a&password=b".to_owned(),
        format!("handle={long}&name={long}&password={long}&new={long}"),
        "x".repeat(3 << 20),
    ];
    for path in routes("post(") {
        let mut story = with_administrator("Hostile forms of a member").await;
        for fields in &forms {
            let answer = submit(&mut story, "Grace", &path, fields).await;
            let status = answer.status;
            let is_clear = status.is_client_error() || status.is_redirection();
            assert!(is_clear, "{status}: {path} {fields:.60}");
        }
    }
}

#[tokio::test]
async fn a_name_with_markup_is_shown_as_text() {
    let mut story = with_administrator("Markup").await;
    let name = "a<script>alert(1)</script>b";
    give(&mut story, "Mallory", "/register", name, PASSWORD).await;
    let pages = ["/", "/member", "/confirm"].map(|path| ("Mallory", path));
    for (who, path) in pages.into_iter().chain([("Grace", "/administrator")]) {
        let answer = story.get(who, path).await;
        assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
        assert!(answer.body.contains("&lt;script&gt;"), "{path}");
    }
}

#[tokio::test]
async fn neither_password_nor_identifier_reaches_log_row_or_page() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let mut story = conversation("Secrets");
    register(&mut story, "Ada").await;
    give(&mut story, "Ada", "/sign-in", "Ada", "a wrong secret").await;
    sign_in(&mut story, "Ada").await;
    let cookie = story.cookies("Ada")[0].value.clone();
    let page = story.get("Ada", "/member").await;
    let log = log.text();
    for secret in
        [PASSWORD, "a wrong secret", "argon2", &cookie[44..], &cookie[..44]]
    {
        for (place, text) in
            [("log", &log), ("row", &story.rows()[0].data), ("page", &page.body)]
        {
            assert!(!text.contains(secret), "{secret} in the {place}");
        }
    }
}

#[test]
fn new_key_makes_a_file_that_opens_the_shop() {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/step-12.key");
    // It would not write over the key of an earlier run.
    let _ = std::fs::remove_file(file);
    let made = std::process::Command::new(PROGRAM).args(["new-key", file]).status();
    assert!(made.expect("it starts").success());
    let server = Program::start(with_key(&[("SESSION_KEY_FILE", file)]));
    assert_eq!(Browser::default().get(&server.url("/")).status, 200);
}

#[test]
fn whatever_is_not_called_new_key_makes_no_key() {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/step-12.no-key");
    let _ = std::fs::remove_file(file);
    let mut program = std::process::Command::new(PROGRAM);
    let said = program.args(["old-key", file]).output().expect("it starts").stderr;
    assert!(String::from_utf8_lossy(&said).contains("cannot start"));
    assert!(!std::path::Path::new(file).exists());
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
        let page = story.get("Ada", "/").await.text;
        assert!(page.contains("Nothing is lost"), "{page}");
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
    trial::throw_lines(
        &app,
        &[
            ("/basket", "tea=*"),
            ("/remember", "remember=*"),
            ("/sign-in", "name=*&password=*"),
            ("/register", "name=*"),
        ],
    )
    .await;
    assert!(log.text().contains("a form is refused"), "{}", log.text());
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let (app, store) = server();
    let mut story = Conversation::new("Headers", app, store.clone());
    shops(&mut story, "Ada").await;
    let foreign = Request::new(Method::POST, "/basket")
        .form("tea=assam")
        .header("origin", "http://localhost:4000");
    let mut answers = vec![
        story.get("Ada", "/").await,
        story.get("Grace", "/member").await,
        story.post("Ada", "/basket", "tea=assam").await,
        story.send("Ada", foreign).await,
        submit(&mut story, "Ada", "/basket", "tea=coffee").await,
        story.get("Ada", "/nothing").await,
        story.post("Ada", "/", "").await,
    ];
    store.fail("connection refused");
    answers.push(story.get("Ada", "/").await);
    let statuses: Vec<u16> = answers.iter().map(|it| it.status.as_u16()).collect();
    assert_eq!(statuses, [200, 303, 403, 403, 422, 404, 405, 503]);
    for answer in answers {
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'; "), "{}", answer.status);
        for word in
            ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(word), "{word}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{}", answer.status);
        }
    }
}

#[tokio::test]
async fn a_page_says_what_is_wrong() {
    let mut story = conversation("What is wrong");
    shops(&mut story, "Ada").await;
    let foreign = Request::new(Method::POST, "/basket").form("tea=assam");
    for (answer, what) in [
        (story.get("Ada", "/nothing").await, "There is no such page."),
        (story.send("Ada", foreign).await, "none of the page that you have open"),
        (buy(&mut story, "Ada", "coffee").await, "does not understand this order"),
    ] {
        assert!(answer.text.contains(what), "{what}: {}", answer.text);
    }
}

#[tokio::test]
async fn the_policy_names_the_style_and_the_script_of_the_page() {
    let mut story = conversation("A policy");
    shops(&mut story, "Ada").await;
    let page = story.get("Ada", "/").await;
    let policy = page.header("content-security-policy").unwrap_or_default();
    for name in ["style", "script"] {
        let (_, text) = page.body.split_once(&format!("<{name}>")).expect("one");
        let (text, _) = text.split_once(&format!("</{name}>")).expect("its end");
        let hash = BASE64_STANDARD.encode(Sha256::digest(text));
        let named = format!("{name}-src 'sha256-{hash}';");
        assert!(policy.contains(&named), "{named} {policy}");
    }
}

#[tokio::test]
async fn a_password_manager_learns_which_password_is_asked_for() {
    let mut story = conversation("Which password");
    for (path, which) in
        [("/sign-in", "current-password"), ("/register", "new-password")]
    {
        let page = story.get("Ada", path).await.body;
        assert_eq!(page.matches("-password\"").count(), 1, "{path}");
        assert!(page.contains(&format!("autocomplete=\"{which}\"")), "{path}");
    }
}

#[tokio::test]
async fn each_tea_is_put_in_and_taken_out_one_by_one() {
    let mut story = conversation("One by one");
    for (tea, shown) in
        [("assam", "Assam"), ("oolong", "Oolong"), ("sencha", "Sencha")]
    {
        let button = format!("value=\"{tea}\"");
        assert!(story.get("Ada", "/").await.body.contains(&button), "{tea}");
        buy(&mut story, "Ada", tea).await;
        buy(&mut story, "Ada", tea).await;
        for left in [format!("1 × {shown}"), "nothing".to_owned()] {
            submit(&mut story, "Ada", "/basket/take", &format!("tea={tea}")).await;
            let page = story.get("Ada", "/").await.text;
            assert!(page.contains(&left), "{left}: {page}");
        }
    }
}

#[tokio::test]
async fn the_shop_says_how_long_the_basket_is_kept() {
    let mut story = conversation("How long");
    buy(&mut story, "Ada", "assam").await;
    for (choice, long) in [("true", "30 days"), ("false", "30 minutes")] {
        submit(&mut story, "Ada", "/remember", &format!("remember={choice}")).await;
        let page = story.get("Ada", "/").await.text;
        let kept = format!("is kept for {long} after each visit");
        assert!(page.contains(&kept), "{page}");
    }
}

#[tokio::test]
async fn what_no_basket_changes_is_shown_all_the_same() {
    let mut story = conversation("Other pages");
    for (path, text) in [
        ("/about", "This page needs no basket."),
        ("/start-over", "Your basket is emptied."),
    ] {
        let answer = story.get("Ada", path).await;
        assert!(answer.text.contains(text), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn the_log_tells_when_the_oldest_session_makes_room_and_no_sooner() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let mut story = conversation("Room");
    three_devices(&mut story).await;
    let lines = || log.text().matches("the oldest session makes room").count();
    assert_eq!(lines(), 0);
    ada_at(&mut story, "Tablet", "/sign-in", FIREFOX).await;
    assert_eq!(lines(), 1);
}

#[tokio::test(start_paused = true)]
async fn beyond_10_000_names_the_tries_that_are_over_are_forgotten() {
    let tries = Tries::<5>::default();
    let try_all = |of: &str, names: usize| {
        for number in 0..names {
            tries.allow(&format!("{of}{number}")).expect("the first try");
        }
    };
    let kept = |of: &str| format!("{tries:?}").matches(of).count();
    try_all("early", 4_000);
    tokio::time::advance(Std::from_secs(30)).await;
    (0..5).for_each(|_| tries.allow("Ada").expect("one of five"));
    try_all("late", 5_998);
    tokio::time::advance(Std::from_secs(30)).await;
    tries.allow("Grace").expect("the first try");
    assert_eq!(kept("early"), 4_000, "there is room for one more");
    tries.forget("Grace");
    try_all("last", 2);
    assert_eq!((kept("early"), kept("late"), kept("last")), (0, 5_998, 2));
    assert!(tries.allow("Ada").is_err(), "half a minute is left of hers");
}

#[tokio::test]
async fn a_head_takes_no_message_away() {
    let mut story = conversation("HEAD");
    shops(&mut story, "Ada").await;
    let bought = buy(&mut story, "Ada", "assam").await;
    let path = bought.header("location").expect("it redirects").to_owned();
    let rows = story.rows();
    let head = Request::new(Method::HEAD, &path);
    assert_eq!(story.send("Ada", head).await.status, StatusCode::OK);
    assert_eq!(story.rows(), rows, "HEAD changes nothing");
    assert!(story.get("Ada", &path).await.text.contains("is in your basket"));
}

/// A form that begins like this and never comes to its end.
fn held(path: &str, cookie: &str) -> axum::http::Request<axum::body::Body> {
    axum::http::Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookie)
        .body(trial::half_a_body("name=Ada&password=a"))
        .expect("well formed")
}

#[tokio::test(start_paused = true)]
async fn a_form_that_does_not_come_to_its_end_is_given_up_after_10_seconds() {
    for path in routes("post(") {
        let (app, store) = server();
        let started = tokio::time::Instant::now();
        let Ok(answer) = app.oneshot(held(&path, "__Host-id=x")).await;
        // The clock of the runtime goes on by itself when everybody waits.
        assert_eq!(started.elapsed().as_secs(), 10, "{path}");
        assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT, "{path}");
        assert!(store.calls().is_empty() && store.rows().is_empty(), "{path}");
        let page = axum::body::to_bytes(answer.into_body(), 1 << 20).await;
        let page = page.expect("a page");
        assert!(String::from_utf8_lossy(&page).contains("did not arrive in time"));
    }
}

#[tokio::test]
async fn a_form_of_8_192_bytes_is_taken_and_one_byte_more_is_not() {
    for (length, status) in
        [(8_192, StatusCode::SEE_OTHER), (8_193, StatusCode::PAYLOAD_TOO_LARGE)]
    {
        let mut story = conversation("8 KB");
        shops(&mut story, "Ada").await;
        let token = token(&mut story, "Ada");
        let form = format!("tea=assam&token={token}&x=");
        let form = format!("{form}{}", "x".repeat(length - form.len()));
        let answer = story.post("Ada", "/basket", &form).await;
        assert_eq!(answer.status, status, "{length}");
    }
}

#[tokio::test]
async fn a_form_longer_than_8_kilobytes_is_refused_before_the_store_is_asked() {
    for path in routes("post(") {
        let mut story = conversation("A long form");
        shops(&mut story, "Ada").await;
        let rows = story.rows();
        let fields = format!("name={}", "x".repeat(8 * 1024));
        let answer = submit(&mut story, "Ada", &path, &fields).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert!(answer.text.contains("Nothing has changed"), "{}", answer.text);
        assert!(story.last_calls().is_empty(), "{path}");
        assert_eq!(story.rows(), rows, "{path}");
    }
}

/// How long a head may take is chapter 21's and 23's.
#[tokio::test(start_paused = true)]
async fn hole_half_a_head_is_waited_for_an_hour() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    let (app, _) = server();
    tokio::spawn(axum::serve(listener, app).into_future());
    let client = TcpStream::connect(address).await.expect("it listens");
    client.try_write(b"GET / HTTP/1.1\r\nHost: ").expect("it is taken");
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    client.try_write(b"localhost\r\n\r\n").expect("it is still taken");
    let mut start = [0; 15];
    while client.try_read(&mut start).is_err() {
        client.readable().await.expect("the connection is open");
    }
    assert_eq!(&start, b"HTTP/1.1 200 OK");
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
fn over_a_socket_a_member_is_forgotten_at_the_restart() {
    let key = secret::new_key();
    let environment = [("SESSION_KEY", key.as_str())];
    let server = Program::start(with_key(&environment));
    let ada = Browser::default();
    let ada_s = [("name", "Ada"), ("password", PASSWORD)];
    let page = ada.send_form(&server.url("/register"), &ada_s).body;
    assert!(page.contains("You are <a href=\"/member\">Ada</a>"), "{page}");
    drop(server);
    let server = Program::start(with_key(&environment));
    let page = ada.get(&server.url("/member")).body;
    assert!(page.contains("Sign in"), "the memory is gone: {page}");
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
