//! What the chapter says about this step, carried out.

use std::{ops::RangeInclusive, time::Duration as Std};

use axum::{
    Router,
    body::Body,
    http::{self, Method, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use conversation::{Answer, Backend, Conversation, Request, Row};
use serde_json::json;
use sha2::{Digest, Sha256};
use step_24::{
    accounts::{Account, Accounts},
    name::Name,
    sessions::{Sessions, VERSION},
    site::Site,
};
use time::{Duration, OffsetDateTime};
use tower::ServiceExt;
use tower_sessions::{
    SessionStore,
    cookie::{Cookie, CookieJar, Key},
    session::{Id, Record},
};

mod told;
use told::Told;

/// The key of these tests: 64 bytes that nobody has to guess.
const KEY: [u8; 64] = [7; 64];
const PROGRAM: &str = env!("CARGO_BIN_EXE_step-24");
const COOKIE: &str = "__Host-id";
const PASSWORD: &str = "a cup before noon";

fn server() -> (Router, Told) {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Told::new();
    (store.server(), store)
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
    let called = id_in(&value).map(|id| Name::of(&id).to_string());
    let row = story.rows().into_iter().find(|row| Some(&row.id) == called.as_ref());
    let data = row.map(|row| row.data).unwrap_or_default();
    let start = format!(r#""{name}":""#);
    let rest = data.split_once(&start).map(|(_, rest)| rest.to_owned());
    rest.and_then(|rest| rest.split('"').next().map(str::to_owned))
        .unwrap_or_default()
}

/// The identifier that a signed cookie ends with.
fn id_in(cookie: &str) -> Option<Id> {
    const SIGNATURE: usize = 44;
    cookie.get(SIGNATURE..)?.parse().ok()
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

/// `who` orders what is in the basket.
async fn check_out(story: &mut Conversation, who: &str) -> Answer {
    let order = secret_of(story, who, "order");
    submit(story, who, "/checkout", &format!("order={order}")).await
}

/// What `who` has ordered, as the page for members lists it.
async fn orders(story: &mut Conversation, who: &str) -> Vec<String> {
    let page = story.get(who, "/member").await;
    assert_eq!(page.status, StatusCode::OK);
    let list = page.body.split_once("<ol>").map_or("", |(_, list)| list);
    let items = list.split("<li>").skip(1);
    items.filter_map(|item| Some(item.split_once('<')?.0.to_owned())).collect()
}

async fn sign_out(story: &mut Conversation, who: &str) -> Answer {
    submit(story, who, "/sign-out", "").await
}

const MALLORYS: &str = "name=Mallory&password=a+cup+before+noon";

/// The paths that this server knows, as its source has them. What a provider's form comes to
/// acts on no session: `tests/there_and_back.rs` of step 21 tries it. And to what a program
/// sends, no cookie leads: `tests/access.rs` and `tests/refresh.rs` try that.
fn routes(method: &str) -> Vec<String> {
    let source = include_str!("../src/lib.rs");
    let routes = source.split(".route(\"").skip(1);
    let found = routes.filter_map(|route| {
        let (path, rest) = route.split_once('"')?;
        let is_one = rest.trim_start_matches(", ").starts_with(method);
        let is_form = is_one
            && (method, path) != ("post(", "/signed-in")
            && !path.starts_with("/api/tokens");
        is_form.then(|| path.to_owned())
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

/// A server that is told its origin.
fn at(origin: &str) -> Conversation {
    let value = |name: &str| (name == "ORIGIN").then(|| origin.into());
    let site = Site::parse(value).expect("well written");
    let store = Told::new();
    Conversation::new(origin, store.server_at(site), store)
}

/// Up to step 20, `Host` says what is ours: a proxy may have put another name there, and
/// the same name over plain http is as good.
#[tokio::test]
async fn where_the_origin_is_known_no_header_says_another_one() {
    let mut story = at("https://tea.example");
    shops(&mut story, "Ada").await;
    let fields = format!("token={}&tea=sencha", token(&mut story, "Ada"));
    let (ours, same) = ("https://tea.example", "same-origin");
    for (headers, status) in [
        (&[("origin", ours)][..], StatusCode::SEE_OTHER),
        (&[("origin", ours), ("host", "backend")], StatusCode::SEE_OTHER),
        (&[("origin", ours), ("sec-fetch-site", same)], StatusCode::SEE_OTHER),
        (&[("sec-fetch-site", same)], StatusCode::SEE_OTHER),
        (&[("sec-fetch-site", "none")], StatusCode::SEE_OTHER),
        // A program.
        (&[], StatusCode::SEE_OTHER),
        (&[("origin", "http://tea.example")], StatusCode::FORBIDDEN),
        (&[("origin", "https://tea.example:8443")], StatusCode::FORBIDDEN),
        (&[("origin", "https://tea.example.")], StatusCode::FORBIDDEN),
        (&[("origin", "https://a.tea.example")], StatusCode::FORBIDDEN),
        (&[("origin", "null")], StatusCode::FORBIDDEN),
        (&[("origin", "")], StatusCode::FORBIDDEN),
        (&[("origin", "http://localhost:8080")], StatusCode::FORBIDDEN),
        (
            &[("origin", "https://evil.example"), ("host", "evil.example")],
            StatusCode::FORBIDDEN,
        ),
        (
            &[
                ("origin", "https://evil.example"),
                ("x-forwarded-host", "evil.example"),
                ("x-forwarded-proto", "https"),
                ("forwarded", "host=evil.example;proto=https"),
            ],
            StatusCode::FORBIDDEN,
        ),
        // Under a name of Mallory's that leads to this server.
        (
            &[
                ("origin", "https://evil.example"),
                ("host", "evil.example"),
                ("sec-fetch-site", same),
            ],
            StatusCode::FORBIDDEN,
        ),
        (
            &[("origin", ours), ("sec-fetch-site", "cross-site")],
            StatusCode::FORBIDDEN,
        ),
    ] {
        let form = Request::new(Method::POST, "/basket").form(&fields);
        let form = headers
            .iter()
            .fold(form, |form, (name, value)| form.header(name, value));
        let answer = story.send("Ada", form).await;
        assert_eq!(answer.status, status, "{headers:?}");
    }
}

#[tokio::test]
async fn behind_https_every_answer_keeps_the_browser_there_for_a_year() {
    let mut story = at("https://tea.example");
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/about"),
        (Method::GET, "/nothing"),
        (Method::POST, "/basket"),
        (Method::HEAD, "/member"),
    ] {
        let answer = story.send("Ada", Request::new(method, path)).await;
        let hsts = answer.header("strict-transport-security");
        assert_eq!(hsts, Some("max-age=31536000"), "{path}");
    }
    // Neither where there is no https nor because somebody says that there is.
    for mut story in [conversation("Nowhere"), at("http://localhost:8080")] {
        let look = Request::new(Method::GET, "/");
        let look = look.header("x-forwarded-proto", "https");
        let answer = story.send("Ada", look).await;
        assert_eq!(answer.header("strict-transport-security"), None);
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
    let mut signed_in = 0;
    for one in crowd {
        let answer = one.await.expect("no panic").expect("an answer");
        match answer.status() {
            StatusCode::SEE_OTHER => signed_in += 1,
            // It made room for another before it was done.
            status => assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
    // Two that look at the same list may make room twice.
    let kept = store.rows().len();
    assert!((1..=3).contains(&kept), "{kept} are kept");
    assert!(signed_in >= kept, "whoever stays has been told so: {signed_in}");
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
    story.begin("Mallory", "entries_of", form).await;
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
        story.begin(thief, "entries_of", form).await;
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

/// The page has loaded the session with the stamp of before, which is nobody's. So it is to end,
/// but not under its new identifier.
async fn a_page_beside_another_password(has_looked: bool) -> Conversation {
    let mut story = conversation("A page beside another password");
    shops(&mut story, "Ada").await;
    story.begin("Ada", "load", Request::new(Method::GET, "/")).await;
    let fields = "password=a+cup+before+noon&new=two+cups+at+four";
    submit(&mut story, "Ada", "/password", fields).await;
    if has_looked {
        assert!(is_in(&mut story, "Ada").await);
    }
    story.finish("Ada").await;
    story
}

#[tokio::test]
async fn a_page_that_is_held_beside_a_change_of_the_password_signs_nobody_out() {
    let mut story = a_page_beside_another_password(false).await;
    assert!(is_in(&mut story, "Ada").await);
}

/// Nobody knows any more whose it was, and the browser is told to forget the cookie that it has.
#[tokio::test]
async fn hole_a_page_that_ends_after_the_new_identifier_was_used_takes_the_cookie_along()
 {
    let mut story = a_page_beside_another_password(true).await;
    assert!(!is_in(&mut story, "Ada").await);
    assert_eq!(story.rows().len(), 1, "the session goes on without her");
}

#[tokio::test]
async fn a_session_with_an_older_stamp_is_on_no_list_and_takes_no_place() {
    let (mut story, store) = administered("An older stamp").await;
    three_devices(&mut story).await;
    change_record(&store, &story.rows()[3], |record| {
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
        change_record(&store, &story.rows()[number], |record| {
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
    let answer = check_out(&mut story, "Laptop").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("/confirm?then=shop"));
    let before = story.cookies("Laptop")[0].value.clone();
    let fields = "password=a+cup+before+noon&then=shop";
    let answer = submit(&mut story, "Laptop", "/confirm", fields).await;
    assert_eq!(answer.header("location"), Some("/?said=3"));
    assert_ne!(story.cookies("Laptop")[0].value, before, "more may be done now");
    let answer = check_out(&mut story, "Laptop").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let answer = check_out(&mut story, "Laptop").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "once");
    assert!(is_in(&mut story, "Laptop").await, "and nothing else is lost");
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
        let answer = check_out(&mut story, "Ada").await;
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
    let store = Told::new();
    let app = store.server();
    let mut story = Conversation::new("An older session", app, store.clone());
    ada_at(&mut story, "Laptop", "/register", FIREFOX).await;
    change_record(&store, &story.rows()[0], |record| {
        for unknown in ["device", "password", "stamp"] {
            record.data.remove(unknown);
        }
    })
    .await;
    let answer = story.get("Laptop", "/member").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    assert!(story.rows().is_empty() && story.cookies("Laptop").is_empty());
}

#[tokio::test]
async fn what_the_step_before_has_written_goes_on() {
    let store = Told::new();
    let app = store.server();
    let mut story = Conversation::new("Older values", app, store.clone());
    buy(&mut story, "Ada", "assam").await;
    submit(&mut story, "Ada", "/remember", "remember=true").await;
    change_record(&store, &story.rows()[0], |record| {
        let time = &record.data["lifetime"];
        let time = json!({
            "started": time[0], "noted": time[1], "remembered": time[2],
        });
        let flash = &record.data["flash"];
        let flash = json!({ "last": flash[0], "messages": flash[1] });
        record.data.insert("lifetime".to_owned(), time);
        record.data.insert("flash".to_owned(), flash);
    })
    .await;
    let page = story.get("Ada", "/?said=1").await.text;
    for text in ["Assam is in your basket", "1 × Assam", "kept for 30 days"] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

/// Changes what the store keeps of this row.
async fn change_record(store: &Told, row: &Row, change: impl FnOnce(&mut Record)) {
    store.inner().is_quiet(true);
    store.change(row, change).await.expect("it is saved");
    store.inner().is_quiet(false);
}

/// A shop with an administrator, who is signed in in Grace's browser.
async fn with_administrator(title: &str) -> Conversation {
    administered(title).await.0
}

/// The same, and what its sessions are kept in.
async fn administered(title: &str) -> (Conversation, Told) {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Told::new();
    let account = Account::administrator(PASSWORD.to_owned()).await;
    let account = account.expect("a good password");
    store.add(account).await.expect("it is kept");
    let app = store.server();
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
        assert_eq!(
            answer.header("location"),
            Some("/sign-in?next=%2Fadministrator")
        );
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
    let store = Told::new();
    for name in ["Grace", "Vera"] {
        let account = Account::administrator(PASSWORD.to_owned()).await;
        let account = account.expect("a good password");
        let account = Account { name: name.to_owned(), ..account };
        store.add(account).await.expect("it is kept");
    }
    let app = store.server();
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
    shops(&mut story, "Ada").await;
    let token = token(&mut story, "Ada");
    let fields = format!("token={token}&password=a+cup+before+noon");
    let form = Request::new(Method::POST, "/confirm").form(&fields);
    story.begin("Ada", "load", form).await;
    sign_out(&mut story, "Ada").await;
    let answer = story.finish("Ada").await;
    assert!(answer.text.contains("you may have signed out meanwhile"));
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
    assert!(!is_in(&mut story, "Ada").await);
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
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("Load the page again"), "{}", answer.text);
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

/// It comes with the identifier of before, which opens nothing any more.
#[tokio::test]
async fn a_form_that_was_sent_before_the_new_identifier_came_is_told_to_load_the_page()
 {
    for path in routes("post(").iter().filter(|path| *path != "/sign-out") {
        let mut story = conversation("A second click");
        register(&mut story, "Ada").await;
        buy(&mut story, "Ada", "assam").await;
        story.steal("Ada", "Second click");
        let token = token(&mut story, "Ada");
        sign_in(&mut story, "Ada").await;
        let rows = story.rows();
        let fields =
            format!("token={token}&tea=assam&name=Ada&password=a+cup+before+noon");
        let answer = story.post("Second click", path, &fields).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{path}");
        assert_eq!(
            answer.text.contains("Load the page again"),
            !path.starts_with("/api/"),
            "{}",
            answer.text
        );
        assert_eq!(answer.header("set-cookie"), None, "{path}");
        assert_eq!(story.rows(), rows, "{path}: nothing is done");
        assert!(is_in(&mut story, "Ada").await, "{path}");
    }
}

#[tokio::test]
async fn a_sign_out_that_was_sent_before_the_new_identifier_came_ends_the_session()
{
    let mut story = conversation("A late sign-out");
    shops(&mut story, "Ada").await;
    story.steal("Ada", "Second click");
    let token = token(&mut story, "Ada");
    submit(&mut story, "Ada", "/confirm", "password=a+cup+before+noon").await;
    let fields = format!("token={token}");
    let answer = story.post("Second click", "/sign-out", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(story.rows().is_empty());
    assert!(!is_in(&mut story, "Ada").await);
}

/// She has the identifier of before, and no other one will come.
#[tokio::test]
async fn whoever_loses_the_answer_to_a_sign_in_loads_the_page_and_signs_in_again() {
    let mut story = conversation("The answer is lost");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    let before = story.cookies("Ada")[0].value.clone();
    sign_in(&mut story, "Ada").await;
    story.give("Ada", COOKIE, &before);
    let page = story.get("Ada", "/sign-in").await;
    assert!(!page.body.contains("token"), "of no session");
    let answer = give(&mut story, "Ada", "/sign-in", "Ada", PASSWORD).await;
    assert_eq!(answer.header("location"), Some("/member?said=1"));
    assert!(is_in(&mut story, "Ada").await);
}

/// Then nobody knows any more whose identifier it was.
#[tokio::test]
async fn hole_a_form_that_comes_after_the_new_identifier_was_used_makes_a_session()
{
    let mut story = conversation("A very late form");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    story.steal("Ada", "Second click");
    sign_in(&mut story, "Ada").await;
    assert!(is_in(&mut story, "Ada").await);
    let answer = story.post("Second click", "/basket", "tea=assam").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(story.rows().len(), 2);
}

/// To end this, everybody would get a cookie at the first look.
#[tokio::test]
async fn hole_two_first_packets_at_once_make_two_sessions() {
    let mut story = conversation("Two first packets");
    let form = Request::new(Method::POST, "/basket").form("tea=assam");
    story.begin("Ada", "create", form).await;
    story.post("Ada", "/basket", "tea=sencha").await;
    story.finish("Ada").await;
    assert_eq!(story.rows().len(), 2);
    let page = story.get("Ada", "/").await.text;
    assert!(page.contains("1 × Assam") && !page.contains("1 × Sencha"), "{page}");
}

/// A browser keeps what comes last.
#[tokio::test]
async fn hole_an_answer_that_comes_late_brings_the_identifier_of_before_back() {
    let mut story = conversation("A late answer");
    shops(&mut story, "Ada").await;
    let token = token(&mut story, "Ada");
    let form = Request::new(Method::POST, "/basket")
        .form(&format!("token={token}&tea=sencha"));
    story.begin("Ada", "save", form).await;
    submit(&mut story, "Ada", "/confirm", "password=a+cup+before+noon").await;
    let late = story.finish("Ada").await;
    assert_eq!(late.status, StatusCode::SEE_OTHER, "it was saved before");
    assert!(!is_in(&mut story, "Ada").await);
    assert!(story.rows()[0].data.contains("sencha"), "and nothing is lost");
}

/// A cookie with this value, signed as the server signs one.
fn signed(value: &str) -> String {
    let mut jar = CookieJar::new();
    let cookie = Cookie::new(COOKIE, value.to_owned());
    jar.signed_mut(&Key::from(&KEY)).add(cookie);
    jar.get(COOKIE).map_or_else(String::new, |cookie| cookie.value().to_owned())
}

#[tokio::test]
async fn who_has_the_store_and_the_key_is_nobody() {
    let (app, store) = server();
    let title = "Mallory has the store of step 20, and the key";
    let mut story = Conversation::new(title, app, store.clone());
    story.aside();
    ada_at(&mut story, "Ada", "/register", FIREFOX).await;
    story.so_far("Ada has registered.");
    let name = story.rows()[0].id.clone();
    story.forge("Mallory", COOKIE, &signed(&name));
    let answer = story.get("Mallory", "/member").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    // An identifier has 16 bytes, and a name has 32.
    let name: Name = name.parse().expect("a name");
    let bytes: Vec<u8> = (0..64)
        .step_by(2)
        .map(|at| u8::from_str_radix(&name.to_string()[at..at + 2], 16))
        .collect::<Result<_, _>>()
        .expect("hexadecimal digits");
    for part in bytes.windows(16) {
        let part: [u8; 16] = part.try_into().expect("16 bytes");
        for number in [i128::from_le_bytes(part), i128::from_be_bytes(part)] {
            story.forge("Mallory", COOKIE, &signed(&Id(number).to_string()));
            let answer = story.get("Mallory", "/member").await;
            assert_eq!(answer.header("location"), Some("/sign-in"));
        }
    }
    let (cookie, lies) =
        (story.cookies("Ada")[0].value.clone(), store.inner().dump().into_bytes());
    let has = |part: &[u8]| lies.windows(part.len()).any(|there| there == part);
    assert!(has(b"Ada") && !has(&cookie.as_bytes()[44..]));
    assert!(is_member(&story.get("Ada", "/member").await));
}

#[tokio::test]
async fn a_new_identifier_is_one_act_of_the_store() {
    let mut story = conversation("A new identifier is one act");
    story.aside();
    ada_at(&mut story, "Ada", "/register", FIREFOX).await;
    story.so_far("Ada has registered.");
    let before = story.rows()[0].id.clone();
    submit(&mut story, "Ada", "/confirm", "password=a+cup+before+noon").await;
    assert_eq!(story.last_calls(), ["load", "rotate"]);
    assert_eq!(story.rows().len(), 1);
    assert_ne!(story.rows()[0].id, before);
}

#[tokio::test]
async fn a_store_that_fails_while_a_form_is_on_its_way_is_owned_up_to() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let (app, store) = server();
    let mut story = Conversation::new("A failing store", app, store.clone());
    buy(&mut story, "Ada", "assam").await;
    let fields = format!("token={}&tea=sencha", token(&mut story, "Ada"));
    let order = Request::new(Method::POST, "/basket").form(&fields);
    story.begin("Ada", "load", order).await;
    store.fail("connection refused");
    let answer = story.finish("Ada").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text.contains("cannot keep anything now"), "{}", answer.text);
    assert!(!answer.body.contains("refused"), "{}", answer.body);
    assert!(log.text().contains("connection refused"), "{}", log.text());
    store.recover();
    let page = story.get("Ada", "/").await.text;
    assert!(page.contains("1 × Assam") && !page.contains("1 × Sencha"), "{page}");
}

#[tokio::test]
async fn the_page_that_sells_shows_what_the_store_calls_the_session() {
    let mut story = conversation("What the server holds");
    buy(&mut story, "Ada", "assam").await;
    let page = story.get("Ada", "/").await.text;
    let name: String = story.rows()[0].id.chars().take(6).collect();
    assert!(page.contains(&format!("session {name}…")), "{page}");
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
    let answer = check_out(&mut story, "Ada").await;
    let next = answer.header("location").expect("a place").to_owned();
    let page = story.get("Ada", &next).await.text;
    assert!(page.contains("There is nothing in your basket."), "{page}");
    buy(&mut story, "Ada", "sencha").await;
    let answer = check_out(&mut story, "Ada").await;
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
    assert_eq!(answer.header("location"), Some("/sign-in?next=%2Fadministrator"));
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
async fn between_clocks_that_are_half_a_minute_apart_a_password_stays_fresh() {
    let mut story = conversation("Two clocks");
    shops(&mut story, "Ada").await;
    story.pass(Duration::seconds(-30)).await;
    assert!(is_in(&mut story, "Ada").await);
    let answer = check_out(&mut story, "Ada").await;
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

/// A held form wrote the old basket, and the unspent password, back.
#[tokio::test]
async fn one_password_is_good_for_one_order_whatever_forms_were_held() {
    let mut story = conversation("Four orders more");
    shops(&mut story, "Ada").await;
    let token = token(&mut story, "Ada");
    let tabs = ["Tab 1", "Tab 2", "Tab 3", "Tab 4"];
    for tab in tabs {
        story.steal("Ada", tab);
        let form = Request::new(Method::POST, "/basket")
            .form(&format!("token={token}&tea=assam"));
        story.begin(tab, "load", form).await;
    }
    let order = check_out(&mut story, "Ada").await;
    assert_eq!(order.status, StatusCode::SEE_OTHER);
    for (tab, packets) in tabs.into_iter().zip(1..) {
        let added = story.finish(tab).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{tab}");
        let held = format!(r#""assam":{packets}"#);
        assert!(story.rows()[0].data.contains(&held), "a new basket: {tab}");
        let again = check_out(&mut story, "Ada").await;
        assert_eq!(again.status, StatusCode::FORBIDDEN, "{tab}");
    }
    assert_eq!(orders(&mut story, "Ada").await, ["1 × Assam"]);
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
    assert_eq!(answer.header("location"), Some("/sign-in?next=%2Fadministrator"));
}

#[tokio::test]
async fn the_index_forgets_what_has_expired() {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Told::new();
    let app = store.server();
    let mut story = Conversation::new("Swept", app, store.clone());
    three_devices(&mut story).await;
    let of =
        async |member| store.entries_of(Some(member)).await.expect("it answers");
    assert_eq!(of("Ada").await.len(), 3);
    assert!(of("Grace").await.is_empty());
    story.pass(Duration::minutes(31)).await;
    assert!(of("Ada").await.is_empty(), "an expired session is no device");
    let sqlite = store.inner();
    assert_eq!(sqlite.delete_expired().await.expect("it answers").len(), 3);
    assert!(sqlite.delete_expired().await.expect("it answers").is_empty());
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
            ["begins", "another identifier", "ends", "signs in"]
                .into_iter()
                .find(|it| line.contains(it))
        })
        .collect();
    let expected = ["begins", "signs in", "another identifier", "ends"];
    assert_eq!(events, expected, "{log}");
    // How a session is called: eight digits, the same wherever it is meant.
    let called = |field: &str| -> Vec<String> {
        let rests = log.split(field).skip(1);
        let called = rests.filter_map(|rest| Some(rest.split_once('"')?.0));
        called.map(str::to_owned).collect()
    };
    let [first, second, ended] = &called(" session=\"")[..] else {
        panic!("{log}");
    };
    assert_eq!(called(" before=\"").first(), Some(first), "{log}");
    assert_eq!(second, ended, "{log}");
    assert_ne!(first, second, "{log}");
    assert!(first.len() == 8 && u32::from_str_radix(first, 16).is_ok(), "{log}");
}

#[tokio::test]
async fn a_store_tells_who_came_after() {
    let kept = Told::new().inner().clone();
    let mut first = Record {
        id: Id::default(),
        data: Default::default(),
        expiry_date: OffsetDateTime::now_utc() + Duration::hours(1),
    };
    kept.create(&mut first).await.expect("it is made");
    let mut second = first.clone();
    let version = |record: &mut Record, version: i64| {
        record.data.insert(VERSION.to_owned(), version.into());
    };
    version(&mut second, 1);
    let before = Name::of(&first.id);
    second.data.insert("before".to_owned(), before.to_string().into());
    kept.rotate(&before, &mut second).await.expect("it takes its place");
    let after =
        async |id: Id| kept.successor_of(&Name::of(&id)).await.expect("it answers");
    assert_eq!(after(first.id).await, Some(Name::of(&second.id)));
    assert_eq!(after(second.id).await, None);
    for forgotten in ["before", "was_member"] {
        second.data.remove(forgotten);
    }
    version(&mut second, 2);
    kept.save(&second).await.expect("it is saved");
    assert_eq!(
        after(first.id).await,
        None,
        "the browser has come with the new one"
    );
}

#[tokio::test(start_paused = true)]
async fn the_log_tells_when_a_session_ends_by_its_time_and_nothing_twice() {
    let log = trial::Log::default();
    let _guard = log.listen();
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Told::new();
    let app = store.server();
    let mut story = Conversation::new("Swept, and logged", app, store.clone());
    ada_at(&mut story, "Laptop", "/register", FIREFOX).await;
    let cookie = story.cookies("Laptop")[0].value.clone();
    for _ in 0..2 {
        story.give("Laptop", COOKIE, &cookie);
        sign_out(&mut story, "Laptop").await;
    }
    let ends = |line| log.text().matches(line).count();
    assert_eq!(ends("a session ends"), 1, "{}", log.text());
    let minute = Std::from_secs(60);
    let sweeper = tokio::spawn(step_24::sweep::every(
        minute,
        store.clone(),
        Default::default(),
    ));
    for round in 1..=3 {
        let expiry_date = OffsetDateTime::now_utc() - Duration::seconds(1);
        let mut record =
            Record { id: Id(7), data: Default::default(), expiry_date };
        store.create(&mut record).await.expect("it is created");
        tokio::time::advance(minute).await;
        while ends("a session has expired") < round {
            tokio::task::yield_now().await;
        }
    }
    sweeper.abort();
    assert_eq!(ends("a session has expired"), 3, "each once: {}", log.text());
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
    assert!(story.rows()[0].data.contains(r#"",false]"#));
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
    change_record(&store, &story.rows()[0], |record| {
        record.data.insert("basket".to_owned(), 3.into());
    })
    .await;
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
async fn after_five_wrong_passwords_nobody_gets_in_from_there_for_a_minute() {
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
async fn ten_members_a_minute_register_from_one_place_at_most() {
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
    let environment = [("ORIGIN", "https://tea.example"), ("PROXIES", "127.0.0.1")];
    let start = trial::Start { program: PROGRAM, environment: &environment };
    let message = trial::refuses_to_start(start);
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
        let page = String::from_utf8(page.expect("a page").into());
        let wanted = if path.starts_with("/api/") {
            r#""status":408"#
        } else {
            "did not arrive in time"
        };
        assert!(page.expect("text").contains(wanted), "{path}");
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
        assert_eq!(
            answer.text.contains("Nothing has changed"),
            !path.starts_with("/api/"),
            "{}",
            answer.text
        );
        assert!(story.last_calls().is_empty(), "{path}");
        assert_eq!(story.rows(), rows, "{path}");
    }
}

#[tokio::test]
async fn accounts_that_are_out_of_reach_are_a_page_and_no_wrong_password() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let (app, store) = server();
    let mut story = Conversation::new("No accounts", app, store.clone());
    register(&mut story, "Ada").await;
    store.fail("disk I/O error");
    for path in ["/sign-in", "/register"] {
        let answer = give(&mut story, "Ada", path, "Ada", PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(answer.text.contains("cannot keep anything now"), "{path}");
    }
    assert_eq!(story.get("Ada", "/sign-in").await.status, StatusCode::OK);
    let cause = r#"the session store failed cause="disk I/O error""#;
    assert_eq!(log.text().matches(cause).count(), 2, "{}", log.text());
    store.recover();
    sign_in(&mut story, "Ada").await;
    assert!(is_in(&mut story, "Ada").await);
}

#[test]
fn a_name_is_read_from_64_hexadecimal_digits_only() {
    let name = Name::of(&Id(7));
    assert_eq!(name.to_string().parse(), Ok(name));
    for text in ["", "0", "g0", "+0", " 0", "é"] {
        assert!(text.repeat(32).parse::<Name>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn a_session_that_has_expired_is_left_to_the_sweep_which_tells_the_log() {
    let store = Told::new().inner().clone();
    let (id, data) = Default::default();
    let expiry_date = OffsetDateTime::now_utc() - Duration::seconds(1);
    let mut record = Record { id, data, expiry_date };
    store.create(&mut record).await.expect("it is made");
    let name = Name::of(&record.id);
    assert!(!store.end(&name).await.expect("it answers"));
    assert_eq!(store.delete_expired().await.expect("it sweeps"), [name]);
}
/// Two servers on one store.
fn side_by_side(title: &str) -> Conversation {
    let (app, store) = server();
    let mut story = Conversation::new(title, app, store.clone());
    story.aside();
    story.join(store.server());
    story
}

/// A form of Ada's session, as she sends it in this tab.
async fn begin(story: &mut Conversation, tab: &str, path: &str, fields: &str) {
    story.steal("Ada", tab);
    let fields = format!("token={}&{fields}", token(story, "Ada"));
    let form = Request::new(Method::POST, path).form(&fields);
    story.begin(tab, "load", form).await;
}

#[tokio::test]
async fn what_two_tabs_put_in_at_two_servers_at_once_is_all_there() {
    let mut story = side_by_side("Two tabs at once, and nothing is lost");
    buy(&mut story, "Ada", "assam").await;
    story.so_far("Ada has a packet of Assam.");
    story.share("Ada", "Tab");
    let fields = format!("token={}&tea=oolong", token(&mut story, "Ada"));
    let form = Request::new(Method::POST, "/basket").form(&fields);
    story.begin("Tab", "load", form).await;
    story.answers(2);
    buy(&mut story, "Ada", "sencha").await;
    let answer = story.finish("Tab").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(story.last_calls(), ["save", "load", "save"]);
    let page = story.get("Ada", "/").await.text;
    for tea in ["1 × Assam", "1 × Oolong", "1 × Sencha"] {
        assert!(page.contains(tea), "{page}");
    }
}

#[tokio::test]
async fn a_visit_undoes_no_purchase() {
    let mut story = side_by_side("A visit and a purchase");
    buy(&mut story, "Ada", "assam").await;
    story.pass(Duration::minutes(2)).await;
    story.steal("Ada", "Another tab");
    for method in [Method::GET, Method::HEAD] {
        story.begin("Another tab", "load", Request::new(method, "/")).await;
        story.answers(2);
        buy(&mut story, "Ada", "sencha").await;
        story.answers(1);
        assert_eq!(story.finish("Another tab").await.status, StatusCode::OK);
    }
    assert!(story.rows()[0].data.contains(r#""sencha":2"#), "{:?}", story.rows());
}

#[tokio::test]
async fn a_message_is_not_lost_beside_another_one() {
    let mut story = side_by_side("Two messages");
    buy(&mut story, "Ada", "assam").await;
    let led = buy(&mut story, "Ada", "sencha").await;
    let to = led.header("location").expect("a page").to_owned();
    story.steal("Ada", "Another tab");
    story.begin("Another tab", "load", Request::new(Method::GET, &to)).await;
    buy(&mut story, "Ada", "oolong").await;
    let page = story.finish("Another tab").await.text;
    assert!(page.contains("Sencha is in") && page.contains("1 × Oolong"), "{page}");
    assert!(!story.get("Ada", &to).await.text.contains("Sencha is in"), "once");
}

/// The same servers, on a store that compares nothing.
#[tokio::test]
async fn where_the_last_write_wins_a_packet_is_lost() {
    let store = Told::naive();
    let mut story =
        Conversation::new("The last write wins", store.server(), store.clone());
    story.join(store.server());
    buy(&mut story, "Ada", "assam").await;
    story.share("Ada", "Tab");
    let fields = format!("token={}&tea=oolong", token(&mut story, "Tab"));
    let form = Request::new(Method::POST, "/basket").form(&fields);
    story.begin("Tab", "load", form).await;
    story.answers(2);
    buy(&mut story, "Ada", "sencha").await;
    let answer = story.finish("Tab").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "nobody is told");
    assert_eq!(story.last_calls(), ["save"]);
    let page = story.get("Ada", "/").await.text;
    assert!(page.contains("1 × Oolong"), "{page}");
    assert!(!page.contains("× Sencha"), "{page}");
}

#[tokio::test]
async fn a_sign_in_beside_a_packet_that_is_put_in_keeps_the_tea() {
    let mut story = side_by_side("A sign-in and a packet");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    let fields = "name=Ada&password=a+cup+before+noon";
    begin(&mut story, "Another tab", "/sign-in", fields).await;
    buy(&mut story, "Ada", "sencha").await;
    let answer = story.finish("Another tab").await;
    assert_eq!(answer.header("location"), Some("/member?said=3"));
    let page = story.get("Another tab", "/").await.text;
    assert!(page.contains("1 × Assam") && page.contains("1 × Sencha"), "{page}");
    assert_eq!(story.rows().len(), 1);
}

#[tokio::test]
async fn a_packet_beside_a_sign_in_is_in_the_basket_or_its_sender_is_told() {
    let mut story = side_by_side("A packet and a sign-in");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    story.so_far("Ada has an account and a packet of Assam.");
    story.share("Ada", "Tab");
    let fields = format!("token={}&tea=sencha", token(&mut story, "Ada"));
    let form = Request::new(Method::POST, "/basket").form(&fields);
    story.begin("Tab", "load", form).await;
    sign_in(&mut story, "Ada").await;
    let answer = story.finish("Tab").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("Load the page again"), "{}", answer.text);
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(story.rows().len(), 1);
    assert!(!story.rows()[0].data.contains("sencha"));
}

#[tokio::test]
async fn the_last_packet_is_taken_out_beside_another_one() {
    let mut story = side_by_side("The last one out");
    buy(&mut story, "Ada", "assam").await;
    begin(&mut story, "Another tab", "/basket/take", "tea=assam").await;
    buy(&mut story, "Ada", "sencha").await;
    let answer = story.finish("Another tab").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = story.get("Ada", "/").await.text;
    assert!(page.contains("1 × Sencha"), "{page}");
    assert!(!page.contains("× Assam"), "{page}");
    // And where nothing comes between, the session ends, for both tabs.
    begin(&mut story, "Another tab", "/basket/take", "tea=sencha").await;
    submit(&mut story, "Ada", "/basket/take", "tea=sencha").await;
    let answer = story.finish("Another tab").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(story.rows().is_empty());
}

#[tokio::test]
async fn signing_out_wins_beside_whatever_is_under_way() {
    let held = routes("post(").into_iter().filter(|path| path != "/register");
    for path in held {
        let mut story = side_by_side("Signed out");
        shops(&mut story, "Ada").await;
        let fields = "tea=sencha&password=a+cup+before+noon&new=two+cups+at+four\
                      &remember=true&handle=x&name=Grace";
        begin(&mut story, "Another tab", &path, fields).await;
        story.answers(2);
        sign_out(&mut story, "Ada").await;
        story.finish("Another tab").await;
        assert!(story.rows().is_empty(), "{path}");
        assert!(!is_in(&mut story, "Another tab").await, "{path}");
    }
}

#[tokio::test]
async fn of_ten_runs_the_last_one_may_succeed_and_then_it_is_a_page() {
    for (faster, status) in [(9, StatusCode::SEE_OTHER), (10, StatusCode::CONFLICT)]
    {
        let log = trial::Log::default();
        let _guard = log.listen();
        let (app, store) = server();
        let mut story = Conversation::new("Ten runs", app, store.clone());
        buy(&mut story, "Ada", "assam").await;
        store.inner().others_are_faster(faster);
        let answer = buy(&mut story, "Ada", "sencha").await;
        assert_eq!(answer.status, status, "{faster}");
        let loads = story.last_calls();
        assert_eq!(loads.iter().filter(|call| **call == "load").count(), 10);
        let is_in = story.rows()[0].data.contains("sencha");
        assert_eq!(is_in, status == StatusCode::SEE_OTHER, "{faster}");
        assert_eq!(answer.header("set-cookie").is_some(), is_in, "{faster}");
        let lines = log.text().matches("a request is run again").count();
        assert_eq!(lines, 9, "{}", log.text());
        let given_up = log.text().contains("a request is given up");
        assert_eq!(given_up, !is_in, "{}", log.text());
        if !is_in {
            assert!(answer.text.contains("Look at the shop"), "{}", answer.text);
        }
        assert!(!log.text().contains("ERROR"), "{}", log.text());
    }
}

/// What each of three runs does once, and what is told of it.
#[tokio::test(start_paused = true)]
async fn what_acts_outside_of_the_session_is_done_once_however_often_it_is_run() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let lines = |line: &str| log.text().matches(line).count();
    let (mut story, store) = administered("Three runs").await;
    three_devices(&mut story).await;
    let twice = || store.inner().others_are_faster(2);
    // Ten may register in a minute, and one of them is Ada.
    for number in 1..10 {
        twice();
        buy(&mut story, "Newcomer", "assam").await;
        let name = format!("Newcomer{number}");
        twice();
        let answer =
            give(&mut story, "Newcomer", "/register", &name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{number}");
        assert_eq!(lines(&format!(r#"signs in member="{name}""#)), 1);
        sign_out(&mut story, "Newcomer").await;
    }
    let refused = "a password is refused";
    story.pass(Duration::minutes(2)).await;
    for _ in 0..5 {
        // The visit is noted, and so something is saved.
        story.pass(Duration::minutes(2)).await;
        twice();
        let answer = submit(&mut story, "Phone", "/confirm", "password=x").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "five guesses");
    }
    assert_eq!(lines(refused), 5);
    twice();
    submit(&mut story, "Office", "/confirm", "password=a+cup+before+noon").await;
    assert_eq!(lines("gives the password once more"), 1);
    twice();
    let answer = submit(&mut story, "Office", "/devices/end-others", "").await;
    let to = answer.header("location").expect("a page").to_owned();
    let page = story.get("Office", &to).await.text;
    assert!(page.contains("2 sessions are ended."), "{page}");
    assert_eq!(lines("a session ends others"), 1);
    submit(&mut story, "Grace", "/confirm", "password=a+cup+before+noon").await;
    for (path, said, line) in [
        ("end", "One session is ended.", "sessions are ended by"),
        ("disable", "0 sessions are ended.", "an account is disabled"),
        ("enable", "The account is open again.", "an account is enabled"),
    ] {
        twice();
        let path = format!("/administrator/{path}");
        let answer = submit(&mut story, "Grace", &path, "name=Ada").await;
        let to = answer.header("location").expect("a page").to_owned();
        let page = story.get("Grace", &to).await.text;
        assert!(page.contains(said), "{path}: {page}");
        assert_eq!(lines(line), 1, "{path}");
    }
    assert!(!log.text().contains("ERROR"), "{}", log.text());
}

#[tokio::test]
async fn five_orders_at_once_are_one_order() {
    let (app, store) = server();
    let mut story = Conversation::new("Five orders", app, store.clone());
    story.aside();
    story.join(store.server());
    shops(&mut story, "Ada").await;
    let order = secret_of(&mut story, "Ada", "order");
    let tabs = ["Tab 1", "Tab 2", "Tab 3", "Tab 4", "Tab 5"];
    for (tab, server) in tabs.into_iter().zip([1, 2, 1, 2, 1]) {
        story.answers(server);
        begin(&mut story, tab, "/checkout", &format!("order={order}")).await;
    }
    for tab in tabs {
        let answer = story.finish(tab).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{tab}");
        let to = answer.header("location").expect("a page").to_owned();
        let page = story.get(tab, &to).await.text;
        assert!(page.contains("Thank you for your order."), "{tab}: {page}");
    }
    assert_eq!(orders(&mut story, "Ada").await, ["1 × Assam"]);
    assert_eq!(store.placed(), 1, "the others need not");
}

#[tokio::test]
async fn an_order_that_is_not_placed_is_sent_again_and_is_one_order() {
    let (app, store) = server();
    let mut story = Conversation::new("Not placed yet", app, store.clone());
    shops(&mut story, "Ada").await;
    let order = secret_of(&mut story, "Ada", "order");
    let fields = format!("order={order}");
    let token = token(&mut story, "Ada");
    let form = Request::new(Method::POST, "/checkout")
        .form(&format!("token={token}&{fields}"));
    story.begin("Ada", "save", form).await;
    store.fail("connection refused");
    let answer = story.finish("Ada").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text.contains("Send the form again"), "{}", answer.text);
    assert!(story.rows()[0].data.contains(r#""is_placed":false"#));
    store.recover();
    let answer = submit(&mut story, "Ada", "/checkout", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "it needs no password");
    assert!(story.rows()[0].data.contains(r#""is_placed":true"#));
    assert_eq!(orders(&mut story, "Ada").await, ["1 × Assam"]);
}

#[tokio::test]
async fn a_second_order_places_the_first_one_first() {
    let (app, store) = server();
    let mut story = Conversation::new("Two orders", app, store.clone());
    shops(&mut story, "Ada").await;
    let order = secret_of(&mut story, "Ada", "order");
    let form = format!("token={}&order={order}", token(&mut story, "Ada"));
    let form = Request::new(Method::POST, "/checkout").form(&form);
    story.begin("Ada", "save", form).await;
    store.fail("connection refused");
    story.finish("Ada").await;
    store.recover();
    buy(&mut story, "Ada", "sencha").await;
    submit(&mut story, "Ada", "/confirm", "password=a+cup+before+noon").await;
    let answer = check_out(&mut story, "Ada").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let ordered = orders(&mut story, "Ada").await;
    assert_eq!(ordered, ["1 × Assam", "1 × Sencha"]);
}

#[tokio::test]
async fn a_form_orders_what_its_page_has_shown_or_nothing() {
    let mut story = conversation("An older page");
    shops(&mut story, "Ada").await;
    let older = secret_of(&mut story, "Ada", "order");
    for tea in ["sencha", "oolong"] {
        check_out(&mut story, "Ada").await;
        submit(&mut story, "Ada", "/confirm", "password=a+cup+before+noon").await;
        buy(&mut story, "Ada", tea).await;
    }
    for order in [older.as_str(), "", "x"] {
        let fields = format!("order={order}");
        let answer = submit(&mut story, "Ada", "/checkout", &fields).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{order}");
        assert!(answer.text.contains("Load the page again"), "{}", answer.text);
    }
    let shop = story.get("Ada", "/").await;
    let now = secret_of(&mut story, "Ada", "order");
    assert!(shop.body.contains(&format!(r#"name="order" value="{now}""#)));
    check_out(&mut story, "Ada").await;
    let ordered = orders(&mut story, "Ada").await;
    assert_eq!(ordered, ["1 × Assam", "1 × Sencha", "1 × Oolong"]);
}

#[tokio::test]
async fn a_basket_of_the_step_before_can_be_ordered_once() {
    let (app, store) = server();
    let mut story = Conversation::new("An older basket", app, store.clone());
    shops(&mut story, "Ada").await;
    change_record(&store, &story.rows()[0], |record| {
        for unknown in ["order", VERSION] {
            record.data.remove(unknown);
        }
    })
    .await;
    begin(&mut story, "Another tab", "/checkout", "order=").await;
    let answer = check_out(&mut story, "Ada").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let answer = story.finish("Another tab").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "it needs a password");
    assert_eq!(orders(&mut story, "Ada").await, ["1 × Assam"]);
}

#[tokio::test]
async fn nobody_sees_the_orders_of_another_member() {
    let mut story = conversation("Orders");
    for who in ["Ada", "Mallory"] {
        shops(&mut story, who).await;
    }
    let adas = secret_of(&mut story, "Ada", "order");
    check_out(&mut story, "Ada").await;
    let fields = format!("order={adas}");
    let answer = submit(&mut story, "Mallory", "/checkout", &fields).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "it is not of this basket");
    assert!(orders(&mut story, "Mallory").await.is_empty());
    assert_eq!(orders(&mut story, "Ada").await, ["1 × Assam"]);
}

/// In one tab is a page with one packet, in another one more is put in.
#[tokio::test]
async fn a_form_orders_no_packet_that_was_put_in_or_taken_out_since() {
    for (path, tea) in
        [("/basket", "sencha"), ("/basket", "assam"), ("/basket/take", "assam")]
    {
        let mut story = conversation("One more");
        shops(&mut story, "Ada").await;
        buy(&mut story, "Ada", "assam").await;
        let shown = secret_of(&mut story, "Ada", "order");
        submit(&mut story, "Ada", path, &format!("tea={tea}")).await;
        let fields = format!("order={shown}");
        let answer = submit(&mut story, "Ada", "/checkout", &fields).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{path} {tea}");
        assert!(orders(&mut story, "Ada").await.is_empty());
        let answer = check_out(&mut story, "Ada").await;
        assert_eq!(answer.header("location"), Some("/?said=5"), "no password");
    }
}

/// Longer than the visitor was told, the session of an order did not live either.
#[tokio::test]
async fn whatever_keeps_an_order_from_its_answer_its_session_lives_no_longer() {
    let (app, store) = server();
    let mut story = Conversation::new("Half an hour", app, store.clone());
    shops(&mut story, "Ada").await;
    store.takes_no_orders(true);
    let answer = check_out(&mut story, "Ada").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    store.takes_no_orders(false);
    story.pass(Duration::minutes(31)).await;
    assert!(!is_in(&mut story, "Ada").await, "{:?}", story.rows());
    for (path, verb) in
        [("/checkout", "save"), ("/sign-in", "rotate"), ("/password", "rotate")]
    {
        let mut story = conversation("Given up");
        shops(&mut story, "Ada").await;
        let order = secret_of(&mut story, "Ada", "order");
        let token = token(&mut story, "Ada");
        let fields = format!(
            "token={token}&order={order}&name=Ada&password=a+cup+before+noon\
             &new=two+cups+at+four"
        );
        let form = Request::new(Method::POST, path).form(&fields);
        story.begin("Ada", verb, form).await;
        let lives = story.rows()[0].lives;
        assert!(lives <= Some(Duration::minutes(30)), "{path}: {lives:?}");
    }
}

#[tokio::test]
async fn whoever_signs_out_is_out_though_no_order_can_be_placed() {
    let (app, store) = server();
    let mut story = Conversation::new("Out", app, store.clone());
    shops(&mut story, "Ada").await;
    store.takes_no_orders(true);
    let answer = check_out(&mut story, "Ada").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let answer = sign_out(&mut story, "Ada").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
}

/// Whoever has a copy of her cookie is faster each time.
#[tokio::test]
async fn no_flood_of_requests_keeps_anybody_from_signing_out() {
    let (app, store) = server();
    let mut story = Conversation::new("A flood", app, store.clone());
    shops(&mut story, "Ada").await;
    story.pass(Duration::minutes(2)).await;
    store.inner().others_are_faster(usize::MAX);
    let page = story.get("Ada", "/member").await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    let answer = sign_out(&mut story, "Ada").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
}

/// An order that waits stands in the session and nowhere else. The page says so.
#[tokio::test]
async fn hole_an_order_that_waits_is_lost_when_its_session_ends() {
    let (app, store) = server();
    let mut story = Conversation::new("Lost", app, store.clone());
    shops(&mut story, "Ada").await;
    sign_in_as_ada(&mut story, "Phone").await;
    store.takes_no_orders(true);
    let answer = check_out(&mut story, "Ada").await;
    assert!(answer.text.contains("before you sign out"), "{}", answer.text);
    store.takes_no_orders(false);
    submit(&mut story, "Phone", "/devices/end-others", "").await;
    assert!(orders(&mut story, "Phone").await.is_empty());
}

/// What is done outside of the session is done, whatever another tab does to it until the
/// answer: no answer says that nothing has changed.
#[tokio::test]
async fn nobody_is_told_that_nothing_has_changed_after_something_has() {
    let (app, store) = server();
    let mut story = Conversation::new("Placed", app, store.clone());
    shops(&mut story, "Ada").await;
    story.steal("Ada", "Another tab");
    let order = secret_of(&mut story, "Ada", "order");
    begin_with(&mut story, "Ada", "place", &format!("order={order}")).await;
    submit(&mut story, "Another tab", "/confirm", CONFIRMED).await;
    let answer = story.finish("Ada").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("may have been done"), "{}", answer.text);
    assert_eq!(orders(&mut story, "Another tab").await, ["1 × Assam"]);
    for (path, meanwhile) in [("/confirm", CONFIRMED), ("/checkout", "order=")] {
        let (mut story, store) = administered("Disabled").await;
        buy(&mut story, "Grace", "assam").await;
        give(&mut story, "Ada", "/register", "Ada", PASSWORD).await;
        story.steal("Grace", "Another tab");
        let fields = match path {
            "/checkout" => {
                format!("order={}", secret_of(&mut story, "Grace", "order"))
            }
            _ => meanwhile.to_owned(),
        };
        let form = format!("token={}&name=Ada", token(&mut story, "Grace"));
        let form = Request::new(Method::POST, "/administrator/disable").form(&form);
        story.begin("Grace", "disable", form).await;
        submit(&mut story, "Another tab", path, &fields).await;
        let answer = story.finish("Grace").await;
        assert!(answer.status.is_client_error(), "{path}");
        assert!(answer.text.contains("may have been done"), "{}", answer.text);
        assert_eq!(store.disabled().await.expect("it answers"), ["Ada"]);
    }
}

const CONFIRMED: &str = "password=a+cup+before+noon";

/// A form for an order, held after the first call of this name.
async fn begin_with(
    story: &mut Conversation,
    who: &str,
    verb: &'static str,
    fields: &str,
) {
    let form = format!("token={}&{fields}", token(story, who));
    let form = Request::new(Method::POST, "/checkout").form(&form);
    story.begin(who, verb, form).await;
}

/// The password was looked at in the first run, and is another one in the second.
#[tokio::test]
async fn a_sign_in_that_is_run_again_after_a_change_of_the_password_comes_to_nothing()
 {
    let mut story = side_by_side("Another password");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    sign_in_as_ada(&mut story, "Phone").await;
    story.steal("Ada", "Another tab");
    let token = token(&mut story, "Ada");
    let fields = format!("token={token}&name=Ada&{CONFIRMED}");
    let form = Request::new(Method::POST, "/sign-in").form(&fields);
    story.begin("Another tab", "entries_of", form).await;
    let new = format!("{CONFIRMED}&new=two+cups+at+four");
    submit(&mut story, "Phone", "/password", &new).await;
    buy(&mut story, "Ada", "sencha").await;
    let answer = story.finish("Another tab").await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    assert!(!is_in(&mut story, "Another tab").await);
    assert!(is_in(&mut story, "Phone").await);
}

/// Between its first look and its end, the session has got two identifiers, and the first
/// of them was forgotten.
#[tokio::test]
async fn hole_a_sign_out_that_two_new_identifiers_overtake_leaves_a_session() {
    let mut story = side_by_side("Two new identifiers");
    shops(&mut story, "Ada").await;
    begin(&mut story, "Another tab", "/sign-out", "").await;
    submit(&mut story, "Ada", "/confirm", CONFIRMED).await;
    is_in(&mut story, "Ada").await;
    story.finish("Another tab").await;
    assert_eq!(story.rows().len(), 1, "nobody has its cookie but a thief");
    assert!(story.cookies("Another tab").is_empty());
}

/// Whoever has a new identifier is alone with it: nobody else knows it yet.
#[tokio::test]
async fn a_request_that_has_changed_the_identifier_is_not_run_again() {
    for path in ["/sign-in", "/password"] {
        let mut story = side_by_side("A new identifier");
        shops(&mut story, "Ada").await;
        story.steal("Ada", "Another tab");
        let token = token(&mut story, "Ada");
        let fields = format!(
            "token={token}&name=Ada&password=a+cup+before+noon&new=two+cups+at+four"
        );
        let form = Request::new(Method::POST, path).form(&fields);
        story.begin("Ada", "rotate", form).await;
        for _ in 0..3 {
            let fields = format!("token={token}&tea=sencha");
            let answer = story.post("Another tab", "/basket", &fields).await;
            assert_eq!(answer.status, StatusCode::CONFLICT, "{path}");
        }
        let answer = story.finish("Ada").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(!story.last_calls().contains(&"load"), "{path}");
        assert!(is_in(&mut story, "Ada").await, "{path}");
    }
}
