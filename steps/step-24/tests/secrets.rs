//! Everything that this program and its libraries tell while they serve, on each store, and
//! whether anything in it opens anything.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{self, HeaderMap, Request, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
#[cfg(postgres)]
use step_24::postgres::Postgres;
#[cfg(redis)]
use step_24::{account_file::AccountFile, apart::Apart, redis::Redis};
use step_24::{
    accounts::{Account, Accounts},
    app,
    orders::Orders,
    provider::{Agreed, Provider, Silence, Subject},
    secret::{self, Keys, Ring},
    sessions::Sessions,
    site::Site,
    sqlite::Sqlite,
    watch::{Watch, log},
};
use tokio::net::TcpListener;
use tower::ServiceExt;
use tower_sessions::session::Id;
use tracing::Level;
use trial::{Program, Secrets, Start};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-24");
const COOKIE: &str = "__Host-id=";
const PASSWORD: &str = "a cup before noon";
const NEW_PASSWORD: &str = "two cups after noon";
const WRONG: &str = "Ada's other p&ssword";
const DATABASE: &str = "a-secret-of-the-database";
const CLIENT_SECRET: &str = "a-secret:with/signs &c";

/// What the test has come across that must stand in no log.
#[derive(Clone, Debug, Default)]
struct Known(Arc<Mutex<Secrets>>);

impl Known {
    fn learn(&self, what: &str, secret: &str) {
        self.secrets(|known| known.learn(what, secret));
    }

    fn secrets<T>(&self, work: impl FnOnce(&mut Secrets) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The signature of an identifier, and that as text and as its number.
    fn learn_cookie(&self, value: &str) {
        const SIGNATURE: usize = 44;
        self.learn("a cookie", value);
        if let Some((signature, id)) = value.split_at_checked(SIGNATURE) {
            self.learn("a signature", signature);
            self.learn("an identifier", id);
            let id: Id = id.parse().expect("an identifier");
            self.learn("the number of an identifier", &id.0.to_string());
            let bytes = format!("{:?}", id.0.to_le_bytes());
            self.learn(
                "the bytes of an identifier",
                bytes.trim_matches(['[', ']']),
            );
        }
    }

    fn learn_account(&self, account: &Account) {
        self.learn("a stamp", &account.stamp);
        self.learn("the hash of a password", &account.password_hash);
    }

    fn learn_query(&self, address: &str) {
        for name in ["state", "code"] {
            if let Some(value) = query(address, name) {
                self.learn(name, &value);
            }
        }
    }
}

fn query(address: &str, name: &str) -> Option<String> {
    let address = url::Url::parse("http://localhost").ok()?.join(address).ok()?;
    let mut pairs = address.query_pairs();
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// A provider that is heard: what goes to it is secret.
#[derive(Debug)]
struct Overheard {
    inner: Arc<dyn Provider>,
    known: Known,
}

#[async_trait]
impl Provider for Overheard {
    fn agreed(&self) -> &Agreed {
        self.inner.agreed()
    }

    async fn exchange(
        &self,
        code: &str,
        verifier: &str,
    ) -> Result<Subject, Silence> {
        self.known.learn("a code", code);
        self.known.learn("a verifier", verifier);
        self.inner.exchange(code, verifier).await
    }
}

/// Somebody at a browser.
struct Visitor {
    app: Router,
    known: Known,
    cookie: String,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    page: String,
}

impl Answer {
    fn location(&self) -> &str {
        let location = self.headers.get(header::LOCATION);
        location.map_or("", |it| it.to_str().expect("text"))
    }

    /// What a form of this page has in this field.
    fn field(&self, name: &str) -> Option<String> {
        let start = format!(r#"name="{name}" value=""#);
        let (_, rest) = self.page.split_once(&start)?;
        rest.split('"').next().map(str::to_owned)
    }
}

impl Visitor {
    fn new(app: &Router, known: &Known) -> Self {
        Self { app: app.clone(), known: known.clone(), cookie: String::new() }
    }

    async fn send(&mut self, request: Request<Body>) -> Answer {
        let (mut parts, body) = request.into_parts();
        if !self.cookie.is_empty() {
            let cookie = format!("{COOKIE}{}", self.cookie);
            let cookie = cookie.parse().expect("a cookie");
            parts.headers.insert(header::COOKIE, cookie);
        }
        let request = Request::from_parts(parts, body);
        let Ok(answer) = self.app.clone().oneshot(request).await;
        let (parts, body) = answer.into_parts();
        let page = to_bytes(body, 1 << 20).await.expect("a page");
        let page = String::from_utf8(page.to_vec()).expect("text");
        let answer = Answer { status: parts.status, headers: parts.headers, page };
        self.learn(&answer);
        answer
    }

    fn learn(&mut self, answer: &Answer) {
        for set in answer.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().expect("text");
            let value =
                set.strip_prefix(COOKIE).and_then(|it| it.split(';').next());
            if let Some(value) = value.filter(|it| !it.is_empty()) {
                self.known.learn_cookie(value);
                self.cookie = value.to_owned();
            }
        }
        for name in ["token", "order", "handle"] {
            if let Some(value) = answer.field(name) {
                self.known.learn(name, &value);
            }
        }
        self.known.learn_query(answer.location());
    }

    async fn get(&mut self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty());
        self.send(request.expect("well formed")).await
    }

    /// Fills in a form of the shop's page.
    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.get("/").await.field("token").unwrap_or_default();
        let mut all = fields.to_vec();
        all.extend((!token.is_empty()).then_some(("token", token.as_str())));
        let form = serde_urlencoded::to_string(all).expect("a form");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form));
        self.send(request.expect("well formed")).await
    }

    async fn give(&mut self, path: &str, name: &str, password: &str) -> Answer {
        self.known.learn("a password", password);
        self.post(path, &[("name", name), ("password", password)]).await
    }
}

/// The provider of this book, on a free port, and the shop that asks it.
async fn site(known: &Known) -> Site {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let issuer = format!("http://localhost:{port}");
    let client = provider::Client {
        id: "tea".to_owned(),
        secret: CLIENT_SECRET.to_owned(),
        redirect_uri: "http://localhost:8080/signed-in".to_owned(),
    };
    let app = provider::app(&issuer, client);
    tokio::spawn(async move { axum::serve(listener, app).await });
    known.learn("the client's secret", CLIENT_SECRET);
    known.learn("how the client names itself", &format!("tea:{CLIENT_SECRET}"));
    let mut site = Site::parse(|name| match name {
        "ORIGIN" => Some("http://localhost:8080".into()),
        "PROVIDER" => Some(issuer.clone().into()),
        "PROVIDER_CLIENT" => Some(format!("tea:{CLIENT_SECRET}").into()),
        _ => None,
    })
    .expect("it is right");
    let known = known.clone();
    let overheard =
        |inner| Arc::new(Overheard { inner, known }) as Arc<dyn Provider>;
    site.provider = site.provider.map(overheard);
    site
}

fn ring(known: &Known) -> Ring {
    let key = secret::new_key();
    let (_, text) = key.split_once(' ').expect("a date before it");
    known.learn("a key", text);
    let bytes = BASE64_STANDARD.decode(text).expect("a key");
    let list = format!("{bytes:?}");
    known.learn("the bytes of a key", list.trim_matches(['[', ']']));
    Ring::new(Keys::parse(&key).expect("a key"))
}

/// Plays what opens something on this store, and returns what is counted meanwhile.
async fn play<Store>(
    known: &Known,
    store: Store,
    members: impl Accounts + Orders + Clone,
) -> String
where
    Store: Sessions + Clone,
{
    let watch = Watch::default();
    let site = site(known).await;
    let app = app(store, ring(known), members.clone(), site, watch.clone());
    let mut ada = Visitor::new(&app, known);
    ada.post("/basket", &[("tea", "assam")]).await;
    let answer = ada.give("/register", "Ada", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    learn_account(known, &members, "Ada").await;
    ada.get("/devices").await;
    wrong(known, &app, &ada.cookie).await;
    let mut phone = Visitor::new(&app, known);
    phone.give("/sign-in", "Ada", PASSWORD).await;
    let order = ada.get("/").await.field("order").expect("a basket");
    ada.post("/checkout", &[("order", &order)]).await;
    ada.give("/confirm", "", PASSWORD).await;
    ada.post("/devices/end-others", &[]).await;
    known.learn("a password", NEW_PASSWORD);
    let passwords = [("password", PASSWORD), ("new", NEW_PASSWORD)];
    let answer = ada.post("/password", &passwords).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    learn_account(known, &members, "Ada").await;
    let old = ada.cookie.clone();
    ada.post("/sign-out", &[]).await;
    ada.cookie = old;
    assert!(!ada.get("/member").await.page.contains("Sign out"), "she has ended");
    there_and_back(&app, known).await;
    with_tokens(&app, known).await;
    watch.metrics.text().expect("it can be written")
}

async fn learn_account(known: &Known, members: &impl Accounts, name: &str) {
    let account = members.find(name).await.expect("a store");
    known.learn_account(&account.expect("an account"));
}

/// What somebody sends by mistake, or to find something out.
async fn wrong(known: &Known, app: &Router, cookie: &str) {
    let mut mallory = Visitor::new(app, known);
    mallory.give("/sign-in", "Ada", WRONG).await;
    mallory.give("/sign-in", PASSWORD, "Ada").await;
    mallory.post("/basket", &[("tea", PASSWORD)]).await;
    mallory.get(&format!("/sign-in?next={cookie}")).await;
    mallory.get(&format!("/{cookie}")).await;
    let json = format!(r#"{{"tea":"{PASSWORD}"}}"#);
    let request = Request::post("/api/basket")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(json));
    mallory.send(request.expect("well formed")).await;
    let broken: String = cookie.chars().rev().collect();
    mallory.cookie = broken;
    mallory.get("/").await;
}

/// Signs in at the provider, and comes back, twice with one code.
async fn there_and_back(app: &Router, known: &Known) {
    let mut grace = Visitor::new(app, known);
    let answer = grace.post("/sign-in/elsewhere", &[]).await;
    let there = answer.location().to_owned();
    let back = tokio::task::spawn_blocking(move || {
        let config = ureq::Agent::config_builder().max_redirects(0).build();
        let answer =
            config.new_agent().post(&there).send_form([("subject", "grace")]);
        let answer = answer.expect("an answer");
        let location = answer.headers().get("location").expect("a way back");
        location.to_str().expect("text").to_owned()
    });
    let back = back.await.expect("it is done");
    known.learn_query(&back);
    let back = back.strip_prefix("http://localhost:8080").expect("the shop's");
    let answer = grace.get(back).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.page);
    assert_eq!(grace.get(back).await.status, StatusCode::BAD_REQUEST);
}

/// Lets a program use each of its tokens, in its place and in the other one's, and twice.
async fn with_tokens(app: &Router, known: &Known) {
    let mut program = Client { visitor: Visitor::new(app, known) };
    let credentials = json!({ "name": "Ada", "password": NEW_PASSWORD });
    let (access, refresh) = program.tokens("/api/tokens", "", credentials).await;
    for token in [&access, &refresh, &refresh[1..]] {
        for path in ["/api/orders", "/api/administrator"] {
            let request =
                Request::get(path).header(header::AUTHORIZATION, bearer(token));
            program.ask(request, Value::Null).await;
        }
    }
    let again = "/api/tokens/refresh";
    let (_, newest) = program.tokens(again, &refresh, Value::Null).await;
    program.tokens(again, &newest, Value::Null).await;
    // Somebody has copied it.
    for token in [&refresh, &newest, &access] {
        let request =
            Request::post(again).header(header::AUTHORIZATION, bearer(token));
        let answer = program.ask(request, Value::Null).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.page);
    }
    program.visitor.get(&format!("/{access}?token={refresh}")).await;
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// A member's program.
struct Client {
    visitor: Visitor,
}

impl Client {
    async fn ask(
        &mut self,
        request: http::request::Builder,
        body: Value,
    ) -> Answer {
        let request = request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()));
        self.visitor.send(request.expect("well formed")).await
    }

    /// The tokens that it gets there.
    async fn tokens(
        &mut self,
        path: &str,
        token: &str,
        body: Value,
    ) -> (String, String) {
        let request =
            Request::post(path).header(header::AUTHORIZATION, bearer(token));
        let answer = self.ask(request, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.page);
        let given: Value = serde_json::from_str(&answer.page).expect("JSON");
        let text = |name: &str| given[name].as_str().expect("a token").to_owned();
        let (access, refresh) = (text("access_token"), text("refresh_token"));
        for (what, token) in
            [("an access token", &access), ("a refresh token", &refresh)]
        {
            let (_, signature) = token.rsplit_once('.').expect("a signature");
            self.visitor.known.learn(what, token);
            self.visitor.known.learn("the signature of a token", signature);
        }
        let (id, _) = refresh.split_once('.').expect("an identifier");
        self.visitor.known.learn("an identifier", id);
        (access, refresh)
    }
}

/// Which modules tell a secret, and which one, if nobody stops them; and if we do.
fn leaks(known: &Known) -> [BTreeSet<String>; 2] {
    let filter = log::told(Level::TRACE);
    let (mut without, mut with) = (BTreeSet::new(), BTreeSet::new());
    let heard = trial::heard();
    known.secrets(|known| {
        for it in &heard {
            let Some(what) = known.find(&it.text) else { continue };
            if filter.would_enable(&it.target, &it.level) {
                with.insert(format!("{} tells {what}: {}", it.target, it.text));
            }
            without.insert(format!("{} tells {what}", it.target));
        }
    });
    [without, with]
}

/// Nothing of ours and nothing that is counted, whatever the store.
fn assert_nothing_is_told(known: &Known, counted: &str) -> BTreeSet<String> {
    let [without, with] = leaks(known);
    assert_eq!(with, BTreeSet::new());
    assert_eq!(known.secrets(|it| it.find(counted).map(str::to_owned)), None);
    for name in ["Ada", "ada", "Grace", "grace", "127.0.0.1"] {
        assert!(!counted.contains(name), "{name}: {counted}");
    }
    without
}

// One after the other: who tells what is told by the process.
static ONE_BY_ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_file_nothing_that_opens_anything_is_told() {
    let _alone = ONE_BY_ONE.lock().await;
    trial::hear_everything();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let known = Known::default();
    let store = Sqlite::open(folder.path().join("shop.db")).expect("a file");
    let counted = play(&known, store.clone(), store).await;
    assert_nothing_is_told(&known, &counted);
}

#[cfg(postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_nothing_that_opens_anything_is_told() {
    let _alone = ONE_BY_ONE.lock().await;
    trial::hear_everything();
    let engine = engines::Postgres::start();
    let known = Known::default();
    known.learn("the database's password", DATABASE);
    let url = engine.url().replace(":tea@", &format!(":{DATABASE}@"));
    let store = Postgres::open(&url).await.expect("a database");
    let counted = play(&known, store.clone(), store).await;
    let without = assert_nothing_is_told(&known, &counted);
    for what in ["the hash of a password", "a password"] {
        let told = format!("tokio_postgres::query tells {what}");
        assert!(without.contains(&told), "the ear is deaf: {without:?}");
    }
}

#[cfg(redis)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_redis_nothing_that_opens_anything_is_told() {
    let _alone = ONE_BY_ONE.lock().await;
    trial::hear_everything();
    let engine = engines::Redis::start();
    engine.cli(&["CONFIG", "SET", "requirepass", DATABASE]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let known = Known::default();
    known.learn("the database's password", DATABASE);
    let url = engine.url().replace("//", &format!("//:{DATABASE}@"));
    let store = Redis::open(&url).await.expect("a Redis");
    let accounts = AccountFile::open(folder.path().join("accounts.db"));
    let members = Apart::new(accounts.expect("a file"), store.clone());
    let counted = play(&known, store, members).await;
    assert_nothing_is_told(&known, &counted);
}

/// What others write down is theirs, whoever asks for it.
#[test]
fn no_level_lets_a_library_tell_more_than_what_is_wrong() {
    for level in
        [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE]
    {
        let told = log::told(level);
        for target in
            ["tokio_postgres::query", "tower_sessions_core::session", "ureq"]
        {
            assert!(told.would_enable(target, &Level::WARN), "{target}");
            assert!(
                !told.would_enable(target, &Level::INFO),
                "{target} at {level}"
            );
        }
        assert!(told.would_enable("step_24::members::door", &level));
    }
}

/// What the program itself writes, as finely as it can, in both of its ways.
#[test]
fn the_log_of_the_program_at_its_finest_opens_nothing() {
    for format in ["text", "json"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = format!("sqlite:{}", folder.path().join("shop.db").display());
        let (known, key) = (Known::default(), secret::new_key());
        let (_, text) = key.split_once(' ').expect("a date before it");
        known.learn("a key", text);
        known.learn("a password", PASSWORD);
        let environment = [
            ("SESSION_KEY", key.as_str()),
            ("STORE", &store),
            ("LOG", "trace"),
            ("LOG_FORMAT", format),
        ];
        let start = Start { program: PROGRAM, environment: &environment };
        let program = Program::start(start);
        register_and_look(&program, &known);
        program.signal("TERM");
        let end = program.wait();
        let log = String::from_utf8(end.stderr).expect("text");
        for line in ["a session begins", "signs in", "is answered"] {
            assert!(log.contains(line), "{line}: {log}");
        }
        let found = known.secrets(|known| known.find(&log).map(str::to_owned));
        assert_eq!(found, None, "{log}");
    }
}

fn register_and_look(program: &Program, known: &Known) {
    // Each with nothing of the other's: two cookies of one name are none.
    let agent =
        || ureq::Agent::config_builder().max_redirects(0).build().new_agent();
    let form = [("name", "Ada"), ("password", PASSWORD)];
    let answer = agent().post(program.url("/register")).send_form(form);
    let answer = answer.expect("an answer");
    let set = answer.headers()[header::SET_COOKIE].to_str().expect("text");
    let value = set.strip_prefix(COOKIE).and_then(|it| it.split(';').next());
    let value = value.expect("a session");
    known.learn_cookie(value);
    let cookie = format!("{COOKIE}{value}");
    let page = agent().get(program.url("/member")).header("cookie", &cookie).call();
    assert_eq!(page.expect("a page").status(), StatusCode::OK);
}
