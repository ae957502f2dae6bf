//! What the chapter says about this step, carried out.

use std::collections::HashSet;

use axum::{
    Router,
    http::{Method, StatusCode},
    response::Redirect,
    routing::{get, post},
};
use conversation::{
    Answer, Backend, Conversation, Initiator, Request, Watched, record,
    record_outside_the_lab,
};
use serde_json::json;
use step_05::app;
use time::Duration;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, session::Id};
use trial::{Browser, Program};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-05");
const COOKIE: &str = "__Host-id";

fn server() -> (Router, Watched<MemoryStore>) {
    let store = Watched::new(MemoryStore::default());
    (app(store.clone()), store)
}

fn conversation(title: &str) -> Conversation {
    let (app, store) = server();
    Conversation::new(title, app, store)
}

async fn buy(story: &mut Conversation, who: &str, tea: &str) -> Answer {
    story.post(who, "/basket", &format!("tea={tea}")).await
}

#[tokio::test]
async fn nobody_gets_a_session_by_looking() {
    let mut story = conversation("A look around");
    for path in ["/", "/about", "/nothing"] {
        let answer = story.get("Ada", path).await;
        assert_eq!(answer.header("set-cookie"), None, "{path}");
        assert!(story.last_calls().is_empty(), "{path}");
    }
    assert!(story.rows().is_empty());
}

#[tokio::test]
async fn the_first_packet_makes_the_session() {
    let mut story = conversation("The first packet");
    story.get("Ada", "/").await;
    let answer = buy(&mut story, "Ada", "assam").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(story.last_calls(), ["create"]);
    assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
    record!(story, "the_first_packet");
}

#[tokio::test]
async fn the_cookie_has_every_attribute_and_no_lifetime() {
    let mut story = conversation("The cookie");
    let answer = buy(&mut story, "Ada", "assam").await;
    let id = &story.rows()[0].id;
    let expected = format!("{COOKIE}={id}; HttpOnly; SameSite=Lax; Secure; Path=/");
    assert_eq!(answer.header("set-cookie"), Some(expected.as_str()));
    assert!(expected.len() < 4096);
}

#[tokio::test]
async fn the_identifier_stands_in_no_page_and_in_no_address() {
    let mut story = conversation("The identifier");
    let bought = buy(&mut story, "Ada", "assam").await;
    let id = story.rows()[0].id.clone();
    let page = story.get("Ada", "/").await;
    assert!(!page.body.contains(&id) && !bought.body.contains(&id));
    assert_eq!(bought.header("location"), Some("/"));
}

#[tokio::test]
async fn an_identifier_in_the_address_is_ignored() {
    let mut story = conversation("An identifier in the address");
    buy(&mut story, "Ada", "assam").await;
    let id = story.rows()[0].id.clone();
    for query in [format!("/?id={id}"), format!("/?{COOKIE}={id}")] {
        let answer = story.get("Mallory", &query).await;
        assert!(!answer.text.contains("Assam\nEmpty it"), "{}", answer.text);
        assert!(story.last_calls().is_empty());
    }
}

#[test]
fn an_identifier_is_128_bits_and_no_two_are_the_same() {
    let ids: HashSet<Id> = (0..100_000).map(|_| Id::default()).collect();
    assert_eq!(ids.len(), 100_000);
    // Each bit is set about half of the time, within twelve standard deviations.
    for bit in 0..128 {
        let set = ids.iter().filter(|id| id.0 >> bit & 1 == 1).count();
        assert!((48_000..52_000).contains(&set), "bit {bit}: {set}");
    }
    let id = ids.iter().next().expect("there are many").to_string();
    assert_eq!(id.len(), 22, "16 bytes in base64url: {id}");
}

#[tokio::test]
async fn an_identifier_that_the_server_did_not_make_is_never_adopted() {
    let mut story = conversation("An invented identifier");
    let invented = Id::default().to_string();
    story.forge("Mallory", COOKIE, &invented);
    buy(&mut story, "Mallory", "assam").await;
    assert_eq!(story.rows().len(), 1);
    assert_ne!(story.rows()[0].id, invented);
    assert_ne!(story.cookies("Mallory")[0].value, invented);
}

#[tokio::test]
async fn a_malformed_identifier_never_reaches_the_store() {
    for value in ["0", "' OR 1=1 --", "../../etc/passwd", &"A".repeat(4000)] {
        let (app, store) = server();
        let mut story = Conversation::new("Not an identifier", app, store);
        let cookie = format!("{COOKIE}={value}");
        let request = Request::new(Method::GET, "/").header("cookie", &cookie);
        let answer = story.send("Mallory", request).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(story.last_calls().is_empty(), "{value}");
    }
}

#[tokio::test]
async fn starting_over_ends_the_session_on_both_sides() {
    let mut story = conversation("Starting over");
    buy(&mut story, "Ada", "assam").await;
    let first = story.rows()[0].id.clone();
    let answer = story.post("Ada", "/start-over", "").await;
    assert_eq!(
        answer.header("set-cookie"),
        Some("__Host-id=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0")
    );
    assert!(story.rows().is_empty());
    assert!(story.cookies("Ada").is_empty());
    buy(&mut story, "Ada", "sencha").await;
    assert_ne!(story.rows()[0].id, first);
    record!(story, "starting_over");
}

#[tokio::test]
async fn a_cookie_from_before_the_restart_is_removed_by_looking() {
    let mut story = conversation("A restart");
    buy(&mut story, "Ada", "assam").await;
    let (app, store) = server();
    story.restart(app, store);
    let answer = story.get("Ada", "/").await;
    assert_eq!(story.last_calls(), ["load"]);
    let removal = answer.header("set-cookie").expect("the cookie is removed");
    assert!(removal.starts_with("__Host-id=;") && removal.contains("; Secure"));
    assert!(story.cookies("Ada").is_empty() && story.rows().is_empty());
}

/// The cookies that confuse the shop about whose basket it is.
async fn confusing(app: Router, store: Watched<MemoryStore>) -> Vec<String> {
    let mut story = Conversation::new("Two names", app.clone(), store);
    buy(&mut story, "Ada", "assam").await;
    buy(&mut story, "Mallory", "sencha").await;
    let mut value = |who| story.cookies(who)[0].value.clone();
    let (ada, mallory) = (value("Ada"), value("Mallory"));
    let [ada, mallory] = [(&*ada, "1 × Assam"), (&*mallory, "1 × Sencha")];
    trial::confusing_cookies(&app, COOKIE, ada, mallory).await
}

#[tokio::test]
async fn only_the_cookie_of_exactly_this_name_counts() {
    let (app, store) = server();
    let confusing = confusing(app, store).await;
    assert!(confusing.is_empty(), "{confusing:#?}");
}

/// A basket of one packet, around which there is nothing but the library's layer.
#[tokio::test]
async fn tower_sessions_takes_other_names_for_the_sessions() {
    let buy = async |session: Session, order: String| {
        let tea = order.replace("tea=assam", "1 × Assam");
        let tea = tea.replace("tea=sencha", "1 × Sencha");
        session.insert("basket", tea).await.expect("it is noted");
    };
    let look = async |session: Session| {
        let basket: Option<String> = session.get("basket").await.expect("a text");
        basket.unwrap_or_default()
    };
    let store = Watched::new(MemoryStore::default());
    let app = Router::new()
        .route("/", get(look))
        .route("/basket", post(buy))
        .layer(SessionManagerLayer::new(store.clone()).with_name(COOKIE));
    let confusing = confusing(app, store).await;
    let encoded = ["%5F_Host-id", "__Host%2Did"];
    let padded = [r"__Host-id\t", r"\xc2\xa0__Host-id", r"__Host-id\xe3\x80\x80"];
    for name in encoded.into_iter().chain(padded).chain([r"tea\xff", COOKIE]) {
        let beside_ours = format!("; {name}=");
        assert!(confusing.iter().any(|line| line.contains(&beside_ours)), "{name}");
    }
}

/// A shop that leaves the removal of its cookie to tower-sessions.
fn without_mending(store: Watched<MemoryStore>) -> Router {
    let buy = async |session: Session| {
        session.insert("basket", "assam").await.expect("it is noted");
        Redirect::to("/")
    };
    let start_over = async |session: Session| {
        session.flush().await.expect("the store answers");
        Redirect::to("/")
    };
    Router::new()
        .route("/", get("Tea"))
        .route("/basket", post(buy))
        .route("/start-over", post(start_over))
        .layer(SessionManagerLayer::new(store).with_name(COOKIE))
}

#[tokio::test]
async fn without_the_mending_layer_the_browser_keeps_the_cookie() {
    let store = Watched::new(MemoryStore::default());
    let app = without_mending(store.clone());
    let mut story = Conversation::new("The cookie that stays", app, store);
    buy(&mut story, "Ada", "assam").await;
    let answer = story.post("Ada", "/start-over", "").await;
    let removal = answer.header("set-cookie").expect("a removal is tried");
    assert!(removal.starts_with("__Host-id=; Path=/; Max-Age=0; Expires="));
    assert!(!removal.contains("Secure"));
    assert_eq!(story.cookies("Ada").len(), 1, "the browser keeps it");
    record_outside_the_lab!(story, "the_cookie_that_stays");
}

#[tokio::test]
async fn a_link_on_another_site_finds_the_basket() {
    let mut story = conversation("A link on another site");
    buy(&mut story, "Ada", "assam").await;
    let link = Request::new(Method::GET, "/").from(Initiator::CrossSiteLink);
    let answer = story.send("Ada", link).await;
    assert!(answer.text.contains("1 × Assam"));
}

/// A page that counts, and so writes, under the library's own `SameSite=Strict`.
#[tokio::test]
async fn a_link_to_a_page_that_writes_replaces_a_strict_cookie() {
    let count = async |session: Session| {
        let visits =
            session.get("visits").await.expect("a number").unwrap_or(0) + 1;
        session.insert("visits", visits).await.expect("it is noted");
        visits.to_string()
    };
    let store = Watched::new(MemoryStore::default());
    let app = Router::new()
        .route("/", get(count))
        .layer(SessionManagerLayer::new(store.clone()).with_name(COOKIE));
    let mut story = Conversation::new("A link to a counter", app, store);
    story.get("Ada", "/").await;
    assert_eq!(story.get("Ada", "/").await.body, "2");
    let before = story.cookies("Ada")[0].value.clone();
    let link = Request::new(Method::GET, "/").from(Initiator::CrossSiteLink);
    assert_eq!(story.send("Ada", link).await.body, "1", "she comes as a stranger");
    assert_ne!(story.cookies("Ada")[0].value, before);
    assert_eq!(story.get("Ada", "/").await.body, "2", "and stays one");
    assert_eq!(story.rows().len(), 2, "nobody can reach the first count");
}

#[tokio::test]
async fn a_form_on_another_site_takes_the_basket_away() {
    let mut story = conversation("A form on another site");
    for tea in ["assam", "oolong"] {
        buy(&mut story, "Ada", tea).await;
    }
    story.says("A page of Mallory's sends a form to the shop from Ada's browser.");
    let form = Request::new(Method::POST, "/basket").form("tea=sencha");
    story.send("Ada", form.from(Initiator::CrossSiteForm)).await;
    assert_eq!(story.rows().len(), 2, "the form came without a cookie");
    let answer = story.get("Ada", "/").await;
    assert!(answer.text.contains("1 × Sencha"), "{}", answer.text);
    assert!(!answer.text.contains("1 × Assam"), "{}", answer.text);
    record!(story, "a_form_on_another_site");
}

/// The library's default, on the shop that leaves all to the library.
#[tokio::test]
async fn strict_takes_the_basket_away_as_lax_does() {
    let store = Watched::new(MemoryStore::default());
    let app = without_mending(store.clone());
    let mut story = Conversation::new("Strict", app, store);
    let answer = buy(&mut story, "Ada", "assam").await;
    let cookie = answer.header("set-cookie").expect("a cookie is set");
    assert!(cookie.contains("SameSite=Strict"), "{cookie}");
    let before = story.cookies("Ada")[0].value.clone();
    let form = Request::new(Method::POST, "/basket").form("tea=sencha");
    story.send("Ada", form.from(Initiator::CrossSiteForm)).await;
    assert_eq!(story.rows().len(), 2, "the form came without a cookie");
    assert_ne!(story.cookies("Ada")[0].value, before);
}

#[tokio::test]
async fn an_order_that_makes_no_sense_changes_nothing() {
    let mut story = conversation("No order");
    buy(&mut story, "Ada", "assam").await;
    let before = story.rows()[0].data.clone();
    let huge = format!("tea={}", "a".repeat(3 << 20));
    let senseless = [
        "",
        "tea",
        "tea=",
        "tea=coffee",
        "tea=%00",
        "tea=%ff",
        "tea=assam%00",
        "tea=assam&tea=oolong",
        "TEA=assam",
        "tea=<script>alert(1)</script>",
        &huge,
    ];
    for fields in senseless {
        let answer = story.post("Ada", "/basket", fields).await;
        assert!(answer.status.is_client_error(), "{fields}: {}", answer.status);
        assert!(answer.text.contains("Nothing has changed"), "{}", answer.text);
        assert!(!answer.body.contains("<script>"));
        assert_eq!(answer.header("set-cookie"), None);
    }
    let json = Request::new(Method::POST, "/basket")
        .header("content-type", "application/json");
    let answer = story.send("Ada", json).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(story.rows()[0].data, before);
}

#[tokio::test]
async fn a_basket_holds_at_most_20_packets_of_a_tea() {
    let mut story = conversation("A large basket");
    for _ in 0..25 {
        buy(&mut story, "Ada", "assam").await;
    }
    assert_eq!(story.rows()[0].data, r#"{"basket":{"assam":20}}"#);
    assert_eq!(story.last_calls(), ["load"], "an equal value is no change");
}

#[tokio::test]
async fn a_row_that_does_not_fit_is_kept_until_the_visitor_starts_over() {
    let (app, store) = server();
    let row = json!({"basket": {"coffee": 3}});
    let id = store.plant(row, Duration::days(14)).await;
    let mut story = Conversation::new("A row that does not fit", app, store);
    story.give("Ada", COOKIE, &id.expect("the store takes the row"));
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.body.contains("coffee"));
    assert_eq!(story.rows()[0].data, r#"{"basket":{"coffee":3}}"#);
    story.post("Ada", "/start-over", "").await;
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
}

#[tokio::test]
async fn a_store_out_of_reach_loses_no_basket() {
    let (app, store) = server();
    let mut story = Conversation::new("A store out of reach", app, store.clone());
    buy(&mut story, "Ada", "assam").await;
    store.fail("connection refused (10.0.0.7:6379)");
    let answer = story.get("Ada", "/").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.body.contains("10.0.0.7"));
    store.recover();
    assert!(story.get("Ada", "/").await.text.contains("1 × Assam"));
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
    trial::throw_garbage(PROGRAM);
}

#[test]
fn over_a_socket_a_browser_keeps_its_basket_until_the_restart() {
    let server = Program::start(PROGRAM);
    let (ada, grace) = (Browser::default(), Browser::default());
    let order = [("tea", "assam")];
    let page = ada.send_form(&server.url("/basket"), &order).body;
    assert!(page.contains("1 × Assam"), "{page}");
    assert!(!grace.get(&server.url("/")).body.contains("× Assam"));
    drop(server);
    let server = Program::start(PROGRAM);
    assert!(!ada.get(&server.url("/")).body.contains("× Assam"));
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

/// Who Mallory is to the staff's pages, with the identifier of her session as a guest.
async fn a_guest_among_the_staff(
    guests: MemoryStore,
    staff: MemoryStore,
) -> String {
    let enter = async |session: Session| {
        session.insert("name", "Mallory").await.expect("it is noted");
    };
    let who = async |session: Session| {
        let name: Option<String> = session.get("name").await.expect("it is read");
        name.unwrap_or_else(|| "nobody".to_owned())
    };
    let guests_layer =
        SessionManagerLayer::new(guests.clone()).with_name("__Host-id");
    let staff_layer = SessionManagerLayer::new(staff).with_name("__Secure-staff");
    let staff_pages =
        Router::new().route("/", get(who)).layer(staff_layer.with_path("/staff"));
    let app = Router::new().route("/", post(enter)).layer(guests_layer);
    let app = app.nest("/staff", staff_pages);
    let mut story =
        Conversation::new("Two sessions on one host", app, Watched::new(guests));
    story.post("Mallory", "/", "").await;
    let id = story.cookies("Mallory")[0].value.clone();
    story.forge("Mallory", "__Secure-staff", &id);
    story.get("Mallory", "/staff").await.text
}

#[tokio::test]
async fn two_session_layers_over_one_store_open_each_others_sessions() {
    let store = MemoryStore::default();
    assert_eq!(a_guest_among_the_staff(store.clone(), store).await, "Mallory");
    let (guests, staff) = (MemoryStore::default(), MemoryStore::default());
    assert_eq!(a_guest_among_the_staff(guests, staff).await, "nobody");
}
