//! The way to another place, and the way back.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{self, Method, StatusCode},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use conversation::{Answer, Conversation, Initiator, Request};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use step_24::{
    accounts::{Account, Accounts},
    provider::{Agreed, Provider, Silence, Subject},
    site::Site,
};
use time::{Duration, OffsetDateTime};
use tokio::{net::TcpListener, task::JoinSet};
use tower::ServiceExt;
use trial::Log;
use url::Url;

mod other_places;
mod told;
use other_places::other_places;
use told::Told;

const PASSWORD: &str = "a+cup+before+noon";

fn conversation(title: &str) -> Conversation {
    trial::forbid_in_logs(&["a cup before noon"]);
    let store = Told::new();
    Conversation::new(title, store.server(), store)
}

fn location(answer: &Answer) -> &str {
    answer.header("location").unwrap_or_default()
}

/// The value of the field of this name in the form of a page.
fn field(page: &str, name: &str) -> Option<String> {
    let start = format!(r#"name="{name}" value=""#);
    let (_, rest) = page.split_once(&start)?;
    Some(rest.split('"').next()?.replace("&amp;", "&"))
}

/// A text as a field of a form, or of an address, carries it.
fn encoded(text: &str) -> String {
    serde_urlencoded::to_string([("next", text)]).expect("text")
}

/// `who` fills in the form of the page at `path`, whatever that hides in it.
async fn fill_in(story: &mut Conversation, who: &str, path: &str) -> Answer {
    let page = story.get(who, path).await.body;
    let (next, token) = (field(&page, "next"), field(&page, "token"));
    let fields = format!(
        "token={}&{}&name={who}&password={PASSWORD}",
        token.unwrap_or_default(),
        encoded(&next.unwrap_or_default())
    );
    let path = path.split('?').next().unwrap_or_default();
    story.post(who, path, &fields).await
}

#[tokio::test]
async fn no_address_leads_a_member_to_another_server() {
    for place in other_places() {
        let mut story = conversation("An open redirect");
        let next = encoded(&place);
        let page = format!("/register?{next}");
        let answer = fill_in(&mut story, "Ada", &page).await;
        assert_eq!(location(&answer), "/member?said=1", "{place:?}");
        story.close("Ada");
        let answer = fill_in(&mut story, "Ada", &format!("/sign-in?{next}")).await;
        assert_eq!(location(&answer), "/member?said=1", "{place:?}");
        // Mallory needs no page of ours for the field.
        story.close("Ada");
        let fields = format!("name=Ada&password={PASSWORD}&{next}");
        let answer = story.post("Ada", "/sign-in", &fields).await;
        assert_eq!(location(&answer), "/member?said=1", "{place:?}");
        let page = story.get("Ada", &format!("/sign-in?{next}")).await.body;
        assert!(!page.contains("mallory"), "{place:?}: {page}");
    }
}

/// Each text of up to four of these characters, in front of a server's name.
fn prefixes() -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..4 {
        let longer = |text: &String| {
            "/\\.:@\t%".chars().map(|it| format!("{text}{it}")).collect::<Vec<_>>()
        };
        last = last.iter().flat_map(longer).collect();
        all.extend(last.clone());
    }
    all
}

#[tokio::test]
async fn a_browser_takes_no_address_that_goes_through_for_another_servers() {
    let mut story = conversation("What a browser makes of it");
    let here = Url::parse("http://localhost:8080/sign-in").expect("an address");
    let mut elsewhere = 0;
    for prefix in prefixes() {
        let place = format!("{prefix}mallory.example");
        let is_here = |place: &str| {
            here.join(place).is_ok_and(|it| it.origin() == here.origin())
        };
        elsewhere += usize::from(!is_here(&place));
        let page =
            story.get("Ada", &format!("/sign-in?{}", encoded(&place))).await.body;
        let next = field(&page, "next").expect("a field");
        assert!(is_here(&next), "{place:?}: {next}");
    }
    assert!(elsewhere > 300, "of which a browser leaves for {elsewhere}");
}

#[tokio::test]
async fn who_signs_in_goes_on_with_what_was_asked_for() {
    let mut story = conversation("The way back");
    let answer = story.get("Ada", "/devices?page=2&of=3").await;
    assert_eq!(location(&answer), "/sign-in?next=%2Fdevices%3Fpage%3D2%26of%3D3");
    let page = story.get("Ada", location(&answer)).await.body;
    let (_, link) = page.split_once(r#"<a href="/register"#).expect("a link");
    let link = format!("/register{}", link.split('"').next().expect("its end"));
    let answer = fill_in(&mut story, "Ada", &link).await;
    assert_eq!(location(&answer), "/devices?page=2&of=3&said=1");
    story.close("Ada");
    let answer = story.get("Ada", "/password").await;
    let sign_in = location(&answer).to_owned();
    let next = "next=%2Fpassword";
    assert_eq!(sign_in, format!("/sign-in?{next}"));
    let wrong = format!("name=Ada&password=wrong+wrong&{next}");
    let page = story.post("Ada", "/sign-in", &wrong).await.body;
    assert_eq!(field(&page, "next").as_deref(), Some("/password"));
    let answer = fill_in(&mut story, "Ada", &sign_in).await;
    assert_eq!(location(&answer), "/password?said=1");
}

#[tokio::test]
async fn a_form_of_a_stranger_leads_back_to_its_page_and_is_not_sent_again() {
    let mut story = conversation("A form of a stranger");
    for (form, page) in [
        ("/checkout", "/sign-in?next=%2F"),
        ("/devices/end", "/sign-in?next=%2Fdevices"),
        ("/devices/end-others", "/sign-in?next=%2Fdevices"),
        ("/administrator/end-all", "/sign-in?next=%2Fadministrator"),
        ("/confirm", "/sign-in"),
    ] {
        let fields = "order=&handle=x&name=Ada&password=x";
        let answer = story.post("Ada", form, fields).await;
        assert_eq!(location(&answer), page, "{form}");
    }
}

#[tokio::test]
async fn an_address_that_is_said_twice_leads_nowhere() {
    let mut story = conversation("Twice");
    for query in ["next=/devices&next=//mallory.example", "next", "x=1", "next=%"] {
        let page = story.get("Ada", &format!("/sign-in?{query}")).await;
        assert_eq!(
            field(&page.body, "next").as_deref(),
            Some("/member"),
            "{query}"
        );
    }
    let answer = story.get("Ada", "/confirm?then=devices").await;
    assert_eq!(location(&answer), "/sign-in?next=%2Fdevices");
}

#[tokio::test]
async fn a_request_line_with_the_name_of_a_server_leads_to_this_one() {
    let mut story = conversation("A request line");
    let asked = Request::new(Method::GET, "http://mallory.example/devices");
    let answer = story.send("Ada", asked).await;
    assert_eq!(location(&answer), "/sign-in?next=%2Fdevices");
}

/// A provider in this process: who comes is who the test says.
#[derive(Clone, Debug)]
struct Login(Arc<Known>);

#[derive(Debug)]
struct Known {
    agreed: Agreed,
    grants: Mutex<HashMap<String, Grant>>,
    exchanges: AtomicUsize,
    silence: Mutex<Option<Silence>>,
}

#[derive(Clone, Debug)]
struct Grant {
    subject: Subject,
    challenge: String,
}

const ISSUER: &str = "https://login.example";
const BACK: &str = "https://tea.example/signed-in";

impl Login {
    fn new() -> Self {
        let agreed = Agreed {
            issuer: ISSUER.to_owned(),
            client: "tea".to_owned(),
            redirect_uri: BACK.to_owned(),
        };
        let (grants, exchanges, silence) = Default::default();
        Self(Arc::new(Known { agreed, grants, exchanges, silence }))
    }

    /// What somebody brings home who is led to this address, and is `subject` there.
    fn visit(&self, address: &str, subject: &str) -> Brought {
        self.visit_proven(address, subject, Duration::ZERO)
    }

    /// The same, of somebody who has proven it so long ago.
    fn visit_proven(&self, address: &str, subject: &str, ago: Duration) -> Brought {
        let asked = query_of(address);
        assert!(address.starts_with(&format!("{ISSUER}/authorize?")), "{address}");
        assert_eq!(asked["redirect_uri"], BACK);
        assert_eq!(
            (&*asked["response_type"], &*asked["client_id"]),
            ("code", "tea")
        );
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut grants = self.0.grants.lock().expect("nobody has panicked");
        let code = format!("a-code-{}", grants.len() + 1);
        let proven = OffsetDateTime::now_utc() - ago;
        let subject = Subject { name: subject.to_owned(), proven };
        let challenge = asked["code_challenge"].clone();
        grants.insert(code.clone(), Grant { subject, challenge });
        Brought { code, state: asked["state"].clone(), iss: ISSUER.to_owned() }
    }

    fn is_silent(&self, why: Option<Silence>) {
        *self.0.silence.lock().expect("nobody has panicked") = why;
    }

    fn exchanges(&self) -> usize {
        self.0.exchanges.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Provider for Login {
    fn agreed(&self) -> &Agreed {
        &self.0.agreed
    }

    async fn exchange(
        &self,
        code: &str,
        verifier: &str,
    ) -> Result<Subject, Silence> {
        self.0.exchanges.fetch_add(1, Ordering::SeqCst);
        if let Some(why) =
            self.0.silence.lock().expect("nobody has panicked").clone()
        {
            return Err(why);
        }
        let mut grants = self.0.grants.lock().expect("nobody has panicked");
        let grant = grants.remove(code).ok_or(Silence::Refused)?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        if challenge != grant.challenge {
            return Err(Silence::Refused);
        }
        Ok(grant.subject)
    }
}

/// What a browser brings back from the provider.
#[derive(Clone, Debug)]
struct Brought {
    code: String,
    state: String,
    iss: String,
}

impl Brought {
    fn fields(&self) -> String {
        let fields =
            [("code", &self.code), ("state", &self.state), ("iss", &self.iss)];
        serde_urlencoded::to_string(fields).expect("text")
    }

    fn path(&self) -> String {
        format!("/signed-in?{}", self.fields())
    }
}

fn query_of(address: &str) -> HashMap<String, String> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    serde_urlencoded::from_str(query).expect("pairs")
}

/// The shop at `https://tea.example`, with a provider.
fn shop(title: &str) -> (Conversation, Login) {
    let (story, login, _) = shop_and_store(title);
    (story, login)
}

fn shop_and_store(title: &str) -> (Conversation, Login, Told) {
    trial::forbid_in_logs(&["a cup before noon", "a-code-"]);
    let (store, login) = (Told::new(), Login::new());
    let site = Site {
        origin: Some("https://tea.example".parse().expect("an origin")),
        provider: Some(Arc::new(login.clone())),
        ..Site::default()
    };
    let app = store.server_at(site);
    let story = Conversation::new(title, app, store.clone());
    (story.at("https://tea.example"), login, store)
}

/// `who` presses the button of the page at `path`, and is led to the provider.
async fn leave(story: &mut Conversation, who: &str, path: &str) -> String {
    let page = story.get(who, path).await.body;
    let form = if path.starts_with("/confirm") {
        "/confirm/elsewhere"
    } else {
        "/sign-in/elsewhere"
    };
    let (_, form_of_it) =
        page.split_once(&format!(r#"action="{form}""#)).expect("a form");
    let fields: Vec<String> = ["token", "next", "then"]
        .into_iter()
        .filter_map(|name| Some((name, field(form_of_it, name)?)))
        .map(|pair| serde_urlencoded::to_string([pair]).expect("text"))
        .collect();
    let answer = story.post(who, form, &fields.join("&")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    location(&answer).to_owned()
}

/// `who` follows the link that the provider's answer is.
async fn follow(story: &mut Conversation, who: &str, path: &str) -> Answer {
    let link = Request::new(Method::GET, path).from(Initiator::CrossSiteLink);
    story.send(who, link).await
}

/// `who` sends the form that the provider's answer is.
async fn follow_form(
    story: &mut Conversation,
    who: &str,
    brought: &Brought,
) -> Answer {
    let form = Request::new(Method::POST, "/signed-in")
        .form(&brought.fields())
        .header("origin", ISSUER)
        .header("sec-fetch-site", "cross-site")
        .from(Initiator::CrossSiteForm);
    story.send(who, form).await
}

/// `who` signs in as `subject` of the provider.
async fn sign_in_as(
    story: &mut Conversation,
    login: &Login,
    who: &str,
    subject: &str,
) -> Answer {
    let address = leave(story, who, "/sign-in").await;
    let brought = login.visit(&address, subject);
    follow(story, who, &brought.path()).await
}

async fn member(story: &mut Conversation, who: &str) -> Option<String> {
    let page = story.get(who, "/").await.text;
    let (_, name) = page.split_once("You are ")?;
    Some(name.split_once(".\n").map_or(name, |(name, _)| name).to_owned())
}

#[tokio::test]
async fn the_provider_signs_in_and_the_basket_is_kept_under_another_identifier() {
    let (mut story, login) = shop("There and back");
    story.post("Ada", "/basket", "tea=oolong").await;
    let before = story.cookies("Ada");
    let address = leave(&mut story, "Ada", "/sign-in?next=%2Fdevices").await;
    let brought = login.visit(&address, "ada");
    let answer = follow(&mut story, "Ada", &brought.path()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert!(location(&answer).starts_with("/devices?said="));
    assert_ne!(story.cookies("Ada"), before, "another identifier");
    assert_eq!(story.rows().len(), 1, "and the one of before is gone");
    assert!(!story.rows()[0].data.contains("verifier"), "nor is the way");
    assert_eq!(
        member(&mut story, "Ada").await.as_deref(),
        Some("ada@login.example")
    );
    assert!(story.get("Ada", "/").await.text.contains("1 × Oolong"));
}

/// Whoever has this open goes on with what was there: nobody is signed in.
async fn nobody_comes_in(story: &mut Conversation, who: &str, brought: &Brought) {
    let (before, name) = (story.cookies(who), member(story, who).await);
    let link = follow(story, who, &brought.path()).await;
    assert_eq!(link.status, StatusCode::BAD_REQUEST, "{}", link.text);
    assert_eq!(link.header("set-cookie"), None);
    let form = follow_form(story, who, brought).await;
    assert_eq!(form.header("set-cookie"), None);
    let link = follow(story, who, location(&form)).await;
    assert_eq!(link.status, StatusCode::BAD_REQUEST, "{}", link.text);
    assert_eq!(story.cookies(who), before);
    assert_eq!(member(story, who).await, name);
}

#[tokio::test]
async fn a_way_back_of_mallory_signs_ada_in_nowhere() {
    let (mut story, login) = shop("A login CSRF");
    story.attacker("Mallory");
    let address = leave(&mut story, "Mallory", "/sign-in").await;
    let mallorys = login.visit(&address, "mallory");
    nobody_comes_in(&mut story, "Ada", &mallorys).await;
    story.post("Ada", "/basket", "tea=oolong").await;
    nobody_comes_in(&mut story, "Ada", &mallorys).await;
    let address = leave(&mut story, "Ada", "/sign-in").await;
    nobody_comes_in(&mut story, "Ada", &mallorys).await;
    let adas = login.visit(&address, "ada");
    // Her own way with the code of Mallory's, who then would see what she orders.
    let mixed = Brought { code: mallorys.code.clone(), ..adas.clone() };
    let answer = follow(&mut story, "Ada", &mixed.path()).await;
    assert_eq!(
        answer.status,
        StatusCode::BAD_REQUEST,
        "its verifier is another one"
    );
    assert_eq!(member(&mut story, "Ada").await, None);
    sign_in_as(&mut story, &login, "Ada", "ada").await;
    assert!(member(&mut story, "Ada").await.is_some());
    nobody_comes_in(&mut story, "Ada", &mallorys).await;
    assert!(story.get("Ada", "/").await.text.contains("1 × Oolong"));
}

#[tokio::test]
async fn a_code_of_ada_that_mallory_has_seen_is_nothing_to_her() {
    let (mut story, login) = shop("A stolen code");
    story.attacker("Mallory");
    let address = leave(&mut story, "Ada", "/sign-in").await;
    let adas = login.visit(&address, "ada");
    nobody_comes_in(&mut story, "Mallory", &adas).await;
    let mallorys = leave(&mut story, "Mallory", "/sign-in").await;
    nobody_comes_in(&mut story, "Mallory", &adas).await;
    let state = query_of(&mallorys)["state"].clone();
    let mixed = Brought { state, ..adas.clone() };
    let answer = follow(&mut story, "Mallory", &mixed.path()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(member(&mut story, "Mallory").await, None);
}

#[tokio::test]
async fn a_way_back_is_good_once() {
    let (mut story, login) = shop("Twice");
    let address = leave(&mut story, "Ada", "/sign-in").await;
    let brought = login.visit(&address, "ada");
    follow(&mut story, "Ada", &brought.path()).await;
    nobody_comes_in(&mut story, "Ada", &brought).await;
    // Nor after she has signed out.
    let token = field(&story.get("Ada", "/").await.body, "token").expect("a token");
    story.post("Ada", "/sign-out", &format!("token={token}")).await;
    nobody_comes_in(&mut story, "Ada", &brought).await;
    assert_eq!(login.exchanges(), 1);
}

#[tokio::test]
async fn of_two_ways_that_one_session_has_begun_the_last_one_counts() {
    let (mut story, login) = shop("Two tabs");
    let first = leave(&mut story, "Ada", "/sign-in").await;
    let second = leave(&mut story, "Ada", "/sign-in").await;
    let [first, second] = [first, second].map(|it| login.visit(&it, "ada"));
    nobody_comes_in(&mut story, "Ada", &first).await;
    follow(&mut story, "Ada", &second.path()).await;
    assert!(member(&mut story, "Ada").await.is_some());
}

#[tokio::test]
async fn a_way_takes_ten_minutes_at_most() {
    for (minutes, is_in) in [(9.5, true), (10.5, false)] {
        let (mut story, login) = shop("A long way");
        let address = leave(&mut story, "Ada", "/sign-in").await;
        let brought = login.visit(&address, "ada");
        story.pass(Duration::seconds_f64(minutes * 60.0)).await;
        let answer = follow(&mut story, "Ada", &brought.path()).await;
        let status =
            if is_in { StatusCode::SEE_OTHER } else { StatusCode::BAD_REQUEST };
        assert_eq!(answer.status, status, "{minutes}");
        assert_eq!(member(&mut story, "Ada").await.is_some(), is_in);
    }
}

#[tokio::test]
async fn who_comes_from_another_provider_or_from_nowhere_is_not_let_in() {
    let (mut story, login) = shop("A mix-up");
    for iss in
        ["", "https://login.example/", "https://mallory.example", "login.example"]
    {
        let address = leave(&mut story, "Ada", "/sign-in").await;
        let brought = login.visit(&address, "ada");
        let brought = Brought { iss: iss.to_owned(), ..brought };
        let answer = follow(&mut story, "Ada", &brought.path()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{iss}");
        assert_eq!(member(&mut story, "Ada").await, None);
    }
    let address = leave(&mut story, "Ada", "/sign-in").await;
    let Brought { code, state, iss } = login.visit(&address, "ada");
    for query in [
        String::new(),
        format!("code={code}"),
        format!("state={state}&state={state}&code={code}&iss={iss}"),
        format!("state=&code={code}&iss={iss}"),
        format!("state={}&code={code}&iss={iss}", &state[1..]),
        format!("state={}&code={code}&iss={iss}", state.to_uppercase()),
        format!("state={state}x&code={code}&iss={iss}"),
    ] {
        let answer =
            follow(&mut story, "Ada", &format!("/signed-in?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(story.rows()[0].data.contains(&state), "it is still good: {query}");
    }
    for (query, name) in [
        (format!("state={state}&code={code}"), "no issuer"),
        (format!("state={state}&iss={iss}"), "no code"),
        (format!("state={state}&iss={iss}&error=access_denied"), "refused"),
        (format!("state={state}&iss={iss}&error=x&code={code}"), "both"),
    ] {
        let address = leave(&mut story, "Ada", "/sign-in").await;
        let mine = login.visit(&address, "ada");
        let query = query.replace(&state, &mine.state).replace(&code, &mine.code);
        let answer =
            follow(&mut story, "Ada", &format!("/signed-in?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
        assert!(!story.rows()[0].data.contains(&mine.state), "{name}");
        assert_eq!(member(&mut story, "Ada").await, None, "{name}");
    }
    assert_eq!(login.exchanges(), 0);
}

#[tokio::test]
async fn a_form_from_the_provider_loses_no_session_and_makes_none() {
    let (mut story, login) = shop("A form from elsewhere");
    story.post("Ada", "/basket", "tea=oolong").await;
    let address = leave(&mut story, "Ada", "/sign-in").await;
    let brought = login.visit(&address, "ada");
    let (rows, cookies) = (story.rows(), story.cookies("Ada"));
    let answer = follow_form(&mut story, "Ada", &brought).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(location(&answer), brought.path());
    assert!(story.last_calls().is_empty(), "nothing is asked of the store");
    assert_eq!((story.rows(), story.cookies("Ada")), (rows, cookies));
    let path = location(&answer).to_owned();
    follow(&mut story, "Ada", &path).await;
    assert_eq!(
        member(&mut story, "Ada").await.as_deref(),
        Some("ada@login.example")
    );
    assert!(story.get("Ada", "/").await.text.contains("1 × Oolong"));
}

#[tokio::test]
async fn a_form_from_elsewhere_leads_nowhere_but_to_the_page_for_it() {
    let (mut story, _) = shop("Any form");
    for (form, status) in [
        ("", StatusCode::BAD_REQUEST),
        ("code=x", StatusCode::BAD_REQUEST),
        ("state=x&state=y", StatusCode::BAD_REQUEST),
        ("state=%0d%0aSet-Cookie:+x", StatusCode::SEE_OTHER),
        ("state=//mallory.example&next=//mallory.example", StatusCode::SEE_OTHER),
        (&format!("state={}", "%0a".repeat(1_020)), StatusCode::SEE_OTHER),
        (&format!("state={}", "%0a".repeat(1_030)), StatusCode::BAD_REQUEST),
    ] {
        let brought = Request::new(Method::POST, "/signed-in").form(form);
        let answer = story.send("Mallory", brought.header("origin", "null")).await;
        assert_eq!(answer.status, status, "{form}");
        let leads_back = location(&answer).starts_with("/signed-in?state=");
        assert_eq!(leads_back, status.is_redirection(), "{form}");
        assert!(!location(&answer).contains("next"));
        assert!(story.rows().is_empty() && story.cookies("Mallory").is_empty());
    }
}

#[tokio::test]
async fn nobody_registers_a_name_that_a_provider_gives() {
    let (mut story, _) = shop("A name that waits");
    for name in
        ["ada@login.example", "ada＠login.example", "ada﹫login.example", "a@"]
    {
        let name = serde_urlencoded::to_string([("name", name)]).expect("text");
        let fields = format!("{name}&password={PASSWORD}");
        let answer = story.post("Mallory", "/register", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
}

/// A name with an `@` may be as old as the accounts of the chapters before.
#[tokio::test]
async fn an_account_with_a_password_is_nobodys_whom_a_provider_names() {
    for waiting in ["ada@login.example", "ADA@login.example"] {
        let (mut story, login, store) = shop_and_store("An account that waits");
        story.attacker("Mallory");
        fill_in(&mut story, "Mallory", "/register").await;
        let account = store.find("Mallory").await.expect("it answers");
        let hash = account.expect("it is there").password_hash;
        let account = Account::new(waiting.to_owned(), hash);
        assert!(store.add(account).await.expect("it answers"));
        let answer = sign_in_as(&mut story, &login, "Ada", "ada").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{waiting}");
        assert_eq!(member(&mut story, "Ada").await, None);
        // Whoever has the password is who has been there all the time.
        story.close("Mallory");
        let name = waiting.replace('@', "%40");
        let fields = format!("name={name}&password={PASSWORD}");
        story.post("Mallory", "/sign-in", &fields).await;
        assert_eq!(member(&mut story, "Mallory").await.as_deref(), Some(waiting));
    }
}

#[tokio::test]
async fn no_password_opens_the_account_of_whom_a_provider_names() {
    let (mut story, login) = shop("No password");
    sign_in_as(&mut story, &login, "Ada", "ada").await;
    for password in ["", "a+cup+before+noon"] {
        let fields = format!("name=ada%40login.example&password={password}");
        let answer = story.post("Mallory", "/sign-in", &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{password}");
        let token = field(&story.get("Ada", "/").await.body, "token");
        let fields =
            format!("token={}&password={password}", token.expect("a token"));
        let answer = story.post("Ada", "/confirm", &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{password}");
        let fields = format!("{fields}&new=a+cup+after+noon");
        let answer = story.post("Ada", "/password", &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{password}");
    }
}

#[tokio::test]
async fn whose_account_is_disabled_does_not_come_in_by_the_provider_either() {
    let (mut story, login, store) = shop_and_store("Disabled");
    sign_in_as(&mut story, &login, "Ada", "ada").await;
    let row = story.rows().pop().expect("a session");
    let by = row.id.parse().expect("a name");
    let ended = store.disable(&by, "ada@login.example").await.expect("it answers");
    assert_eq!(ended, Some(0), "it is the one that asks");
    assert_eq!(member(&mut story, "Ada").await, None, "and it is out");
    let answer = sign_in_as(&mut story, &login, "Ada", "ada").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(member(&mut story, "Ada").await, None);
}

#[tokio::test]
async fn whom_a_provider_names_so_that_nobody_can_be_called_it_is_nobody() {
    let long = "a".repeat(128);
    for subject in ["", "@", "\nadministrator", "\u{430}da", &long, "<b>"] {
        let (mut story, login) = shop("A strange name");
        let answer = sign_in_as(&mut story, &login, "Ada", subject).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{subject:?}");
        assert_eq!(member(&mut story, "Ada").await, None);
    }
    // What is an administrator's here is none's there.
    let (mut story, login, store) = shop_and_store("An administrator elsewhere");
    let account = Account::administrator("a cup before noon".to_owned()).await;
    store.add(account.expect("an account")).await.expect("it answers");
    sign_in_as(&mut story, &login, "Mallory", "administrator").await;
    let name = member(&mut story, "Mallory").await;
    assert_eq!(name.as_deref(), Some("administrator@login.example"));
    let page = story.get("Mallory", "/administrator").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_fourth_sign_in_by_the_provider_ends_the_first() {
    let (mut story, login) = shop("Four devices");
    let devices = ["Laptop", "Phone", "Tablet", "Office"];
    for device in devices {
        sign_in_as(&mut story, &login, device, "ada").await;
    }
    let mut there = Vec::new();
    for device in devices {
        there.push(member(&mut story, device).await.is_some());
    }
    assert_eq!(there, [false, true, true, true]);
}

#[tokio::test]
async fn a_provider_that_does_not_say_it_is_a_page_and_a_line_in_the_log() {
    let out = Silence::OutOfReach("connection refused".to_owned());
    let unclear = Silence::Unclear("status 500 from the provider".to_owned());
    for (silence, status, line) in [
        (out, StatusCode::SERVICE_UNAVAILABLE, "the provider is out of reach"),
        (unclear, StatusCode::BAD_GATEWAY, "the provider is not understood"),
        (Silence::Refused, StatusCode::BAD_REQUEST, "does not take the code"),
    ] {
        let (mut story, login) = shop("A silent provider");
        story.post("Ada", "/basket", "tea=oolong").await;
        let address = leave(&mut story, "Ada", "/sign-in").await;
        let brought = login.visit(&address, "ada");
        login.is_silent(Some(silence));
        let log = Log::default();
        let listening = log.listen();
        let answer = follow(&mut story, "Ada", &brought.path()).await;
        assert_eq!(answer.status, status);
        assert!(log.text().contains(line), "{}", log.text());
        for secret in [&brought.code, &brought.state] {
            assert!(!answer.body.contains(secret) && !log.text().contains(secret));
        }
        assert_eq!(member(&mut story, "Ada").await, None);
        drop(listening);
        // She sets out again.
        login.is_silent(None);
        nobody_comes_in(&mut story, "Ada", &brought).await;
        sign_in_as(&mut story, &login, "Ada", "ada").await;
        assert!(story.get("Ada", "/").await.text.contains("1 × Oolong"));
        assert!(member(&mut story, "Ada").await.is_some());
    }
}

#[tokio::test]
async fn a_request_that_is_run_again_brings_the_code_once() {
    for times in [1, 3, 9] {
        let (mut story, login, store) = shop_and_store("Run again");
        story.post("Ada", "/basket", "tea=oolong").await;
        let address = leave(&mut story, "Ada", "/sign-in").await;
        let brought = login.visit(&address, "ada");
        store.inner().others_are_faster(times);
        let answer = follow(&mut story, "Ada", &brought.path()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        assert_eq!(login.exchanges(), 1, "{times}");
        assert!(member(&mut story, "Ada").await.is_some());
    }
}

/// Wherever the other one comes in between.
#[tokio::test]
async fn of_two_requests_with_one_way_back_one_brings_the_code() {
    for verb in ["load", "save", "rotate"] {
        let (mut story, login) = shop("Two at once");
        story.post("Ada", "/basket", "tea=oolong").await;
        let address = leave(&mut story, "Ada", "/sign-in").await;
        let brought = login.visit(&address, "ada");
        story.share("Ada", "Tab");
        let link = Request::new(Method::GET, &brought.path());
        story.begin("Ada", verb, link.from(Initiator::CrossSiteLink)).await;
        let second = follow(&mut story, "Tab", &brought.path()).await;
        let first = story.finish("Ada").await;
        let statuses = [first.status, second.status];
        let is_in = |status: &&StatusCode| status.is_redirection();
        assert_eq!(statuses.iter().filter(is_in).count(), 1, "{verb} {statuses:?}");
        assert_eq!(login.exchanges(), 1, "{verb}");
        assert!(member(&mut story, "Ada").await.is_some(), "{verb}");
    }
}

#[tokio::test]
async fn what_happens_beside_a_way_back_is_not_lost() {
    for verb in ["load", "save"] {
        let (mut story, login) = shop("A packet meanwhile");
        story.post("Ada", "/basket", "tea=oolong").await;
        let token =
            field(&story.get("Ada", "/").await.body, "token").expect("a token");
        let address = leave(&mut story, "Ada", "/sign-in").await;
        let brought = login.visit(&address, "ada");
        story.share("Ada", "Tab");
        let link = Request::new(Method::GET, &brought.path());
        story.begin("Ada", verb, link.from(Initiator::CrossSiteLink)).await;
        let packet = format!("token={token}&tea=assam");
        let other = story.post("Tab", "/basket", &packet).await;
        assert_eq!(other.status, StatusCode::SEE_OTHER, "{verb}");
        let answer = story.finish("Ada").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{verb}");
        assert_eq!(login.exchanges(), 1, "{verb}");
        let page = story.get("Ada", "/").await.text;
        assert!(
            page.contains("1 × Assam") && page.contains("1 × Oolong"),
            "{verb}"
        );
        assert!(page.contains("ada@login.example"), "{verb}");
    }
}

#[tokio::test]
async fn who_signs_out_beside_a_way_back_is_out() {
    for (page, verb) in [
        ("/sign-in", "load"),
        ("/sign-in", "save"),
        ("/confirm", "load"),
        ("/confirm", "save"),
        ("/sign-in", "entries_of"),
        ("/sign-in", "rotate"),
        ("/confirm", "rotate"),
    ] {
        let (mut story, login) = shop("Signed out meanwhile");
        sign_in_as(&mut story, &login, "Ada", "ada").await;
        let token = field(&story.get("Ada", "/").await.body, "token");
        let address = leave(&mut story, "Ada", page).await;
        let brought = login.visit(&address, "ada");
        story.share("Ada", "Tab");
        let link = Request::new(Method::GET, &brought.path());
        story.begin("Ada", verb, link.from(Initiator::CrossSiteLink)).await;
        let fields = format!("token={}", token.expect("a token"));
        story.post("Tab", "/sign-out", &fields).await;
        let answer = story.finish("Ada").await;
        assert!(!answer.status.is_success(), "{page} {verb}");
        assert_eq!(member(&mut story, "Ada").await, None, "{page} {verb}");
        assert!(story.rows().is_empty(), "{page} {verb}");
    }
}

/// One cookie has room for one of them.
#[tokio::test]
async fn of_two_who_sign_in_beside_each_other_one_is_in_and_no_session_is_left() {
    for verb in ["load", "save", "entries_of"] {
        let (mut story, login) = shop("Signed in meanwhile");
        story.post("Ada", "/basket", "tea=oolong").await;
        let address = leave(&mut story, "Ada", "/sign-in").await;
        let brought = login.visit(&address, "ada");
        story.share("Ada", "Tab");
        let link = Request::new(Method::GET, &brought.path());
        story.begin("Ada", verb, link.from(Initiator::CrossSiteLink)).await;
        fill_in(&mut story, "Tab", "/register").await;
        let answer = story.finish("Ada").await;
        assert!(!answer.status.is_success(), "{verb}");
        assert_eq!(story.rows().len(), 1, "{verb}: {}", answer.status);
        assert!(member(&mut story, "Ada").await.is_some(), "{verb}");
    }
}

#[tokio::test]
async fn a_member_without_a_password_confirms_at_the_provider() {
    let (mut story, login) = shop("Once more");
    story.post("Ada", "/basket", "tea=oolong").await;
    sign_in_as(&mut story, &login, "Ada", "ada").await;
    story.pass(Duration::minutes(6)).await;
    let order = |page: &str| {
        let [token, order] = ["token", "order"].map(|name| field(page, name));
        format!("token={}&order={}", token.expect("one"), order.expect("one"))
    };
    let page = story.get("Ada", "/").await.body;
    let answer = story.post("Ada", "/checkout", &order(&page)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let confirm = "/confirm?then=shop";
    assert!(answer.body.contains(confirm));
    let before = story.cookies("Ada");
    let address = leave(&mut story, "Ada", confirm).await;
    let asked = query_of(&address);
    assert_eq!((&*asked["prompt"], &*asked["max_age"]), ("login", "0"));
    let brought = login.visit(&address, "ada");
    let answer = follow(&mut story, "Ada", &brought.path()).await;
    assert!(location(&answer).starts_with("/?said="), "{}", answer.text);
    assert_ne!(story.cookies("Ada"), before, "another identifier");
    let page = story.get("Ada", "/").await.body;
    let answer = story.post("Ada", "/checkout", &order(&page)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(story.get("Ada", "/member").await.text.contains("1 × Oolong"));
}

/// Mallory sits down at Ada's browser, and takes `prompt=login` out of the address.
#[tokio::test]
async fn who_has_proven_it_before_or_is_somebody_else_confirms_nothing() {
    let hour = Duration::HOUR;
    for (subject, ago) in
        [("ada", hour), ("mallory", Duration::ZERO), ("Ada", Duration::ZERO)]
    {
        let (mut story, login) = shop("Not since");
        sign_in_as(&mut story, &login, "Ada", "ada").await;
        story.pass(Duration::minutes(6)).await;
        let address = leave(&mut story, "Ada", "/confirm?then=devices").await;
        let brought = login.visit_proven(&address, subject, ago);
        let answer = follow(&mut story, "Ada", &brought.path()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{subject}");
        let name = member(&mut story, "Ada").await;
        assert_eq!(
            name.as_deref(),
            Some("ada@login.example"),
            "she is who she was"
        );
        let token = field(&story.get("Ada", "/").await.body, "token").expect("one");
        let fields = format!("token={token}");
        let answer = story.post("Ada", "/devices/end-others", &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "nothing is confirmed");
    }
}

/// Mallory sits down at Ada's browser, which is signed in at the provider yet.
#[tokio::test]
async fn who_signs_in_as_somebody_proven_before_has_confirmed_nothing() {
    for ago in [Duration::minutes(6), Duration::days(30)] {
        let (mut story, login) = shop("Still signed in there");
        sign_in_as(&mut story, &login, "Ada", "ada").await;
        story.pass(Duration::minutes(6)).await;
        let address = leave(&mut story, "Ada", "/sign-in").await;
        let brought = login.visit_proven(&address, "ada", ago);
        let answer = follow(&mut story, "Ada", &brought.path()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let token = field(&story.get("Ada", "/").await.body, "token").expect("one");
        let fields = format!("token={token}");
        let answer = story.post("Ada", "/devices/end-others", &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "nothing is confirmed");
        let page = story.get("Ada", "/member").await;
        assert_eq!(page.status, StatusCode::OK, "she is in all the same");
    }
}

/// It has the name of somebody at the provider, and may be as old as the chapters before.
#[tokio::test]
async fn an_account_with_a_password_is_confirmed_by_nothing_else() {
    let (mut story, login, store) = shop_and_store("A password and a provider");
    fill_in(&mut story, "Grace", "/register").await;
    let account = store.find("Grace").await.expect("it answers");
    let hash = account.expect("it is there").password_hash;
    let account = Account::new("ada@login.example".to_owned(), hash);
    assert!(store.add(account).await.expect("it answers"));
    let fields = format!("name=ada%40login.example&password={PASSWORD}");
    story.post("Ada", "/sign-in", &fields).await;
    story.pass(Duration::minutes(6)).await;
    let token = field(&story.get("Ada", "/").await.body, "token").expect("one");
    let fields = format!("token={token}&then=devices");
    let answer = story.post("Ada", "/confirm/elsewhere", &fields).await;
    let brought = login.visit(location(&answer), "ada");
    let answer = follow(&mut story, "Ada", &brought.path()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", location(&answer));
}

/// Mallory knows the state of a way that she has begun in a browser that others use too.
#[tokio::test]
async fn a_way_ends_when_somebody_signs_in_or_registers() {
    for path in ["/register", "/sign-in"] {
        let (mut story, login) = shop("A way that waits");
        if path == "/sign-in" {
            fill_in(&mut story, "Ada", "/register").await;
            story.close("Ada");
        }
        let address = leave(&mut story, "Ada", "/sign-in").await;
        let mallorys = login.visit(&address, "mallory");
        fill_in(&mut story, "Ada", path).await;
        assert_eq!(member(&mut story, "Ada").await.as_deref(), Some("Ada"));
        nobody_comes_in(&mut story, "Ada", &mallorys).await;
    }
}

/// Each costs the provider a request that comes from this server.
#[tokio::test]
async fn codes_are_counted_like_passwords() {
    let (mut story, login) = shop("Codes");
    for number in 0..32 {
        let address = leave(&mut story, "Mallory", "/sign-in").await;
        let mut brought = login.visit(&address, "mallory");
        brought.code = format!("a-code-{number}-guessed");
        let answer = follow(&mut story, "Mallory", &brought.path()).await;
        let is_few = number < 30;
        let expected = if is_few { 400 } else { 429 };
        assert_eq!(answer.status, expected, "{number}");
        assert_eq!(answer.header("retry-after").is_none(), is_few);
    }
    assert_eq!(login.exchanges(), 30);
}

#[tokio::test]
async fn a_stranger_confirms_nothing_at_the_provider() {
    let (mut story, _) = shop("A stranger confirms");
    let answer = story.post("Mallory", "/confirm/elsewhere", "then=devices").await;
    assert_eq!(location(&answer), "/sign-in?next=%2Fdevices");
    assert!(story.rows().is_empty());
}

#[tokio::test]
async fn without_a_provider_there_is_no_way_to_one_and_none_back() {
    let mut story = conversation("No provider");
    let page = story.get("Ada", "/sign-in").await;
    assert!(!page.body.contains("elsewhere") && !page.text.contains("with"));
    for answer in [
        story.post("Ada", "/sign-in/elsewhere", "").await,
        story.get("Ada", "/signed-in?state=x&code=y&iss=z").await,
    ] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    assert!(story.rows().is_empty() && story.cookies("Ada").is_empty());
}

#[tokio::test]
async fn only_the_provider_may_get_a_form_besides_the_shop() {
    let (mut story, _) = shop("A policy");
    let answer = story.get("Ada", "/sign-in").await;
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("form-action 'self' https://login.example;"),
        "{policy}"
    );
    assert!(
        answer.text.contains("[Sign in with login.example]"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn no_two_ways_have_a_state_or_a_challenge_in_common() {
    let (mut story, _) = shop("Many ways");
    let mut seen = HashSet::new();
    for _ in 0..20 {
        let asked = query_of(&leave(&mut story, "Ada", "/sign-in").await);
        assert_eq!((asked["state"].len(), asked["code_challenge"].len()), (22, 43));
        assert!(!asked.contains_key("prompt"));
        let data = &story.rows()[0].data;
        let (_, verifier) = data.split_once(r#""verifier":""#).expect("a verifier");
        let verifier = verifier.split('"').next().expect("its end");
        assert!(
            verifier.len() == 44 && !asked.values().any(|it| it.contains(verifier))
        );
        assert!(seen.insert(asked["state"].clone()));
        assert!(seen.insert(asked["code_challenge"].clone()));
    }
    assert_eq!(story.rows().len(), 1, "one session has one way");
}

// What follows is asked over HTTP.

/// A server of the test on a free port, which ends with it.
async fn serve(app: Router) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://localhost:{port}")
}

const CLIENT: &str = "tea:a-secret:with/signs &c";

/// The shop, as its environment describes it, and which provider it asks.
fn shop_with(issuer: &str) -> (Conversation, Router) {
    trial::forbid_in_logs(&["a-secret", "a-code-of-the-test"]);
    let site = Site::parse(|name| match name {
        "ORIGIN" => Some("http://localhost:8080".into()),
        "PROVIDER" => Some(issuer.into()),
        "PROVIDER_CLIENT" => Some(CLIENT.into()),
        _ => None,
    });
    let store = Told::new();
    let app = store.server_at(site.expect("it is right"));
    (Conversation::new("Over HTTP", app.clone(), store), app)
}

/// The provider of this book, on a free port.
async fn real_provider() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let issuer = format!("http://localhost:{port}");
    let (id, secret) = CLIENT.split_once(':').expect("both");
    let client = provider::Client {
        id: id.to_owned(),
        secret: secret.to_owned(),
        redirect_uri: "http://localhost:8080/signed-in".to_owned(),
    };
    let app = provider::app(&issuer, client);
    tokio::spawn(async move { axum::serve(listener, app).await });
    issuer
}

/// What the provider answers to whoever presses the button with a name.
async fn choose(address: String, subject: &'static str) -> (String, String) {
    let chosen = tokio::task::spawn_blocking(move || {
        let config = ureq::Agent::config_builder().max_redirects(0).build();
        let agent = config.new_agent();
        let page = agent.get(&address).call().expect("a page");
        assert_eq!(page.status(), 200);
        let mut answer = agent
            .post(&address)
            .send_form([("subject", subject)])
            .expect("an answer");
        let location = answer.headers().get("location");
        let location = location.map(|it| it.to_str().expect("text").to_owned());
        let body = answer.body_mut().read_to_string().expect("text");
        (location.unwrap_or_default(), body)
    });
    chosen.await.expect("it is done")
}

fn path_of(address: &str) -> &str {
    address.strip_prefix("http://localhost:8080").expect("the shop's")
}

#[tokio::test]
async fn the_real_provider_signs_in_by_a_link_and_by_a_form() {
    let issuer = real_provider().await;
    let (mut story, _) = shop_with(&issuer);
    story.post("Ada", "/basket", "tea=oolong").await;
    let address = leave(&mut story, "Ada", "/sign-in?next=%2Fdevices").await;
    let (back, _) = choose(address, "ada").await;
    let answer = follow(&mut story, "Ada", path_of(&back)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let name = format!("ada@{}", issuer.strip_prefix("http://").expect("http"));
    assert_eq!(member(&mut story, "Ada").await.as_deref(), Some(name.as_str()));
    let again = follow(&mut story, "Ada", path_of(&back)).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    let address = leave(&mut story, "Grace", "/sign-in").await;
    let (_, page) =
        choose(format!("{address}&response_mode=form_post"), "grace").await;
    let value = |name: &str| field(&page, name).expect("a field");
    let brought =
        Brought { code: value("code"), state: value("state"), iss: value("iss") };
    let answer = follow_form(&mut story, "Grace", &brought).await;
    let answer = follow(&mut story, "Grace", location(&answer)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert!(
        member(&mut story, "Grace")
            .await
            .is_some_and(|it| it.starts_with("grace@"))
    );
    let address = leave(&mut story, "Vera", "/sign-in").await;
    let (back, _) = choose(address, "nobody").await;
    let answer = follow(&mut story, "Vera", path_of(&back)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(member(&mut story, "Vera").await, None);
}

/// Comes back with a code from a provider that answers like this.
async fn come_back_to(issuer: &str) -> (Answer, String) {
    let (mut story, _) = shop_with(issuer);
    let log = Log::default();
    let _listening = log.listen();
    let address = leave(&mut story, "Ada", "/sign-in").await;
    let brought = Brought {
        code: "a-code-of-the-test".to_owned(),
        state: query_of(&address)["state"].clone(),
        iss: issuer.to_owned(),
    };
    let verifier = story.rows()[0].data.clone();
    let (_, verifier) = verifier.split_once(r#""verifier":""#).expect("a verifier");
    let verifier = verifier.split('"').next().expect("its end").to_owned();
    let answer = follow(&mut story, "Ada", &brought.path()).await;
    let text = log.text();
    for secret in ["a-secret", &brought.code, &brought.state, &verifier] {
        assert!(!answer.body.contains(secret), "{}", answer.body);
        assert!(!text.contains(secret), "{text}");
    }
    let name = member(&mut story, "Ada").await;
    (answer, name.unwrap_or_default())
}

fn id_token(claims: &Value) -> String {
    let claims = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
    json!({ "id_token": format!("e30.{claims}.a-signature") }).to_string()
}

/// A provider that answers so, whatever it is asked.
async fn says(
    status: StatusCode,
    body: impl Fn(&str) -> String,
) -> (Answer, String) {
    let said = Arc::new(Mutex::new(String::new()));
    let kept = said.clone();
    let app = Router::new().fallback(move || {
        let body = kept.lock().expect("nobody has panicked").clone();
        async move { (status, [("location", "/token")], body) }
    });
    let issuer = serve(app).await;
    *said.lock().expect("nobody has panicked") = body(&issuer);
    come_back_to(&issuer).await
}

#[tokio::test]
async fn what_the_provider_says_is_believed_if_it_is_for_this_shop_and_now() {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let claims = |issuer: &str| json!({ "iss": issuer, "sub": "ada", "aud": "tea", "exp": now + 60 });
    let (answer, name) =
        says(StatusCode::OK, |issuer| id_token(&claims(issuer))).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert!(name.starts_with("ada@localhost:"), "{name}");
    for (claim, value) in [
        ("iss", json!("https://login.example")),
        ("aud", json!("coffee")),
        ("aud", json!(["tea", "coffee"])),
        ("aud", json!([])),
        ("exp", json!(now - 1)),
        ("exp", json!("soon")),
        ("sub", json!(null)),
        ("sub", json!(["ada"])),
    ] {
        let otherwise = |issuer: &str| {
            let mut claims = claims(issuer);
            claims[claim] = value.clone();
            id_token(&claims)
        };
        let (answer, name) = says(StatusCode::OK, otherwise).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{claim}: {value}");
        assert_eq!(name, "", "{claim}: {value}");
    }
}

/// Blanks after it change nothing of what an answer says.
#[tokio::test]
async fn no_more_is_read_of_an_answer_than_64_kilobytes() {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    for (blanks, status) in [(63_000, 303), (66_000, 502)] {
        let long = |issuer: &str| {
            let claims = json!({
                "iss": issuer, "sub": "ada", "aud": "tea", "exp": now + 60
            });
            id_token(&claims) + &" ".repeat(blanks)
        };
        let (answer, _) = says(StatusCode::OK, long).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_page_and_nobody_is_in() {
    let long = format!("{{\"id_token\":\"{}\"}}", "x".repeat(70_000));
    for (status, body, expected) in [
        (200, "", 502),
        (200, "{}", 502),
        (200, "<html>", 502),
        (200, r#"{"id_token":""}"#, 502),
        (200, r#"{"id_token":"a.b.c"}"#, 502),
        (200, r#"{"id_token":"a.e30.c"}"#, 502),
        (200, &long, 502),
        (204, "", 502),
        (302, "", 502),
        (307, "", 502),
        (400, r#"{"error":"invalid_grant"}"#, 400),
        (400, r#"{"error":"invalid_client"}"#, 502),
        (400, "", 502),
        (401, r#"{"error":"invalid_grant"}"#, 502),
        (500, r#"{"error":"a-code-of-the-test"}"#, 502),
        (503, "", 502),
    ] {
        let from = StatusCode::from_u16(status).expect("a status");
        let (answer, name) = says(from, |_| body.to_owned()).await;
        assert_eq!(
            answer.status,
            expected,
            "{status} {}",
            &body[..body.len().min(40)]
        );
        assert!(answer.text.contains("Nothing has changed"), "{}", answer.text);
        assert_eq!(name, "");
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_a_page() {
    let (answer, name) = come_back_to("http://localhost:1").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(name, "");
}

/// Eight people wait for it, and the ninth is told at once.
#[tokio::test]
async fn a_provider_that_hangs_keeps_eight_waiting_and_none_for_ever() {
    let provider = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = provider.local_addr().expect("an address").port();
    let issuer = format!("http://localhost:{port}");
    let (mut story, app) = shop_with(&issuer);
    let (mut waiting, mut connections) = (JoinSet::new(), Vec::new());
    for number in 1..=9 {
        let who = format!("Visitor {number}");
        let address = leave(&mut story, &who, "/sign-in").await;
        let state = &query_of(&address)["state"];
        let iss = issuer.replace(':', "%3A");
        let cookie = story.cookies(&who).pop().expect("a cookie");
        let link = http::Request::get(format!(
            "/signed-in?code=x&state={state}&iss={iss}"
        ))
        .header("cookie", format!("{}={}", cookie.name, cookie.value))
        .body(Body::empty())
        .expect("a request");
        let answer = app.clone().oneshot(link);
        if number <= 8 {
            waiting.spawn(answer);
            connections.push(provider.accept().await.expect("somebody asks"));
        } else {
            let Ok(answer) = answer.await;
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(waiting.try_join_next().is_none(), "the others wait yet");
        }
    }
    // The last one has nobody who hangs up.
    connections.drain(1..);
    while let Some(answer) = waiting.join_next().await {
        let Ok(answer) = answer.expect("no panic");
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}

#[tokio::test]
async fn whoever_has_no_password_is_not_led_to_change_it() {
    let (mut story, login) = shop("No password to change");
    sign_in_as(&mut story, &login, "Ada", "ada").await;
    fill_in(&mut story, "Grace", "/register").await;
    for (who, is_there) in [("Ada", false), ("Grace", true)] {
        let page = story.get(who, "/member").await.body;
        assert_eq!(page.contains("/password"), is_there, "{who}");
    }
}

/// Whoever comes to the browser next is led to the provider, which knows Ada still, and back.
/// A provider tells them apart (OpenID Connect Core 1.0, section 2), and eyes do not.
#[tokio::test]
async fn hole_of_two_that_differ_in_capitals_the_second_stays_out() {
    let (mut story, login) = shop("Capitals");
    sign_in_as(&mut story, &login, "Mallory", "ADA").await;
    let answer = sign_in_as(&mut story, &login, "Ada", "ada").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(member(&mut story, "Ada").await, None, "and she is not Mallory");
}

/// What is no letter or digit begins no name, and a provider may begin one with it.
#[tokio::test]
async fn hole_whom_a_provider_calls_so_that_it_begins_with_a_dash_stays_out() {
    for subject in ["-ada", "_ada"] {
        let (mut story, login) = shop("A dash");
        let answer = sign_in_as(&mut story, &login, "Ada", subject).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{subject}");
    }
}

/// To set out is to begin a session. Who has a password needs none for that.
#[tokio::test]
async fn hole_where_strangers_begin_too_many_sessions_nobody_sets_out() {
    let (mut story, login) = shop("Too many strangers");
    sign_in_as(&mut story, &login, "Ada", "ada").await;
    story.close("Ada");
    for number in 0..99 {
        let stranger = format!("Stranger {number}");
        let answer = story.post(&stranger, "/basket", "tea=assam").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{number}");
    }
    let answer = story.post("Ada", "/sign-in/elsewhere", "").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    fill_in(&mut story, "Grace", "/register").await;
    assert_eq!(member(&mut story, "Grace").await.as_deref(), Some("Grace"));
}

#[tokio::test]
async fn hole_who_signs_out_here_is_signed_in_at_the_provider_yet() {
    let (mut story, login) = shop("Signed out of the shop");
    sign_in_as(&mut story, &login, "Ada", "ada").await;
    let token = field(&story.get("Ada", "/").await.body, "token").expect("a token");
    story.post("Ada", "/sign-out", &format!("token={token}")).await;
    assert_eq!(member(&mut story, "Ada").await, None);
    let address = leave(&mut story, "Ada", "/sign-in").await;
    let brought = login.visit_proven(&address, "ada", Duration::hours(3));
    follow(&mut story, "Ada", &brought.path()).await;
    assert!(member(&mut story, "Ada").await.is_some());
}

/// Until the session ends by itself, or an administrator disables the account here.
#[tokio::test]
async fn hole_what_ends_at_the_provider_goes_on_in_the_shop() {
    let (mut story, login) = shop("Ended at the provider");
    sign_in_as(&mut story, &login, "Ada", "ada").await;
    login.is_silent(Some(Silence::Refused));
    assert!(member(&mut story, "Ada").await.is_some());
    assert_eq!(login.exchanges(), 1, "nobody asks again");
}
