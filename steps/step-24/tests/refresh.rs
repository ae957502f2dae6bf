//! Refresh tokens: two at once, an answer that is lost, and a thief.

use axum::{
    Router,
    http::{Method, StatusCode},
};
use conversation::{Answer as Page, Conversation, Request};
use serde_json::{Value, json};
use step_24::{
    app,
    site::{Site, Tokens},
    watch::Watch,
};
use time::Duration;
use trial::Log;

#[allow(dead_code, reason = "not each test file asks for all of it")]
mod program;
mod told;
use program::{Answer, PASSWORD, orders, refresh, send, sign_in, with};
use told::{Told, ring};

const FORM: &str = "name=Ada&password=a+cup+before+noon";

/// Two servers on one store, where Ada is a member and her browser is signed in, and a
/// program of hers.
struct Play {
    story: Conversation,
    servers: [Router; 2],
    /// The program's refresh token.
    token: String,
}

impl Play {
    async fn begin(title: &str, grace: Duration) -> Self {
        trial::forbid_in_logs(&[PASSWORD]);
        let store = Told::new();
        let tokens = Tokens { grace, ..Tokens::default() };
        let site = Site { tokens, ..Site::default() };
        let servers = [store.server_at(site.clone()), store.server_at(site)];
        let mut story = Conversation::new(title, servers[0].clone(), store);
        story.join(servers[1].clone());
        story.answers(1);
        story.post("Ada", "/register", FORM).await;
        let given = sign_in(&servers[0], "Ada", PASSWORD).await;
        let token = given.text("refresh_token");
        Self { story, servers, token }
    }

    /// One of the servers is asked for the next tokens.
    async fn refresh(&self, server: usize, token: &str) -> Answer {
        refresh(&self.servers[server], token).await
    }

    /// The next token of a program that is in.
    async fn next(&self, token: &str) -> String {
        let answer = self.refresh(0, token).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.text("refresh_token")
    }

    async fn is_in(&self, token: &str) -> bool {
        self.refresh(1, token).await.status == StatusCode::OK
    }

    /// How many sessions Ada has: her browser's, and that of her program if it is in.
    fn sessions(&self) -> usize {
        self.story.rows().len()
    }

    /// The form of Ada's browser at this path.
    async fn submit(&mut self, path: &str, fields: &str) -> Page {
        let page = self.story.get("Ada", "/").await.body;
        let (_, token) =
            page.split_once(r#"name="token" value=""#).expect("a form");
        let token = token.split('"').next().unwrap_or_default();
        self.story.post("Ada", path, &format!("token={token}&{fields}")).await
    }
}

/// A request to refresh, as a program sends it.
fn asks(token: &str) -> Request {
    Request::new(Method::POST, "/api/tokens/refresh")
        .header("authorization", &format!("Bearer {token}"))
}

/// The refresh token in an answer.
fn given(answer: &Page) -> String {
    let body: Value = serde_json::from_str(&answer.body).expect("JSON");
    body["refresh_token"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_names_the_next_one() {
    let play = Play::begin("One after the other", Duration::ZERO).await;
    let mut tokens = vec![play.token.clone()];
    for _ in 0..5 {
        tokens.push(play.next(&tokens[tokens.len() - 1]).await);
    }
    let identifier = |token: &String| token.split('.').next().map(str::to_owned);
    let first = identifier(&tokens[0]);
    assert!(tokens.iter().all(|token| identifier(token) == first));
    tokens.dedup();
    assert_eq!(tokens.len(), 6);
    assert_eq!(play.sessions(), 2, "and it is one session");
}

#[tokio::test]
async fn without_a_window_two_tabs_that_refresh_at_once_are_signed_out() {
    let mut play = Play::begin("Two tabs, no window", Duration::ZERO).await;
    let log = Log::default();
    let _guard = log.listen();
    play.story.begin("Tab", "load", asks(&play.token)).await;
    let next = play.refresh(1, &play.token).await;
    assert_eq!(next.status, StatusCode::OK);
    let answer = play.story.finish("Tab").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "and nobody has stolen it");
    assert!(!play.is_in(&next.text("refresh_token")).await, "the other tab is out");
    assert_eq!(play.sessions(), 1, "her browser is still in");
    assert!(log.text().contains("somebody has copied it"), "{}", log.text());
    assert!(!log.text().contains(&play.token), "{}", log.text());
}

#[tokio::test]
async fn with_the_window_both_tabs_get_the_same_token_whichever_is_held_where() {
    for held in ["load", "save"] {
        let mut play = Play::begin("Two tabs", Duration::seconds(10)).await;
        play.story.begin("Tab", held, asks(&play.token)).await;
        let next = play.next(&play.token).await;
        let answer = play.story.finish("Tab").await;
        assert_eq!(answer.status, StatusCode::OK, "{held}: {}", answer.body);
        assert_eq!(given(&answer), next, "{held}");
        assert_eq!(play.sessions(), 2, "{held}");
        assert!(play.is_in(&next).await, "{held}");
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again_for_10_seconds() {
    for (seconds, is_in) in [(9, true), (10, false)] {
        let mut play = Play::begin("A lost answer", Duration::seconds(10)).await;
        let lost = play.next(&play.token).await;
        play.story.pass(Duration::seconds(seconds)).await;
        let answer = play.refresh(1, &play.token).await;
        assert_eq!(answer.status == StatusCode::OK, is_in, "{seconds} s");
        assert_eq!(answer.text("refresh_token") == lost, is_in, "{seconds} s");
        assert_eq!(play.sessions(), 1 + usize::from(is_in), "{seconds} s");
    }
}

/// Whether the member or the thief comes first: nobody can tell, and nobody needs to.
#[tokio::test]
async fn a_theft_puts_both_out_once_both_have_come() {
    let mut play = Play::begin("A theft", Duration::seconds(10)).await;
    let next = play.next(&play.token).await;
    play.story.pass(Duration::seconds(11)).await;
    assert!(!play.is_in(&play.token).await, "who comes later");
    assert!(!play.is_in(&next).await, "and who came first");
    assert_eq!(play.sessions(), 1, "only her browser is in");
}

#[tokio::test]
async fn a_token_older_than_the_last_two_is_a_theft_even_within_the_window() {
    let play = Play::begin("An older one", Duration::seconds(10)).await;
    let last = play.next(&play.next(&play.token).await).await;
    assert!(!play.is_in(&play.token).await);
    assert!(!play.is_in(&last).await);
}

/// As a replica does that takes over before it has heard of everything.
#[tokio::test]
async fn a_store_that_has_lost_a_refresh_puts_nobody_out() {
    let store = Told::new();
    let server = store.server();
    let mut story = Conversation::new("Lost", server.clone(), store.clone());
    story.post("Ada", "/register", FORM).await;
    let given = sign_in(&server, "Ada", PASSWORD).await;
    let before = store.inner().copy();
    let next = refresh(&server, &given.text("refresh_token")).await;
    let server =
        app(before.clone(), ring(), before, Site::default(), Watch::default());
    let again = refresh(&server, &next.text("refresh_token")).await;
    assert_eq!(again.status, StatusCode::OK, "{again:?}");
}

/// A thief who comes within the window gets what the member gets. Both go on until they come
/// further apart.
#[tokio::test]
async fn hole_a_theft_within_the_window_is_noticed_later() {
    let mut play = Play::begin("Within the window", Duration::seconds(10)).await;
    let adas = play.next(&play.token).await;
    play.story.pass(Duration::seconds(9)).await;
    let mallorys = play.next(&play.token).await;
    assert_eq!(adas, mallorys, "nobody can tell them apart");
    play.story.pass(Duration::minutes(5)).await;
    let mallorys = play.next(&mallorys).await;
    play.story.pass(Duration::minutes(5)).await;
    assert!(!play.is_in(&adas).await);
    assert!(!play.is_in(&mallorys).await, "and now both are out");
}

/// Nothing comes twice where the member does not come any more.
#[tokio::test]
async fn hole_a_thief_who_alone_refreshes_stays_in_for_a_week() {
    let mut play =
        Play::begin("The phone is in a drawer", Duration::seconds(10)).await;
    let mut token = play.token.clone();
    for _ in 0..6 {
        play.story.pass(Duration::days(1)).await;
        token = play.next(&token).await;
    }
    play.story.pass(Duration::days(1)).await;
    let answer = play.refresh(0, &token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "then the password is old");
    assert!(answer.text("detail").starts_with("Sign in again"), "{answer:?}");
}

#[tokio::test]
async fn a_password_that_is_a_week_old_is_asked_for_again() {
    let mut play = Play::begin("A week", Duration::seconds(10)).await;
    play.story.pass(step_24::step_up::STALE - Duration::minutes(1)).await;
    let token = play.next(&play.token).await;
    play.story.pass(Duration::minutes(1)).await;
    let answer = play.refresh(0, &token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let given = sign_in(&play.servers[0], "Ada", PASSWORD).await;
    assert_eq!(given.status, StatusCode::OK);
}

#[tokio::test]
async fn whatever_ends_the_session_ends_the_refresh_token() {
    let ends = [
        ("/devices/end-others", ""),
        ("/password", "password=a+cup+before+noon&new=two+cups+at+four"),
    ];
    for (path, fields) in ends {
        let mut play = Play::begin("An ending", Duration::seconds(10)).await;
        let answer = play.submit(path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.text);
        assert_eq!(play.sessions(), 1, "{path}");
        assert!(!play.is_in(&play.token).await, "{path}");
    }
}

/// What is saved before the session ends has its answer, and that is worth nothing.
#[tokio::test]
async fn a_refresh_that_is_held_beside_an_ending_gives_nothing_that_lasts() {
    let endings = [
        ("/devices/end-others", ""),
        ("/password", "password=a+cup+before+noon&new=two+cups+at+four"),
    ];
    for (held, (path, fields)) in
        ["load", "save"].into_iter().flat_map(|held| endings.map(|it| (held, it)))
    {
        let mut play = Play::begin("Beside an ending", Duration::seconds(10)).await;
        play.story.begin("Tab", held, asks(&play.token)).await;
        play.story.answers(2);
        let ended = play.submit(path, fields).await;
        assert_eq!(ended.status, StatusCode::SEE_OTHER, "{path}");
        let answer = play.story.finish("Tab").await;
        assert_eq!(answer.status.is_success(), held == "save", "{path} {held}");
        assert_eq!(play.sessions(), 1, "{path} {held}: only her browser is in");
        for token in [play.token.clone(), given(&answer)] {
            assert!(!play.is_in(&token).await, "{path} {held}");
        }
    }
}

#[tokio::test]
async fn a_program_that_ends_its_session_ends_it_beside_a_refresh_too() {
    for held in ["load", "save"] {
        let mut play = Play::begin("Beside its end", Duration::seconds(10)).await;
        play.story.begin("Tab", held, asks(&play.token)).await;
        let path = "/api/tokens/end";
        let ended = with(&play.servers[1], Method::POST, path, &play.token).await;
        assert_eq!(ended.status, StatusCode::NO_CONTENT);
        let answer = play.story.finish("Tab").await;
        assert_eq!(answer.status.is_success(), held == "save", "{held}");
        for token in [play.token.clone(), given(&answer)] {
            assert!(!play.is_in(&token).await, "{held}");
        }
    }
}

/// A sign-in gives the session another identifier, of which another tab has not heard.
#[tokio::test]
async fn a_program_ends_its_session_though_it_has_signed_in_again_meanwhile() {
    let play = Play::begin("Signed in again", Duration::seconds(10)).await;
    let bearer = format!("Bearer {}", play.token);
    let body = json!({ "name": "Ada", "password": PASSWORD });
    let headers = [("authorization", bearer.as_str())];
    let server = &play.servers[0];
    let again = send(server, Method::POST, "/api/tokens", &headers, body).await;
    assert_eq!(again.status, StatusCode::OK);
    let path = "/api/tokens/end";
    let ended = with(&play.servers[1], Method::POST, path, &play.token).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert!(!play.is_in(&again.text("refresh_token")).await);
    assert_eq!(play.sessions(), 1, "only her browser is in");
}

#[tokio::test]
async fn the_page_of_devices_shows_the_program_and_ends_it() {
    let mut play = Play::begin("Devices", Duration::seconds(10)).await;
    let page = play.story.get("Ada", "/devices").await;
    assert!(page.text.contains("Some program on Linux"), "{}", page.text);
    let (_, handle) =
        page.body.split_once(r#"name="handle" value=""#).expect("two");
    let (_, handle) =
        handle.split_once(r#"name="handle" value=""#).expect("the program's");
    let handle = handle.split('"').next().unwrap_or_default();
    play.submit("/devices/end", &format!("handle={handle}")).await;
    assert!(!play.is_in(&play.token).await);
    assert_eq!(play.sessions(), 1);
}

#[tokio::test]
async fn no_other_text_is_a_refresh_token() {
    let mut play = Play::begin("Forged", Duration::seconds(10)).await;
    let cookie = play.story.cookies("Ada")[0].value.clone();
    let parts: Vec<&str> = play.token.split('.').collect();
    let [id, generation, signature] = parts[..] else { panic!("{parts:?}") };
    let rows = play.story.rows();
    for forged in [
        String::new(),
        id.to_owned(),
        format!("{id}.{generation}"),
        format!("{id}.{generation}."),
        format!("{id}.2.{signature}"),
        format!("{id}.{generation}.{signature}."),
        format!("{id}.{generation}.{signature}="),
        format!(".{id}.{generation}.{signature}"),
        format!("{id}.0{generation}.{signature}"),
        format!("{signature}.{generation}.{id}"),
        format!(
            "{}.{generation}.{signature}",
            tower_sessions::session::Id::default()
        ),
        "x".repeat(100_000),
        cookie,
    ] {
        let answer = play.refresh(0, &forged).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{forged}");
        let asked = answer.header("www-authenticate");
        assert_eq!(asked, r#"Bearer error="invalid_token""#, "{forged}");
        assert_eq!(play.story.rows(), rows, "{forged}: nobody is out by it");
    }
    assert!(play.is_in(&play.token).await);
}

/// Each is signed for its own purpose.
#[tokio::test]
async fn a_refresh_token_is_no_cookie_and_no_access_token() {
    let mut play = Play::begin("For another purpose", Duration::seconds(10)).await;
    let access = orders(&play.servers[0], &play.token).await;
    assert_eq!(access.status, StatusCode::UNAUTHORIZED);
    let id = play.token.split('.').next().expect("an identifier").to_owned();
    for cookie in [play.token.clone(), id] {
        play.story.give("Mallory", "__Host-id", &cookie);
        let page = play.story.get("Mallory", "/member").await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{cookie}");
    }
}

/// What a browser adds by itself: no page of another origin can do anything with it.
#[tokio::test]
async fn a_cookie_counts_for_nothing_where_programs_ask() {
    let mut play = Play::begin("A cookie", Duration::seconds(10)).await;
    let rows = play.story.rows();
    for path in ["/api/tokens/refresh", "/api/tokens/end"] {
        let answer = play.story.send("Ada", Request::new(Method::POST, path)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        let asked = answer.header("www-authenticate");
        assert_eq!(asked, Some(r#"Bearer realm="shop""#), "{path}");
        assert_eq!(answer.header("set-cookie"), None, "{path}");
        let answer = play.story.send("Ada", asks(&play.token)).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("set-cookie"), None, "{path}");
    }
    assert_eq!(play.story.rows().len(), rows.len());
    assert_eq!(play.story.get("Ada", "/member").await.status, StatusCode::OK);
}
