//! What the chapter says about this step, carried out.

use axum::{
    Router,
    http::{Method, StatusCode},
};
use conversation::{
    Answer, Backend, Conversation, Initiator, Request, Watched, record,
    snapshot_settings,
};
use step_11::{
    accounts::InMemory,
    app,
    naive::{self, Guard},
    secret,
    strict::Strict,
};
use time::{Duration, OffsetDateTime};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use tower_sessions::{
    MemoryStore, SessionStore,
    cookie::Key,
    session::{Id, Record},
};
use trial::{Browser, Program, Start};

/// The key of these tests: 64 bytes that nobody has to guess.
const KEY: [u8; 64] = [7; 64];
const PROGRAM: &str = env!("CARGO_BIN_EXE_step-11");
const COOKIE: &str = "__Host-id";
const PASSWORD: &str = "a cup before noon";

fn server() -> (Router, Watched<MemoryStore>) {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    (app(store.clone(), Key::from(&KEY), InMemory::default()), store)
}

fn conversation(title: &str) -> Conversation {
    let (app, store) = server();
    Conversation::new(title, app, store)
}

fn naive_conversation(title: &str, guard: Guard) -> Conversation {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    let accounts = InMemory::default();
    let app = naive::app(guard, store.clone(), Key::from(&KEY), accounts);
    let name = match guard {
        Guard::SameSite => "SameSite",
        Guard::Origin => "SameSite and Origin",
        Guard::Token => "SameSite and a token",
        Guard::DoubleSubmit => "double submit",
    };
    Conversation::new(title, app, store).naive(name)
}

/// The token of `who`'s session, which each of its pages has in its forms.
fn token(story: &mut Conversation, who: &str) -> String {
    let cookies = story.cookies(who);
    let held = cookies.iter().find(|cookie| cookie.name == COOKIE);
    let value = held.map(|cookie| cookie.value.clone()).unwrap_or_default();
    let row = story.rows().into_iter().find(|row| value.ends_with(&row.id));
    let data = row.map(|row| row.data).unwrap_or_default();
    let rest = data.split_once(r#""token":""#).map(|(_, rest)| rest.to_owned());
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

/// Mallory's page is open in Ada's browser and sends a form to the shop. It is on another
/// port of the same host: the same site, and another origin.
fn neighbours_form(path: &str, fields: &str) -> Request {
    Request::new(Method::POST, path)
        .form(fields)
        .header("origin", "http://localhost:4000")
        .header("sec-fetch-site", "same-site")
}

/// The same on another site.
fn strangers_form(path: &str, fields: &str) -> Request {
    Request::new(Method::POST, path)
        .form(fields)
        .header("origin", "https://coffee.example")
        .header("sec-fetch-site", "cross-site")
        .from(Initiator::CrossSiteForm)
}

/// Ada has a packet of assam in her basket, and opens Mallory's page.
async fn a_neighbour_orders(story: &mut Conversation) -> Answer {
    story.aside();
    buy(story, "Ada", "assam").await;
    story.so_far("Ada has a packet of assam in her basket.");
    story.says("Ada opens a page of Mallory's at localhost:4000.");
    story.send("Ada", neighbours_form("/basket", "tea=sencha")).await
}

#[tokio::test]
async fn a_neighbour_can_order_where_same_site_is_the_only_guard() {
    let mut story =
        naive_conversation("A form of Mallory's orders", Guard::SameSite);
    let answer = a_neighbour_orders(&mut story).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(story.get("Ada", "/").await.text.contains("1 × Sencha"));
    record!(story, "csrf_succeeds");
}

#[tokio::test]
async fn a_neighbour_can_order_nothing_here() {
    let mut story = conversation("A form of Mallory's is refused");
    let answer = a_neighbour_orders(&mut story).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(story.last_calls(), [""; 0], "the store is not even asked");
    let page = story.get("Ada", "/").await.text;
    assert!(page.contains("1 × Assam") && !page.contains("1 × Sencha"));
    record!(story, "csrf_fails");
}

const MALLORYS: &str = "name=Mallory&password=a+cup+before+noon";

/// Mallory has an account. Ada, who has none, opens Mallory's page on another site.
async fn a_stranger_signs_ada_in(story: &mut Conversation) -> Answer {
    story.attacker("Mallory");
    story.aside();
    story.post("Mallory", "/register", MALLORYS).await;
    story.so_far("Mallory has an account.");
    story.says("Ada opens a page of Mallory's at coffee.example.");
    story.send("Ada", strangers_form("/sign-in", MALLORYS)).await
}

#[tokio::test]
async fn a_stranger_can_sign_ada_in_as_mallory_where_same_site_is_the_only_guard() {
    let mut story =
        naive_conversation("Ada is signed in as Mallory", Guard::SameSite);
    a_stranger_signs_ada_in(&mut story).await;
    let page = story.get("Ada", "/").await.text;
    assert!(page.contains("You are Mallory."), "{page}");
    record!(story, "login_csrf_succeeds");
}

#[tokio::test]
async fn a_stranger_can_sign_nobody_in_here() {
    let mut story = conversation("Ada is signed in as nobody");
    let answer = a_stranger_signs_ada_in(&mut story).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(story.cookies("Ada").is_empty());
    record!(story, "login_csrf_fails");
}

/// What Mallory tries, with what a browser of its kind sends along.
async fn attack(story: &mut Conversation, name: &str) -> bool {
    give(story, "Ada", "/register", "Ada", PASSWORD).await;
    story.post("Mallory", "/register", MALLORYS).await;
    story.get("Ada", "/").await;
    let before = story.cookies("Ada");
    let order = "tea=sencha&token=mallorys";
    let request = match name {
        STRANGER => strangers_form("/basket", order),
        NEIGHBOUR => neighbours_form("/basket", order),
        PLANTED => {
            story.give("Ada", "csrf", "mallorys");
            neighbours_form("/basket", order)
        }
        OLD => Request::new(Method::POST, "/basket").form(order),
        SIGN_IN => strangers_form("/sign-in", MALLORYS),
        _ => {
            let token = token(story, "Ada");
            let order = format!("tea=sencha&token={token}");
            Request::new(Method::POST, "/basket")
                .form(&order)
                .header("origin", "http://localhost:8080")
                .header("sec-fetch-site", "same-origin")
        }
    };
    story.send("Ada", request).await;
    let page = story.get("Ada", "/").await.text;
    let ordered = page.contains("You are Ada") && page.contains("1 × Sencha");
    // What else can happen to Ada is that she finds herself in another session.
    let session = |cookies: Vec<conversation::HeldCookie>| {
        let held = cookies.into_iter().find(|cookie| cookie.name == COOKIE);
        held.map(|cookie| cookie.value)
    };
    ordered || session(before) != session(story.cookies("Ada"))
}

const STRANGER: &str = "a form on another site";
const NEIGHBOUR: &str = "a form of a neighbour";
const PLANTED: &str = "the same, after planting a cookie";
const OLD: &str = "the same, in a browser that sends neither header";
const SIGN_IN: &str = "a form on another site that signs in";
const SCRIPT: &str = "a script in a page of the shop";

#[tokio::test]
async fn a_table_of_what_stops_whom() {
    let mut table = vec![
        "| attack | `SameSite=Lax` | double submit | token | origin | both |"
            .to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    for name in [STRANGER, NEIGHBOUR, PLANTED, OLD, SIGN_IN, SCRIPT] {
        let mut row = format!("| {name} |");
        for guard in
            [Guard::SameSite, Guard::DoubleSubmit, Guard::Token, Guard::Origin]
        {
            if matches!((name, guard), (SIGN_IN, Guard::DoubleSubmit)) {
                // Only the order is guarded in this way.
                row += " – |";
                continue;
            }
            let mut story = naive_conversation("A naive guard", guard);
            let done = attack(&mut story, name).await;
            row += if done { " done |" } else { " refused |" };
        }
        let done = attack(&mut conversation("Both"), name).await;
        table.push(row + if done { " done |" } else { " refused |" });
    }
    let settings = snapshot_settings!();
    settings.bind(|| insta::assert_snapshot!("what_stops_whom", table.join("\n")));
}

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
            let fields = format!("{proof}&tea=sencha&remember=true&{MALLORYS}");
            let answer = story.post("Ada", path, &fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {proof}");
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
async fn a_browser_without_sec_fetch_site_is_known_by_its_origin() {
    let mut story = conversation("An older browser");
    let form = Request::new(Method::POST, "/basket")
        .form("tea=assam")
        .header("origin", "http://localhost:8080");
    assert_eq!(story.send("Ada", form).await.status, StatusCode::SEE_OTHER);
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
async fn a_form_of_a_session_that_is_over_is_that_of_a_new_visitor() {
    let mut story = conversation("A page from before the end");
    buy(&mut story, "Ada", "assam").await;
    let fields = format!("token={}&tea=sencha", token(&mut story, "Ada"));
    story.pass(Duration::minutes(31)).await;
    let answer = story.post("Ada", "/basket", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = story.get("Ada", "/").await.text;
    assert!(page.contains("1 × Sencha") && !page.contains("× Assam"), "{page}");
}

#[tokio::test]
async fn a_sign_in_page_from_before_the_first_order_is_refused() {
    let mut story = conversation("A page from before the beginning");
    register(&mut story, "Ada").await;
    let page = story.get("Ada", "/sign-in").await.body;
    assert!(!page.contains(r#"name="token""#), "there is no session yet");
    buy(&mut story, "Ada", "assam").await;
    let fields = "name=Ada&password=a+cup+before+noon";
    let answer = story.post("Ada", "/sign-in", fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!answer.body.contains(PASSWORD));
    let answer = sign_in(&mut story, "Ada").await;
    assert_eq!(answer.header("location"), Some("/member?said=2"));
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
    record!(story, "a_message");
}

#[tokio::test]
async fn each_of_two_tabs_shows_its_own_message() {
    let mut story = conversation("Two tabs");
    story.aside();
    story.get("Ada", "/").await;
    story.so_far("Ada has the shop open, in two tabs.");
    let first = buy(&mut story, "Ada", "assam").await;
    let second = buy(&mut story, "Ada", "sencha").await;
    let place = |answer: &Answer| answer.header("location").map(str::to_owned);
    let (first, second) = (place(&first), place(&second));
    let page = story.get("Ada", &second.expect("a place")).await.text;
    assert!(page.contains("Sencha is in") && !page.contains("Assam is in"));
    let page = story.get("Ada", &first.expect("a place")).await.text;
    assert!(page.contains("Assam is in") && !page.contains("Sencha is in"));
    record!(story, "two_tabs");
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
    let strict = Strict::new(watched.clone());
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
    for path in ["/", "/member"] {
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
async fn hole_a_session_is_that_of_whoever_has_the_name_next() {
    let (first, store) = server();
    let mut story = Conversation::new("A name, twice", first, store.clone());
    give(&mut story, "Ada", "/register", "Ada", PASSWORD).await;
    // The store is the same, and Ada's account is gone.
    let next = app(store.clone(), Key::from(&KEY), InMemory::default());
    story.restart(next, store);
    give(&mut story, "Grace", "/register", "Ada", PASSWORD).await;
    assert!(story.get("Ada", "/member").await.text.contains("You are Ada."));
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
    let mut story = conversation("Forms");
    for (path, names) in
        [("/sign-in", ["name", "password"]), ("/register", ["name", "password"])]
    {
        let page = story.get("Ada", path).await.body;
        let form =
            page.split("<form").find(|it| it.contains(&format!("\"{path}\"")));
        for name in names {
            let field = format!("name=\"{name}\"");
            assert!(form.is_some_and(|it| it.contains(&field)), "{path}: {name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_sweeper_deletes_what_has_expired_and_nothing_else() {
    use step_11::sweep::{self, Swept};
    use tower_sessions::{SessionStore, session::Record};

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
    let sweeper = tokio::spawn(sweep::every(minute, store.clone()));
    tokio::time::sleep(minute * 2).await;
    assert_eq!(watched.rows().len(), 1, "it comes back by itself");
    sweeper.abort();
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
async fn a_name_with_markup_is_shown_as_text() {
    let mut story = conversation("Markup");
    let name = "a<script>alert(1)</script>b";
    give(&mut story, "Mallory", "/register", name, PASSWORD).await;
    for path in ["/", "/member"] {
        let answer = story.get("Mallory", path).await;
        assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
        assert!(answer.body.contains("&lt;script&gt;"));
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
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/step-11.key");
    // It would not write over the key of an earlier run.
    let _ = std::fs::remove_file(file);
    let made = std::process::Command::new(PROGRAM).args(["new-key", file]).status();
    assert!(made.expect("it starts").success());
    let server = Program::start(with_key(&[("SESSION_KEY_FILE", file)]));
    assert_eq!(Browser::default().get(&server.url("/")).status, 200);
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
