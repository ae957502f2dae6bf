//! What a recording shows, on a server made to show it.

use axum::{
    Router,
    http::{Method, StatusCode, header},
    response::Html,
    routing::{get, post},
};
use conversation::{Backend, Conversation, Deed, Initiator, Request, Watched, record};
use serde_json::json;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tower_sessions::{
    MemoryStore, Session, SessionManagerLayer, SessionStore,
    session::{Id, Record},
};

type Store = Watched<MemoryStore>;

fn server(store: &Store) -> Router {
    let greet = async |session: Session| {
        let id = session.id().map(|id| id.to_string()).unwrap_or_default();
        session
            .insert("seen", date(Duration::ZERO))
            .await
            .map_err(|_| StatusCode::BAD_GATEWAY)?;
        let start: String = id.chars().take(6).collect();
        Ok::<_, StatusCode>(Html(format!(
            "<h1>Tea &amp; more</h1><main><p>Hello &lt;{start}…&gt;</p>\
             <form><button>Order</button></form></main>"
        )))
    };
    let refused = async || {
        let cookie = "__Host-id=1; Path=/";
        ([(header::SET_COOKIE, cookie)], StatusCode::NO_CONTENT)
    };
    Router::new()
        .route("/", get(greet))
        .route("/end", post(async |session: Session| session.flush().await.expect("it ends")))
        .route("/refused", get(refused))
        .layer(
            SessionManagerLayer::new(store.clone())
                .with_expiry(tower_sessions::Expiry::OnInactivity(Duration::minutes(20))),
        )
}

fn date(ago: Duration) -> String {
    (OffsetDateTime::now_utc() - ago).format(&Rfc3339).expect("a date of this era")
}

fn conversation(title: &str) -> (Conversation, Store) {
    let store = Watched::new(MemoryStore::default());
    (Conversation::new(title, server(&store), store.clone()), store)
}

#[tokio::test]
async fn a_recording_tells_everything_in_order() {
    let (mut story, _) = conversation("Everything that a recording tells");
    story.get("Ada", "/").await;
    story.pass(Duration::minutes(5)).await;
    story.get("Ada", "/").await;
    story.steal("Ada", "Mallory");
    story.get("Mallory", "/").await;
    story.post("Ada", "/end", "why=done").await;
    story.get("Ada", "/refused").await;
    record!(story, "everything");
}

#[tokio::test]
async fn two_servers_have_a_lane_each() {
    let (mut story, store) = conversation("Two servers, one store");
    story.get("Ada", "/").await;
    story.join(server(&store));
    story.answers(2);
    story.get("Ada", "/").await;
    assert_eq!(story.last_calls(), ["load", "save"], "the second server knows her");
    story.get("Grace", "/refused").await;
    story.answers(1);
    story.get("Grace", "/").await;
    record!(story, "two_servers");
    let ladder = story.ladder();
    for (line, class) in
        [("Ada: GET /</b>", "asks b1\""), ("Grace: GET /refused", "asks b2 s2")]
    {
        assert!(ladder.lines().any(|it| it.contains(line) && it.contains(class)), "{ladder}");
    }
}

#[tokio::test]
async fn what_is_told_elsewhere_is_left_out() {
    let (mut story, _) = conversation("A second figure");
    story.aside();
    story.get("Ada", "/").await;
    story.pass(Duration::minutes(5)).await;
    story.so_far("Ada has been here.");
    story.get("Ada", "/").await;
    let (transcript, ladder) = (story.transcript(), story.ladder());
    assert!(transcript.starts_with("# Ada has been here.\n\n# Ada\n> GET / "), "{transcript}");
    assert!(!transcript.contains("create") && !ladder.contains("create"), "{ladder}");
    assert!(
        story.script().contains("Ada: GET /\n5 minutes pass.\nSo far: Ada has been here.\n")
    );
}

#[tokio::test]
async fn a_record_ends_when_its_time_has_passed() {
    let (mut story, _) = conversation("Time passes");
    story.get("Ada", "/").await;
    story.pass(Duration::minutes(19)).await;
    story.get("Ada", "/").await;
    assert_eq!(story.last_calls(), ["load", "save"]);
    story.pass(Duration::minutes(20)).await;
    // The cookie has ended as well, so that nothing is asked for.
    story.get("Ada", "/").await;
    assert_eq!(story.last_calls(), ["create"]);
    assert!(story.rows()[0].lives.expect("an end") <= Duration::ZERO);
}

#[tokio::test]
async fn time_passes_for_dates_in_the_data() {
    let store = Watched::new(MemoryStore::default());
    let data = json!({"at": date(Duration::ZERO), "list": [date(Duration::ZERO)], "n": 1});
    store.plant(data, Duration::days(1)).await.expect("it is planted");
    store.age(Duration::hours(3)).await;
    let row = &store.rows()[0];
    let data: serde_json::Value = serde_json::from_str(&row.data).expect("JSON");
    for aged in [&data["at"], &data["list"][0]] {
        let aged =
            OffsetDateTime::parse(aged.as_str().expect("text"), &Rfc3339).expect("a date");
        let age = OffsetDateTime::now_utc() - aged;
        assert!((age - Duration::hours(3)).abs() < Duration::minutes(1), "{age}");
    }
    assert_eq!(data["n"], 1);
}

#[tokio::test]
async fn what_the_test_itself_takes_makes_no_row_older_and_is_not_told() {
    let store = Watched::new(MemoryStore::default());
    let app = server(&store).route("/nothing", get(async || ()));
    let mut story = Conversation::new("Time stands still", app, store.clone());
    story.get("Ada", "/").await;
    let told = store.rows();
    let id: Id = told[0].id.parse().expect("an identifier");
    let held = async || store.load(&id).await.expect("it answers").expect("it is alive");
    let before = held().await;
    story.get("Ada", "/nothing").await;
    let after = held().await;
    assert!(after.expiry_date > before.expiry_date, "it is moved along with the clock");
    assert_ne!(after.data, before.data, "so is the date in it");
    assert_eq!(store.rows(), told);
}

#[tokio::test]
async fn the_watched_store_is_the_store() {
    let inner = MemoryStore::default();
    let store = Watched::new(inner.clone());
    let expiry_date = OffsetDateTime::now_utc() + Duration::hours(1);
    let mut record = Record { id: Id(1), data: Default::default(), expiry_date };
    store.create(&mut record).await.expect("it is created");
    assert_eq!(inner.load(&record.id).await.expect("it answers"), Some(record.clone()));
    store.delete(&record.id).await.expect("it is deleted");
    assert_eq!(inner.load(&record.id).await.expect("it answers"), None);
    let verbs: Vec<&str> = store.calls().iter().map(|call| call.verb).collect();
    assert_eq!(verbs, ["create", "delete"]);
    assert!(store.calls().is_empty(), "each call is told once");
}

#[tokio::test]
async fn a_failing_store_keeps_what_it_has() {
    let (mut story, store) = conversation("A failing store");
    story.get("Ada", "/").await;
    store.fail("out of reach");
    assert_eq!(story.get("Ada", "/").await.status, StatusCode::BAD_GATEWAY);
    assert!(story.transcript().contains("→ error: out of reach"));
    store.recover();
    assert_eq!(story.get("Ada", "/").await.status, StatusCode::OK);
    assert_eq!(story.rows().len(), 1);
}

#[tokio::test]
async fn a_request_can_wait_while_others_are_answered() {
    let (mut story, _) = conversation("A slow request");
    story.get("Ada", "/").await;
    story.begin("Ada", "load", Request::new(Method::GET, "/")).await;
    story.post("Ada", "/end", "").await;
    assert!(story.rows().is_empty());
    let late = story.finish("Ada").await;
    assert_eq!(late.status, StatusCode::OK);
    assert_eq!(story.last_calls(), ["save"], "the load was told before");
    assert_eq!(story.rows().len(), 1);
    record!(story, "slow");
}

#[tokio::test]
async fn two_tabs_of_one_browser_share_its_cookies_and_wait_each_for_itself() {
    let (mut story, _) = conversation("Two tabs");
    story.share("Ada", "Tab");
    story.get("Tab", "/").await;
    assert_eq!(story.cookies("Ada"), story.cookies("Tab"));
    for who in ["Ada", "Tab"] {
        story.begin(who, "load", Request::new(Method::GET, "/")).await;
    }
    story.pass(Duration::minutes(1)).await;
    for who in ["Ada", "Tab"] {
        assert!(story.waits(who));
        assert_eq!(story.finish(who).await.status, StatusCode::OK);
        assert!(!story.waits(who));
    }
    story.steal("Ada", "Mallory");
    story.close("Tab");
    assert!(story.cookies("Ada").is_empty());
    assert!(!story.cookies("Mallory").is_empty(), "a copy");
    let tabs = ["Ada", "Tab", "Mallory"].map(|who| story.tab_of(who));
    assert_eq!(tabs, [None, Some("Ada"), None]);
    let line = "Tab shares Ada's cookies.";
    assert!(story.script().lines().any(|told| told == line));
    assert_eq!(Deed::parse(line).expect("a line").to_string(), line);
}

#[tokio::test]
async fn a_server_that_has_no_keys_is_not_changed() {
    let (mut story, _) = conversation("No keys");
    assert_eq!(story.keys(), []);
    for (server, why) in [
        (0, "there is no server 0"),
        (1, "there is no server here that learns of the new key"),
        (2, "there is no server 2"),
    ] {
        let line = format!("Server {server} learns of the new key.");
        let deed = Deed::parse(&line).expect("a line");
        assert_eq!(deed.to_string(), line);
        assert_eq!(story.perform(deed, |_| None).await, Err(why.to_owned()));
    }
    assert!(!story.script().contains("learns"), "nothing has happened");
}

#[tokio::test]
#[should_panic = "the answer came without a call of delete"]
async fn a_request_waits_for_no_call_that_never_comes() {
    let (mut story, _) = conversation("Not so slow");
    story.begin("Ada", "delete", Request::new(Method::GET, "/")).await;
}

#[tokio::test]
async fn a_cross_site_request_leaves_a_strict_cookie_at_home() {
    let (mut story, _) = conversation("Across sites");
    story.get("Ada", "/").await;
    let link = Request::new(axum::http::Method::GET, "/").from(Initiator::CrossSiteLink);
    story.send("Ada", link.header("origin", "https://coffee.example")).await;
    assert_eq!(story.last_calls(), ["create"], "the server sees a stranger");
}

#[tokio::test]
async fn markup_in_an_answer_is_text_in_the_ladder() {
    let app = Router::new().route("/", get(async || Html("<p>&lt;script&gt; &amp; co</p>")));
    let mut story = Conversation::new("\"<i>", app, Watched::new(MemoryStore::default()));
    story.forge("Mallory", "id", "\"><script>");
    story.get("Mallory", "/").await;
    let ladder = story.ladder();
    assert!(!ladder.contains("<script>") && !ladder.contains("<i>"), "{ladder}");
    assert!(ladder.contains("&lt;script&gt; &amp; co"));
    assert!(!ladder.contains("\n\n"), "a blank line would end the figure on the page");
}
