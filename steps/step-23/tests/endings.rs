//! Every form of the shop at one server beside every ending at another, and beside what else is
//! done in its session, held at every point.

use std::{
    collections::{BTreeSet, HashMap},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, SaltString},
};
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    http::{self, StatusCode, header},
    response::Response,
};
use http_body::Frame;
use step_23::{
    accounts::{Account, Accounts},
    app,
    name::Name,
    orders::{Order, Orders},
    sessions::{Entry, Sessions},
};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

#[allow(dead_code)]
mod told;
use told::shelf::Shelf;

const COOKIE: &str = "__Host-id=";
const PASSWORD: &str = "a cup before noon";
const TYPED: &str = "password=a+cup+before+noon";

/// Where the request of the test is held. Requests of others pass.
#[derive(Clone, Debug, Default)]
struct Gate(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Whether it is the request of the test that runs at this moment.
    counts: bool,
    passed: usize,
    held_at: Option<usize>,
    /// Whether it has come to that point, and goes no further.
    is_held: bool,
    /// Whether the body is held back.
    is_late: bool,
    /// What that request has done to accounts, and to sessions of others.
    done: BTreeSet<String>,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A point at which a request can be held.
    async fn point(&self) {
        let mut number = None;
        std::future::poll_fn(|_| self.poll_point(&mut number)).await;
    }

    fn poll_point(&self, number: &mut Option<usize>) -> Poll<()> {
        let mut state = self.state();
        if !state.counts {
            return Poll::Ready(());
        }
        let number = *number.get_or_insert_with(|| {
            state.passed += 1;
            state.passed - 1
        });
        state.is_held = state.held_at == Some(number);
        if state.is_held { Poll::Pending } else { Poll::Ready(()) }
    }

    fn did(&self, what: impl Into<String>) {
        let mut state = self.state();
        if state.counts {
            state.done.insert(what.into());
        }
    }
}

/// A store, or accounts, at each call of which a request can be held before and after.
#[derive(Clone, Debug)]
struct Gated<Inner> {
    inner: Inner,
    gate: Gate,
}

impl<Inner> Gated<Inner> {
    async fn call<T>(&self, work: impl Future<Output = T>) -> T {
        self.gate.point().await;
        let answer = work.await;
        self.gate.point().await;
        answer
    }
}

#[async_trait]
impl<Store: SessionStore> SessionStore for Gated<Store> {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        self.call(self.inner.create(record)).await
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.call(self.inner.save(record)).await
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.call(self.inner.load(id)).await
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.call(self.inner.delete(id)).await
    }
}

#[async_trait]
impl<Store: Sessions> Sessions for Gated<Store> {
    async fn rotate(
        &self,
        before: &Name,
        record: &mut Record,
    ) -> session_store::Result<()> {
        self.call(self.inner.rotate(before, record)).await
    }

    async fn successor_of(
        &self,
        name: &Name,
    ) -> session_store::Result<Option<Name>> {
        self.call(self.inner.successor_of(name)).await
    }

    async fn entries_of(
        &self,
        member: Option<&str>,
    ) -> session_store::Result<Vec<Entry>> {
        self.call(self.inner.entries_of(member)).await
    }

    async fn end(&self, name: &Name) -> session_store::Result<bool> {
        let end = async {
            let was_there = self.inner.end(name).await?;
            if was_there {
                self.gate.did(format!("end {name}"));
            }
            Ok(was_there)
        };
        self.call(end).await
    }

    async fn end_unless_changed(
        &self,
        name: &Name,
        version: i64,
    ) -> session_store::Result<()> {
        self.call(self.inner.end_unless_changed(name, version)).await
    }

    async fn end_by(
        &self,
        by: &Name,
        names: &[Name],
    ) -> session_store::Result<usize> {
        let end = async {
            let ended = self.inner.end_by(by, names).await?;
            if ended > 0 {
                names.iter().for_each(|name| self.gate.did(format!("end {name}")));
            }
            Ok(ended)
        };
        self.call(end).await
    }

    async fn delete_expired(&self) -> session_store::Result<Vec<Name>> {
        self.inner.delete_expired().await
    }
}

#[async_trait]
impl Accounts for Gated<Shelf> {
    async fn find(&self, name: &str) -> session_store::Result<Option<Account>> {
        self.call(self.inner.find(name)).await
    }

    async fn add(&self, account: Account) -> session_store::Result<bool> {
        let add = async {
            let is_new = self.inner.add(account).await?;
            if is_new {
                self.gate.did("add");
            }
            Ok(is_new)
        };
        self.call(add).await
    }

    async fn set_password(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> session_store::Result<Option<usize>> {
        let set = async {
            let done = self.inner.set_password(by, known, changed).await?;
            if done.is_some() {
                self.gate.did("set_password");
            }
            Ok(done)
        };
        self.call(set).await
    }

    async fn disable(
        &self,
        by: &Name,
        name: &str,
    ) -> session_store::Result<Option<usize>> {
        let disable = async {
            let done = self.inner.disable(by, name).await?;
            self.gate.did("disable");
            Ok(done)
        };
        self.call(disable).await
    }

    async fn enable(&self, by: &Name, name: &str) -> session_store::Result<bool> {
        let enable = async {
            let is_done = self.inner.enable(by, name).await?;
            self.gate.did("enable");
            Ok(is_done)
        };
        self.call(enable).await
    }

    async fn disabled(&self) -> session_store::Result<Vec<String>> {
        self.call(self.inner.disabled()).await
    }
}

/// An order is made when its session is saved: to place it is no act of its own.
#[async_trait]
impl Orders for Gated<Shelf> {
    async fn place(&self, order: &Order) -> session_store::Result<()> {
        self.call(self.inner.place(order)).await
    }

    async fn orders_of(&self, member: &str) -> session_store::Result<Vec<Order>> {
        self.call(self.inner.orders_of(member)).await
    }
}

/// A body that comes when the gate lets it.
struct Late {
    gate: Gate,
    number: Option<usize>,
    bytes: Option<Bytes>,
}

impl HttpBody for Late {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        let is_late = {
            let mut state = this.gate.state();
            state.is_held = state.counts && state.is_late;
            state.is_held
        };
        if is_late || this.gate.poll_point(&mut this.number).is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(this.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}

thread_local! {
    /// Each test has a runtime of its own, on which its connections live.
    static RUNTIME: Runtime =
        Builder::new_current_thread().enable_all().build().expect("a runtime");
}

fn now<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// What is there before a request of the test.
struct House {
    store: Shelf,
    /// The cookie of each browser.
    cookies: HashMap<&'static str, String>,
}

/// A shop in which a request can be held. It has two servers.
struct Shop {
    /// The one that holds, and the one at which sessions end.
    servers: [Router; 2],
    store: Shelf,
    gate: Gate,
    cookies: HashMap<&'static str, String>,
}

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

impl Shop {
    fn new(store: &Shelf) -> Self {
        let (store, gate) = (store.copy(), Gate::default());
        let gated = Gated { inner: store.clone(), gate: gate.clone() };
        let server = || {
            let (site, watch) = Default::default();
            app(gated.clone(), told::ring(), gated.clone(), site, watch)
        };
        let servers = [server(), server()];
        Self { servers, store, gate, cookies: HashMap::new() }
    }

    fn of(house: &House) -> Self {
        let mut shop = Self::new(&house.store);
        shop.cookies = house.cookies.clone();
        shop
    }

    fn post(&self, who: &'static str, path: &str, fields: &str) -> Answer {
        let late = Late {
            gate: self.gate.clone(),
            number: None,
            bytes: Some(fields.to_owned().into()),
        };
        self.send(0, who, http::Method::POST, path, Body::new(late))
    }

    /// The same at the other server.
    fn post_elsewhere(
        &self,
        who: &'static str,
        path: &str,
        fields: &str,
    ) -> Answer {
        let fields = Body::from(fields.to_owned());
        self.send(1, who, http::Method::POST, path, fields)
    }

    fn send(
        &self,
        server: usize,
        who: &'static str,
        method: http::Method,
        path: &str,
        body: Body,
    ) -> Answer {
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(cookie) = self.cookies.get(who) {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.body(body).expect("well formed");
        let app = self.servers[server].clone();
        Box::pin(async move { app.oneshot(request).await.expect("an answer") })
    }

    /// The browser keeps the cookie, or removes it.
    fn arrive(&mut self, who: &'static str, answer: &Response) {
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let pair = cookie.split(';').next().unwrap_or_default();
            if pair == COOKIE {
                self.cookies.remove(who);
            } else {
                self.cookies.insert(who, pair.to_owned());
            }
        }
    }

    fn do_at_once(
        &mut self,
        who: &'static str,
        path: &str,
        fields: &str,
    ) -> Response {
        let answer = now(self.post(who, path, fields));
        self.arrive(who, &answer);
        answer
    }

    /// As far as it goes, with the cookie that comes with the answer.
    fn run(&mut self, who: &'static str, request: &mut Answer) -> Option<Response> {
        self.gate.state().is_held = false;
        let answer = now(self.until_held(request));
        if let Some(answer) = &answer {
            self.arrive(who, answer);
        }
        answer
    }

    async fn until_held(&self, request: &mut Answer) -> Option<Response> {
        std::future::poll_fn(|context: &mut Context<'_>| {
            match request.as_mut().poll(context) {
                Poll::Ready(answer) => Poll::Ready(Some(answer)),
                Poll::Pending if self.gate.state().is_held => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// The same for the request of the test.
    fn run_watched(&mut self, request: &mut Answer) -> Option<Response> {
        self.run_counted("Laptop", request)
    }

    fn run_counted(
        &mut self,
        who: &'static str,
        request: &mut Answer,
    ) -> Option<Response> {
        self.gate.state().counts = true;
        let answer = self.run(who, request);
        self.gate.state().counts = false;
        answer
    }

    /// At any of the servers.
    fn is_in(&mut self, who: &'static str) -> bool {
        let look = |server| {
            self.send(server, who, http::Method::GET, "/member", Body::empty())
        };
        let answers = [0, 1].map(|server| now(look(server)));
        answers.iter().for_each(|answer| self.arrive(who, answer));
        answers.iter().any(|answer| answer.status() == StatusCode::OK)
    }

    fn sessions(&self) -> Vec<Entry> {
        now(self.store.entries_of(None)).expect("it answers")
    }

    /// The record of this browser's session.
    fn record(&self, who: &'static str) -> Option<Record> {
        let cookie = self.cookies.get(who)?;
        // After the name, and a signature in base64.
        let id = cookie.get(COOKIE.len() + 44..)?.parse().ok()?;
        now(self.store.load(&id)).expect("it answers")
    }
}

impl House {
    /// Grace is signed in on three devices, and so is another administrator, and Eve.
    fn new() -> Self {
        let cheap = Params::new(8, 1, 1, None).expect("good parameters");
        let salt = SaltString::from_b64("c2FsdHNhbHRzYWx0").expect("a salt");
        let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, cheap)
            .hash_password(PASSWORD.as_bytes(), &salt)
            .expect("a hash")
            .to_string();
        let account = |name: &str, is_administrator| {
            let account = Account::new(name.to_owned(), hash.clone());
            Account { is_administrator, ..account }
        };
        let accounts =
            [account("Grace", true), account("Vera", true), account("Eve", false)];
        let store = Shelf::default();
        for account in accounts {
            now(store.add(account)).expect("it answers");
        }
        let mut shop = Shop::new(&store);
        for (browser, name) in [
            ("Laptop", "Grace"),
            ("Phone", "Grace"),
            ("Tablet", "Grace"),
            ("Desk", "Vera"),
            ("Eve", "Eve"),
        ] {
            let fields = format!("name={name}&{TYPED}");
            shop.do_at_once(browser, "/sign-in", &fields);
            assert!(shop.is_in(browser), "{browser}");
        }
        let fields = format!("token={}&tea=assam", text(&shop, "Laptop", "token"));
        shop.do_at_once("Laptop", "/basket", &fields);
        Self { store: shop.store, cookies: shop.cookies }
    }
}

/// What the session of this browser holds under this name.
fn text(shop: &Shop, who: &'static str, name: &str) -> String {
    let record = shop.record(who).expect("a session");
    let value = &record.data[name];
    value.as_str().expect("a text").to_owned()
}

fn handle(shop: &Shop, who: &'static str) -> String {
    let record = shop.record(who).expect("a session");
    record.data["device"]["handle"].as_str().expect("a handle").to_owned()
}

/// The forms of the shop, with what is typed into each.
fn fields(shop: &Shop, path: &str) -> String {
    let fields = match path {
        "/basket" | "/basket/take" => "tea=assam".to_owned(),
        "/remember" => "remember=true".to_owned(),
        "/sign-in" => format!("name=Grace&{TYPED}"),
        "/register" => format!("name=Newcomer&{TYPED}"),
        "/confirm" => TYPED.to_owned(),
        "/password" => format!("{TYPED}&new=two+cups+at+four"),
        "/devices/end" => format!("handle={}", handle(shop, "Tablet")),
        path if path.starts_with("/administrator") => "name=Eve".to_owned(),
        "/checkout" => format!("order={}", text(shop, "Laptop", "order")),
        "/start-over" | "/sign-out" | "/devices/end-others" => String::new(),
        unknown => panic!("what is typed into {unknown}?"),
    };
    format!("token={}&{fields}", text(shop, "Laptop", "token"))
}

/// The endings: what they are called, in which browser, and with which form.
const ENDINGS: [(&str, &str, &str); 6] = [
    ("sign-out elsewhere", "Laptop", "/sign-out"),
    ("this device ended", "Phone", "/devices/end"),
    ("the others ended", "Phone", "/devices/end-others"),
    ("password changed", "Phone", "/password"),
    ("account disabled", "Desk", "/administrator/disable"),
    ("everybody ended", "Desk", "/administrator/end-all"),
];

fn ending_fields(shop: &Shop, who: &'static str, path: &str) -> String {
    let fields = match path {
        "/devices/end" => format!("handle={}", handle(shop, "Laptop")),
        "/password" => format!("{TYPED}&new=three+cups+at+five"),
        "/administrator/disable" => "name=Grace".to_owned(),
        _ => String::new(),
    };
    format!("token={}&{fields}", text(shop, who, "token"))
}

/// What needs a provider, or is no form: `there_and_back.rs` and `another_origin.rs` of step 21
/// hold these, and `refresh.rs` what programs send.
const ELSEWHERE: [&str; 7] = [
    "/sign-in/elsewhere",
    "/confirm/elsewhere",
    "/signed-in",
    "/api/basket",
    "/api/tokens",
    "/api/tokens/refresh",
    "/api/tokens/end",
];

/// The paths of the forms, as the source of the server has them.
fn routes() -> Vec<String> {
    let source = include_str!("../src/lib.rs");
    let routes = source.split(".route(\"").skip(1);
    let posts = routes.filter_map(|route| {
        let (path, rest) = route.split_once('"')?;
        let is_form = rest.trim_start_matches(", ").starts_with("post(")
            && !ELSEWHERE.contains(&path);
        is_form.then(|| path.to_owned())
    });
    posts.collect()
}

/// At how many points the form of this path can be held.
fn points(house: &House, path: &str) -> usize {
    let mut shop = Shop::of(house);
    let fields = fields(&shop, path);
    let mut request = shop.post("Laptop", path, &fields);
    let answer = shop.run_watched(&mut request).expect("an answer");
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path} works by itself");
    assert_eq!(shop.is_in("Laptop"), path != "/sign-out", "{path}");
    shop.gate.state().passed
}

/// The page that an answer brings.
fn page(answer: Response) -> String {
    let page = now(axum::body::to_bytes(answer.into_body(), 1 << 16));
    String::from_utf8(page.expect("a page").to_vec()).expect("text")
}

/// What came of a form that was held beside an ending.
#[derive(Default)]
struct Outcome {
    /// The ending was refused: the held form had ended the one who wanted it.
    is_too_late: bool,
    is_in: bool,
    /// Whoever made the ending is out, and not by it.
    is_ender_out: bool,
    /// How many sessions the browser's session has become.
    sessions: usize,
    /// Something was done outside of the session.
    is_done: bool,
    /// And it was done when the ending had its answer.
    is_done_after: bool,
    /// Whether the answer says that nothing was done.
    says_not: bool,
}

fn play(
    house: &House,
    path: &str,
    (_, who, ending): (&str, &'static str, &str),
    point: Option<usize>,
    faster: usize,
) -> Option<Outcome> {
    let mut shop = Shop::of(house);
    shop.store.others_are_faster(faster);
    let device = handle(&shop, "Laptop");
    let others: Vec<String> = shop
        .sessions()
        .iter()
        .filter(|session| session.data["device"]["handle"] != device)
        .map(|session| session.name.to_string())
        .collect();
    let fields = fields(&shop, path);
    let ending_fields = ending_fields(&shop, who, ending);
    shop.gate.state().held_at = point;
    shop.gate.state().is_late = point.is_none();
    let mut held = shop.post("Laptop", path, &fields);
    if shop.run_watched(&mut held).is_some() {
        // There are no more points.
        return None;
    }
    let mut end = shop.post_elsewhere(who, ending, &ending_fields);
    let ended = shop.run(who, &mut end).expect("it ends");
    let is_done = |shop: &Shop| {
        shop.gate.state().done.iter().any(|what| {
            let ended = what.strip_prefix("end ");
            ended.is_none_or(|id| others.iter().any(|other| other == id))
        })
    };
    let was_done = is_done(&shop);
    shop.gate.state().held_at = None;
    shop.gate.state().is_late = false;
    let answer = shop.run_watched(&mut held).expect("it ends");
    let place = |answer: &Response| {
        let place = answer.headers().get(header::LOCATION);
        place.map(|place| place.to_str().unwrap_or_default().to_owned())
    };
    let is_done = is_done(&shop);
    let status = answer.status();
    let place_after = place(&answer);
    let page = page(answer);
    let is_in = shop.is_in("Laptop");
    let of_device = |session: &&Entry| session.data["device"]["handle"] == device;
    let is_too_late =
        place(&ended).is_none_or(|place| place.starts_with("/sign-in"));
    let is_ender_in = who == "Laptop" || is_too_late || shop.is_in(who);
    Some(Outcome {
        is_too_late,
        is_in,
        is_ender_out: !is_ender_in,
        sessions: shop.sessions().iter().filter(of_device).count(),
        is_done,
        is_done_after: is_done && !was_done,
        says_not: (status.is_client_error()
            && !page.contains("Anything else may have been done."))
            || place_after.is_some_and(|place| place.starts_with("/sign-in")),
    })
}

/// A form that brings a name and a password along may sign somebody in after the ending, if the
/// password still opens something.
fn is_new_sign_in(path: &str, ending: &str) -> bool {
    match path {
        "/sign-in" => ending != "/password" && ending != "/administrator/disable",
        "/register" => true,
        _ => false,
    }
}

/// To register is no right of a session.
fn is_no_right(path: &str) -> bool {
    path == "/register"
}

/// Its answer comes before the form's, or after it.
#[test]
fn a_page_that_is_loaded_beside_a_form_signs_nobody_out() {
    let house = House::new();
    let mut faults = Vec::new();
    for path in routes().into_iter().filter(|path| path != "/sign-out") {
        for point in 0..points(&house, &path) {
            for comes_last in [false, true] {
                let mut shop = Shop::of(&house);
                let fields = fields(&shop, &path);
                shop.gate.state().held_at = Some(point);
                let mut held = shop.post("Laptop", &path, &fields);
                assert!(shop.run_watched(&mut held).is_none(), "{path} at {point}");
                let page =
                    shop.send(0, "Laptop", http::Method::GET, "/", Body::empty());
                let shown = now(page);
                if !comes_last {
                    shop.arrive("Laptop", &shown);
                }
                shop.gate.state().held_at = None;
                shop.run_watched(&mut held).expect("it ends");
                if comes_last {
                    shop.arrive("Laptop", &shown);
                }
                if !shop.is_in("Laptop") {
                    faults.push(format!("{path} at {point}, {comes_last}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// As when the browser closes the connection.
#[test]
fn a_request_that_is_given_up_anywhere_leaves_nothing_that_a_sign_out_does_not_end()
{
    let house = House::new();
    for path in routes() {
        for point in 0..points(&house, &path) {
            let mut shop = Shop::of(&house);
            let device = handle(&shop, "Laptop");
            let out = fields(&shop, "/sign-out");
            let fields = fields(&shop, &path);
            shop.gate.state().held_at = Some(point);
            let mut held = shop.post("Laptop", &path, &fields);
            assert!(shop.run_watched(&mut held).is_none(), "{path} at {point}");
            drop(held);
            shop.do_at_once("Laptop", "/sign-out", &out);
            let of_device =
                |session: &&Entry| session.data["device"]["handle"] == device;
            assert!(!shop.is_in("Laptop"), "{path} at {point}");
            let left = shop.sessions().iter().filter(of_device).count();
            assert_eq!(left, 0, "{path} at {point}");
        }
    }
}

/// What is wrong after forms that were held beside these endings, where so many requests of
/// others are faster at first.
fn faults(endings: &[(&str, &'static str, &str)], faster: usize) -> Vec<String> {
    let house = House::new();
    let mut faults = Vec::new();
    for path in routes() {
        for ending in endings {
            let held = |point| play(&house, &path, *ending, Some(point), faster);
            for (point, outcome) in (0..).map_while(held).enumerate() {
                let Outcome {
                    is_too_late,
                    is_in,
                    is_ender_out,
                    sessions,
                    is_done,
                    is_done_after,
                    says_not,
                } = outcome;
                let may_be_in = is_too_late || is_new_sign_in(&path, ending.2);
                if (is_in && !may_be_in)
                    || is_ender_out
                    || sessions > usize::from(is_in)
                    || (is_done && says_not)
                    || (is_done_after && !is_no_right(&path))
                {
                    faults.push(format!(
                        "{path}, {}, {point}: in {is_in}, ender out {is_ender_out}, \
                         {sessions} sessions, done {is_done}, after {is_done_after}, \
                         says not {says_not}, late {is_too_late}",
                        ending.0
                    ));
                }
            }
        }
    }
    faults
}

#[test]
fn whatever_is_held_beside_an_ending_leaves_nobody_signed_in() {
    assert_eq!(faults(&ENDINGS, 0), Vec::<String>::new());
}

#[test]
fn what_is_run_again_beside_an_ending_leaves_nobody_signed_in() {
    assert_eq!(faults(&[ENDINGS[0], ENDINGS[3]], 1), Vec::<String>::new());
}

#[test]
fn a_form_whose_body_comes_after_the_ending_does_nothing() {
    let house = House::new();
    for path in routes() {
        for ending in ENDINGS {
            let outcome = play(&house, &path, ending, None, 0).expect("it is held");
            let is_new = is_new_sign_in(&path, ending.2);
            assert!(is_new || !outcome.is_in, "{path}, {}", ending.0);
            let may_be_done = is_no_right(&path);
            assert!(may_be_done || !outcome.is_done, "{path}, {}", ending.0);
            assert!(outcome.sessions == 0 || is_new, "{path}, {}", ending.0);
        }
    }
}

/// Whoever is on the list gets another identifier, and uses it, while the list is gone through.
#[test]
fn hole_who_gets_another_identifier_beside_an_ending_that_is_held_stays_in() {
    let house = House::new();
    let mut faults = Vec::new();
    for (what, who, path) in &ENDINGS[1..] {
        for point in 0.. {
            let mut shop = Shop::of(&house);
            let typed = ending_fields(&shop, who, path);
            let confirmed = fields(&shop, "/confirm");
            shop.gate.state().held_at = Some(point);
            let mut end = shop.post(who, path, &typed);
            if shop.run_counted(who, &mut end).is_some() {
                break;
            }
            let answer = now(shop.post_elsewhere("Laptop", "/confirm", &confirmed));
            shop.arrive("Laptop", &answer);
            shop.is_in("Laptop");
            shop.gate.state().held_at = None;
            let answer = shop.run_counted(who, &mut end).expect("it ends");
            if answer.status().is_redirection() && shop.is_in("Laptop") {
                faults.push(format!("{what}, {point}"));
            }
        }
    }
    assert!(!faults.is_empty());
}

/// How many packets of a tea there are: in the basket, and in what Grace has ordered.
fn packets(shop: &Shop, tea: &str) -> [u64; 2] {
    let record = shop.record("Laptop");
    let basket = record.and_then(|record| record.data.get("basket").cloned());
    let in_basket = basket.and_then(|basket| basket[tea].as_u64());
    let orders = now(shop.store.orders_of("Grace")).expect("it answers");
    let teas = orders.iter().flat_map(|order| order.teas.split(", "));
    let lines = teas.filter_map(|line| line.split_once(" × "));
    let ordered = lines.filter(|(_, name)| name.eq_ignore_ascii_case(tea));
    let ordered = ordered.map(|(count, _)| count.parse::<u64>().expect("a number"));
    [in_basket.unwrap_or_default(), ordered.sum()]
}

/// Of what was put in at the same moment, nothing is lost, and nothing is there twice.
#[test]
fn a_packet_that_is_put_in_beside_a_form_is_kept_once_wherever_that_is_held() {
    let house = House::new();
    let mut faults = Vec::new();
    for path in routes().into_iter().filter(|path| path != "/sign-out") {
        for point in 0..points(&house, &path) {
            let mut shop = Shop::of(&house);
            let fields = fields(&shop, &path);
            let add = self::fields(&shop, "/basket").replace("assam", "sencha");
            shop.gate.state().held_at = Some(point);
            let mut held = shop.post("Laptop", &path, &fields);
            assert!(shop.run_watched(&mut held).is_none(), "{path} at {point}");
            let mut other = shop.post_elsewhere("Laptop", "/basket", &add);
            let added = shop.run("Laptop", &mut other).expect("it ends").status();
            shop.gate.state().held_at = None;
            let answer = shop.run_watched(&mut held).expect("it ends").status();
            let (assam, sencha) =
                (packets(&shop, "assam"), packets(&shop, "sencha"));
            let is_added = added == StatusCode::SEE_OTHER;
            let is_well = match path.as_str() {
                "/basket" => (assam, sencha) == ([2, 0], [1, 0]),
                "/basket/take" => (assam, sencha) == ([0, 0], [1, 0]),
                // Another member inherits nothing.
                "/register" => (assam, sencha) == ([0, 0], [0, 0]),
                // Before it, or after it.
                "/start-over" => {
                    assam == [0, 0] && sencha[0] <= 1 && sencha[1] == 0
                }
                // Of what its page has shown, or of nothing.
                "/checkout" if answer == StatusCode::CONFLICT => {
                    (assam, sencha) == ([1, 0], [1, 0])
                }
                "/checkout" => (assam, sencha) == ([0, 1], [1, 0]),
                _ => assam == [1, 0] && sencha == [u64::from(is_added), 0],
            };
            // Whose form comes with the identifier of before is told so.
            let is_told = is_added || added == StatusCode::CONFLICT;
            let is_done = answer == StatusCode::SEE_OTHER || path == "/checkout";
            if !is_well || !is_told || !is_done {
                faults.push(format!(
                    "{path} at {point}: {answer}, {added}, {assam:?} {sencha:?}"
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Neither of two tabs is told that the server has failed, and of one session no two become.
#[test]
fn two_forms_of_one_session_get_clear_answers_wherever_one_is_held() {
    let house = House::new();
    let mut faults = Vec::new();
    for path in routes().into_iter().filter(|path| path != "/sign-out") {
        let last = points(&house, &path) - 1;
        for point in 0..=last {
            for beside in ["/basket/take", "/checkout", "/confirm", "/sign-in"] {
                let mut shop = Shop::of(&house);
                let others = ["Phone", "Tablet", "Desk", "Eve"];
                let others = others.map(|browser| handle(&shop, browser));
                let (fields, other) = (fields(&shop, &path), fields(&shop, beside));
                shop.gate.state().held_at = Some(point);
                let mut held = shop.post("Laptop", &path, &fields);
                assert!(shop.run_watched(&mut held).is_none(), "{path} at {point}");
                let mut other = shop.post_elsewhere("Laptop", beside, &other);
                let other =
                    shop.run("Laptop", &mut other).expect("it ends").status();
                shop.gate.state().held_at = None;
                let held = shop.run_watched(&mut held).expect("it ends");
                let answer = held.status();
                let is_done = !shop.gate.state().done.is_empty();
                let is_lie = is_done && page(held).contains("Nothing has changed");
                let sessions = shop.sessions().into_iter().filter(|session| {
                    others.iter().all(|it| session.data["device"]["handle"] != **it)
                });
                let sessions = sessions.count();
                // What comes last is the answer on its way: see the hole below.
                let is_late =
                    point == last && ["/confirm", "/sign-in"].contains(&beside);
                if answer.is_server_error()
                    || other.is_server_error()
                    || is_lie
                    || sessions != 1
                    || !(is_late || shop.is_in("Laptop"))
                {
                    faults.push(format!(
                        "{path} at {point} beside {beside}: {answer}, {other}, \
                         a lie: {is_lie}, {sessions} sessions"
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whoever only looks ends nobody's session, wherever that is held.
#[test]
fn a_page_that_is_held_beside_a_form_signs_nobody_out() {
    let house = House::new();
    let mut faults = Vec::new();
    for path in routes().into_iter().filter(|path| path != "/sign-out") {
        let mut point = 0;
        loop {
            let mut shop = Shop::of(&house);
            let fields = fields(&shop, &path);
            shop.gate.state().held_at = Some(point);
            let mut page =
                shop.send(0, "Laptop", http::Method::GET, "/member", Body::empty());
            if shop.run_watched(&mut page).is_some() {
                break;
            }
            let mut other = shop.post_elsewhere("Laptop", &path, &fields);
            shop.run("Laptop", &mut other).expect("it ends");
            shop.gate.state().held_at = None;
            let status = shop.run_watched(&mut page).expect("it ends").status();
            if status.is_server_error() || !shop.is_in("Laptop") {
                faults.push(format!("{path} beside a page at {point}: {status}"));
            }
            point += 1;
        }
        assert!(point >= 6, "{path}: {point} points");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// As when the browser closes the connection, or the server ends.
#[test]
fn an_order_that_is_given_up_anywhere_is_made_and_kept_or_not_made() {
    let house = House::new();
    let mut made = BTreeSet::new();
    for point in 0..points(&house, "/checkout") {
        let mut shop = Shop::of(&house);
        let fields = fields(&shop, "/checkout");
        shop.gate.state().held_at = Some(point);
        let mut held = shop.post("Laptop", "/checkout", &fields);
        assert!(shop.run_watched(&mut held).is_none(), "held at {point}");
        drop(held);
        // Grace comes back, and looks.
        assert!(shop.is_in("Laptop"), "given up at {point}");
        let [in_basket, ordered] = packets(&shop, "assam");
        assert_eq!(in_basket + ordered, 1, "given up at {point}");
        made.insert(ordered);
        let again = shop.do_at_once("Laptop", "/checkout", &fields);
        assert_eq!(again.status(), StatusCode::SEE_OTHER, "sent again at {point}");
        assert_eq!(packets(&shop, "assam"), [0, 1], "sent again at {point}");
    }
    assert_eq!(made, [0, 1].into(), "before and after it is made");
}
