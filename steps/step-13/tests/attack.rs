//! What is open: each test shows it as it is.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::collapsible_if,
    clippy::collapsible_match
)]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    response::Response,
};
use step_13::{
    accounts::{Account, Accounts, InMemory},
    app,
    memory::Memory,
    name::Name,
    sessions::{Entry, Sessions},
};
use time::{Duration, OffsetDateTime};
use tower::ServiceExt;
use tower_sessions::{
    SessionStore,
    cookie::Key,
    session::{Id, Record},
    session_store::{Error, Result},
};

const TYPED: &str = "password=a+cup+before+noon";

/// A store that fails at one call.
#[derive(Clone, Debug)]
struct Failing {
    inner: Memory,
    calls: Arc<Mutex<(usize, Option<usize>, String)>>,
}

impl Failing {
    fn new(inner: Memory) -> Self {
        Self { inner, calls: Arc::default() }
    }
    fn at(&self, call: Option<usize>) {
        *self.calls.lock().unwrap() = (0, call, String::new());
    }
    fn check(&self, what: &str) -> Result<()> {
        let mut calls = self.calls.lock().unwrap();
        calls.0 += 1;
        if calls.1.is_some_and(|at| at == calls.0) {
            calls.2 = what.to_owned();
            return Err(Error::Backend("connection refused".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl SessionStore for Failing {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.check("create")?;
        self.inner.create(record).await
    }
    async fn save(&self, record: &Record) -> Result<()> {
        self.check("save")?;
        self.inner.save(record).await
    }
    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.check("load")?;
        self.inner.load(id).await
    }
    async fn delete(&self, id: &Id) -> Result<()> {
        self.check("delete")?;
        self.inner.delete(id).await
    }
}

#[async_trait]
impl Sessions for Failing {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        self.check("rotate")?;
        self.inner.rotate(before, record).await
    }
    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        self.check("successor_of")?;
        self.inner.successor_of(name).await
    }
    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        self.check("entries_of")?;
        self.inner.entries_of(member).await
    }
    async fn end(&self, name: &Name) -> Result<bool> {
        self.check("end")?;
        self.inner.end(name).await
    }
    async fn delete_expired(&self) -> Result<Vec<Name>> {
        self.inner.delete_expired().await
    }
}

async fn send(
    app: &Router,
    path: &str,
    cookie: &str,
    fields: Option<&str>,
) -> Response {
    let mut request = Request::builder()
        .method(if fields.is_none() { "GET" } else { "POST" })
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if !cookie.is_empty() {
        request = request.header(header::COOKIE, cookie);
    }
    let request = request.body(Body::from(fields.unwrap_or_default().to_owned()));
    app.clone().oneshot(request.unwrap()).await.unwrap()
}

fn cookie(answer: &Response) -> String {
    let cookie = answer.headers().get(header::SET_COOKIE).expect("a cookie");
    cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
}

async fn text(answer: Response) -> String {
    let page = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    String::from_utf8_lossy(&page).into_owned()
}

fn id_in(cookie: &str) -> Id {
    cookie["__Host-id=".len() + 44..].parse().unwrap()
}

async fn record(store: &Memory, cookie: &str) -> Option<Record> {
    store.load(&id_in(cookie)).await.unwrap()
}

async fn token(store: &Memory, cookie: &str) -> String {
    let record = record(store, cookie).await.expect("a session");
    record.data["token"].as_str().unwrap().to_owned()
}

fn shop(store: impl Sessions + Clone) -> Router {
    app(store, Key::from(&[7; 64]), InMemory::default())
}

async fn buys(app: &Router) -> String {
    let answer = send(app, "/basket", "", Some("tea=assam")).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    cookie(&answer)
}

fn plain() -> Record {
    Record {
        id: Id::default(),
        data: HashMap::new(),
        expiry_date: OffsetDateTime::now_utc() + Duration::hours(1),
    }
}

/// Each form, each call to the store failing in turn.
#[tokio::test]
async fn whatever_fails_no_answer_says_that_nothing_was_done_where_something_was() {
    let forms = [
        ("/basket", "tea=assam".to_owned()),
        ("/basket/take", "tea=assam".to_owned()),
        ("/start-over", String::new()),
        ("/remember", "remember=true".to_owned()),
        ("/sign-in", format!("name=Ada&{TYPED}")),
        ("/sign-in", format!("name=Eve&{TYPED}")),
        ("/register", format!("name=Newcomer&{TYPED}")),
        ("/sign-out", String::new()),
        ("/checkout", String::new()),
        ("/devices/end", "handle=".to_owned()),
        ("/devices/end-others", String::new()),
        ("/confirm", TYPED.to_owned()),
        ("/password", format!("{TYPED}&new=two+cups+at+four")),
        ("/administrator/end", "name=Eve".to_owned()),
        ("/administrator/end-all", String::new()),
        ("/administrator/disable", "name=Eve".to_owned()),
        ("/administrator/enable", "name=Eve".to_owned()),
    ];
    let mut faults = Vec::new();
    for (path, fields) in forms {
        for call in 1.. {
            let memory = Memory::default();
            let store = Failing::new(memory.clone());
            let accounts = Arc::new(InMemory::default());
            let app =
                app(store.clone(), Key::from(&[7; 64]), Kept(accounts.clone()));
            let register = async |name: &str| {
                let form = format!("name={name}&{TYPED}");
                cookie(&send(&app, "/register", "", Some(&form)).await)
            };
            register("Eve").await;
            let _ = register("Ada").await;
            // Ada is the administrator.
            let ada = accounts.find("Ada").await.unwrap();
            let boss = InMemory::default();
            boss.add(Account { is_administrator: true, ..ada }).await;
            boss.add(accounts.find("Eve").await.unwrap()).await;
            let accounts = Arc::new(boss);
            let app = step_13::app(
                store.clone(),
                Key::from(&[7; 64]),
                Kept(accounts.clone()),
            );
            let form = format!("name=Ada&{TYPED}");
            let phone = cookie(&send(&app, "/sign-in", "", Some(&form)).await);
            let laptop = cookie(&send(&app, "/sign-in", "", Some(&form)).await);
            let basket =
                format!("token={}&tea=assam", token(&memory, &laptop).await);
            send(&app, "/basket", &laptop, Some(&basket)).await;
            let mut all =
                format!("token={}&{fields}", token(&memory, &laptop).await);
            if path == "/devices/end" {
                let record = record(&memory, &phone).await.unwrap();
                all += record.data["device"]["handle"].as_str().unwrap();
            }
            let before = state(&memory, &accounts).await;
            store.at(Some(call));
            let answer = send(&app, path, &laptop, Some(&all)).await;
            let (calls, _, failed) = store.calls.lock().unwrap().clone();
            store.at(None);
            let status = answer.status();
            if calls < call {
                assert_eq!(status, 303, "{path}");
                break;
            }
            let page = text(answer).await;
            let is_done = state(&memory, &accounts).await != before;
            let says_not = page.contains("Nothing is lost")
                || page.contains("Nothing has changed");
            let said = if page.contains("may have been done") {
                "may"
            } else if says_not {
                "nothing"
            } else {
                ""
            };
            if is_done && says_not || (status != 503 && status != 303) {
                faults.push(format!(
                    "{path} {call} {failed}: {status}, done {is_done}, {said}"
                ));
            } else {
                println!(
                    "{path} {call} {failed}: {status}, done {is_done}, {said}"
                );
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

async fn state(memory: &Memory, accounts: &InMemory) -> (Vec<String>, String) {
    let dump = memory.dump();
    let mut lines: Vec<String> = dump.lines().map(str::to_owned).collect();
    lines.sort();
    let mut known = String::new();
    for name in ["Ada", "Eve", "Newcomer"] {
        known += &format!("{:?}", accounts.find(name).await);
    }
    (lines, known)
}

struct Kept(Arc<InMemory>);

#[async_trait]
impl Accounts for Kept {
    async fn find(&self, name: &str) -> Option<Account> {
        self.0.find(name).await
    }
    async fn add(&self, account: Account) -> bool {
        self.0.add(account).await
    }
    async fn set_password(&self, known: &Account, changed: &Account) -> bool {
        self.0.set_password(known, changed).await
    }
    async fn disable(&self, name: &str) -> bool {
        self.0.disable(name).await
    }
    async fn enable(&self, name: &str) -> bool {
        self.0.enable(name).await
    }
    async fn disabled(&self) -> Vec<String> {
        self.0.disabled().await
    }
}

/// Mallory is a member too, and plants a session of hers in which she is signed in.
#[tokio::test]
async fn hole_a_planted_session_of_a_member_ends_the_one_of_another_member() {
    let store = Memory::default();
    let app = shop(store.clone());
    let ada = format!("name=Ada&{TYPED}");
    send(&app, "/register", "", Some(&ada)).await;
    let mallory = format!("name=Mallory&{TYPED}");
    let planted = cookie(&send(&app, "/register", "", Some(&mallory)).await);
    let form = format!("token={}&{ada}", token(&store, &planted).await);
    let adas = cookie(&send(&app, "/sign-in", &planted, Some(&form)).await);
    assert!(record(&store, &adas).await.is_some());
    send(&app, "/sign-out", &planted, Some("")).await;
    assert!(record(&store, &adas).await.is_none(), "Mallory has signed Ada out");
}

#[tokio::test]
async fn hole_a_flood_beside_a_sign_in_with_a_basket() {
    let store = Memory::with_room_for(3);
    let app = shop(store.clone());
    let ada = format!("name=Ada&{TYPED}");
    send(&app, "/register", "", Some(&ada)).await;
    let basket = buys(&app).await;
    let form = format!("token={}&{ada}", token(&store, &basket).await);
    let sign_in = send(&app, "/sign-in", &basket, Some(&form));
    let mut sign_in = Box::pin(sign_in);
    // As far as the hash.
    let waker = std::task::Waker::noop();
    let _ = sign_in.as_mut().poll(&mut std::task::Context::from_waker(waker));
    for _ in 0..4 {
        buys(&app).await;
    }
    let answer = sign_in.await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let page = text(answer).await;
    assert!(page.contains("signed out meanwhile"), "{page}");
    // With the same form, and a cookie that opens nothing any more.
    let again = send(&app, "/sign-in", &basket, Some(&form)).await;
    assert_eq!(again.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn hole_a_value_of_200_levels_is_kept_and_never_read_again() {
    let store = Memory::default();
    let mut deep = plain();
    let mut value = serde_json::Value::Null;
    for _ in 0..200 {
        value = serde_json::Value::Array(vec![value]);
    }
    deep.data.insert("deep".into(), value);
    store.create(&mut deep).await.unwrap();
    assert!(store.load(&deep.id).await.is_err(), "kept, and never read again");
}

/// Accounts that let nobody be disabled while the gate is shut.
struct Gated(InMemory, Arc<Mutex<bool>>);

#[async_trait]
impl Accounts for Gated {
    async fn find(&self, name: &str) -> Option<Account> {
        self.0.find(name).await
    }
    async fn add(&self, account: Account) -> bool {
        self.0.add(account).await
    }
    async fn set_password(&self, known: &Account, changed: &Account) -> bool {
        self.0.set_password(known, changed).await
    }
    async fn disable(&self, name: &str) -> bool {
        std::future::poll_fn(|_| match *self.1.lock().unwrap() {
            true => std::task::Poll::Pending,
            false => std::task::Poll::Ready(()),
        })
        .await;
        self.0.disable(name).await
    }
    async fn enable(&self, name: &str) -> bool {
        self.0.enable(name).await
    }
    async fn disabled(&self) -> Vec<String> {
        self.0.disabled().await
    }
}

fn poll<T>(
    future: &mut std::pin::Pin<Box<impl Future<Output = T> + ?Sized>>,
) -> Option<T> {
    let waker = std::task::Waker::noop();
    match future.as_mut().poll(&mut std::task::Context::from_waker(waker)) {
        std::task::Poll::Ready(answer) => Some(answer),
        std::task::Poll::Pending => None,
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    poll(&mut Box::pin(future)).expect("it waits for nothing")
}

/// Sign-ins that are given up between the record and the count, while another one waits for
/// the turn: each record is a member's, on the list, and nobody's to use.
#[test]
fn hole_sign_ins_that_are_given_up_leave_more_than_three_sessions() {
    let memory = Memory::default();
    let is_shut = Arc::new(Mutex::new(false));
    let accounts = InMemory::default();
    let ada = format!("name=Ada&{TYPED}");
    let boss = format!("name=administrator&{TYPED}");
    now(async {
        let password = "a cup before noon".to_owned();
        let boss = Account::administrator(password).await.unwrap();
        let hash = boss.password_hash.clone();
        accounts.add(boss).await;
        accounts.add(Account::new("Ada".into(), hash)).await;
    });
    let app =
        app(memory.clone(), Key::from(&[7; 64]), Gated(accounts, is_shut.clone()));
    let boss = cookie(&now(send(&app, "/sign-in", "", Some(&boss))));
    let form = format!("name=Eve&token={}", now(token(&memory, &boss)));
    for _ in 0..10 {
        *is_shut.lock().unwrap() = true;
        let mut first =
            Box::pin(send(&app, "/administrator/disable", &boss, Some(&form)));
        assert!(poll(&mut first).is_none(), "it has the turn");
        let mut sign_in = Box::pin(send(&app, "/sign-in", "", Some(&ada)));
        assert!(poll(&mut sign_in).is_none(), "it waits for the turn");
        let mut order = Box::pin(send(&app, "/basket", "", Some("tea=assam")));
        assert!(poll(&mut order).is_none(), "it waits for the next one");
        *is_shut.lock().unwrap() = false;
        poll(&mut first).expect("an answer");
        assert!(
            poll(&mut sign_in).is_none(),
            "the record is there, and not counted"
        );
        drop(sign_in);
        poll(&mut order).expect("an answer");
    }
    let left = || now(memory.entries_of(Some("Ada"))).unwrap().len();
    assert_eq!(left(), 10);
    now(send(&app, "/sign-in", "", Some(&ada)));
    assert_eq!(left(), 3, "the next one that is not given up ends them");
}

/// A member has three devices, and there is no room: a fourth would end the first.
#[tokio::test]
async fn hole_where_there_is_no_room_a_fourth_device_takes_no_place_of_the_first() {
    let store = Memory::with_room_for(3);
    let app = shop(store.clone());
    let ada = format!("name=Ada&{TYPED}");
    send(&app, "/register", "", Some(&ada)).await;
    for expected in [303, 303, 503] {
        let answer = send(&app, "/sign-in", "", Some(&ada)).await;
        assert_eq!(answer.status(), expected);
    }
}

/// One call that the store does not answer, and nobody gets in or out.
#[test]
fn hole_one_call_that_is_never_answered_keeps_everybody_in() {
    #[derive(Clone, Debug)]
    struct Stuck(Memory, Arc<Mutex<bool>>);
    #[async_trait]
    impl SessionStore for Stuck {
        async fn create(&self, record: &mut Record) -> Result<()> {
            let is_stuck = *self.1.lock().unwrap();
            if is_stuck {
                std::future::pending::<()>().await;
            }
            self.0.create(record).await
        }
        async fn save(&self, record: &Record) -> Result<()> {
            self.0.save(record).await
        }
        async fn load(&self, id: &Id) -> Result<Option<Record>> {
            self.0.load(id).await
        }
        async fn delete(&self, id: &Id) -> Result<()> {
            self.0.delete(id).await
        }
    }
    #[async_trait]
    impl Sessions for Stuck {
        async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
            self.0.rotate(before, record).await
        }
        async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
            self.0.successor_of(name).await
        }
        async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
            self.0.entries_of(member).await
        }
        async fn end(&self, name: &Name) -> Result<bool> {
            self.0.end(name).await
        }
        async fn delete_expired(&self) -> Result<Vec<Name>> {
            self.0.delete_expired().await
        }
    }
    let memory = Memory::default();
    let is_stuck = Arc::new(Mutex::new(false));
    let app = shop(Stuck(memory.clone(), is_stuck.clone()));
    let ada = format!("name=Ada&{TYPED}");
    let ada = cookie(&now(send(&app, "/register", "", Some(&ada))));
    let out = format!("token={}", now(token(&memory, &ada)));
    *is_stuck.lock().unwrap() = true;
    let mut order = Box::pin(send(&app, "/basket", "", Some("tea=assam")));
    assert!(poll(&mut order).is_none());
    *is_stuck.lock().unwrap() = false;
    let mut out = Box::pin(send(&app, "/sign-out", &ada, Some(&out)));
    assert!(poll(&mut out).is_none(), "she waits behind a stranger");
    drop(order);
    assert!(poll(&mut out).is_some(), "until he gives up");
}

/// Random acts against a plain model.
#[tokio::test]
async fn a_thousand_random_acts_leave_the_shelves_in_order() {
    let mut seed = 88172645463325252u64;
    let mut random = move |most: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % most as u64) as usize
    };
    for _ in 0..50 {
        let store = Memory::with_room_for(6);
        let mut ids: Vec<Id> = Vec::new();
        for _ in 0..200 {
            let mut new = plain();
            if random(2) == 0 {
                let member = ["Ada", "Ad", "Adam", ""][random(4)];
                new.data.insert("member".into(), member.into());
            }
            let pick = |random: &mut dyn FnMut(usize) -> usize, ids: &Vec<Id>| {
                (!ids.is_empty()).then(|| ids[random(ids.len())])
            };
            match random(6) {
                0 => {
                    if store.create(&mut new).await.is_ok() {
                        ids.push(new.id);
                    }
                }
                1 => {
                    if let Some(id) = pick(&mut random, &ids) {
                        let before = Name::of(&id);
                        new.data.insert("before".into(), before.to_string().into());
                        if store.rotate(&before, &mut new).await.is_ok() {
                            ids.push(new.id);
                        }
                    }
                }
                2 => {
                    if let Some(id) = pick(&mut random, &ids) {
                        new.id = id;
                        if random(3) == 0 {
                            new.expiry_date =
                                OffsetDateTime::now_utc() - Duration::SECOND;
                        }
                        if random(2) == 0 {
                            if let Some(old) = store.load(&id).await.unwrap() {
                                new.data.extend(old.data);
                            }
                        }
                        let _ = store.save(&new).await;
                    }
                }
                3 => {
                    if let Some(id) = pick(&mut random, &ids) {
                        let _ = store.end(&Name::of(&id)).await;
                    }
                }
                4 => {
                    store.delete_expired().await.unwrap();
                }
                _ => {}
            }
            assert!(store.len() <= 6);
            let mut members: HashMap<String, usize> = HashMap::new();
            let mut befores = HashMap::new();
            for id in &ids {
                if let Some(record) = store.load(id).await.unwrap() {
                    if let Some(member) = record.data.get("member") {
                        *members
                            .entry(member.as_str().unwrap().into())
                            .or_default() += 1;
                    }
                    if let Some(before) = record.data.get("before") {
                        befores.insert(
                            before.as_str().unwrap().to_owned(),
                            Name::of(id),
                        );
                    }
                }
            }
            for member in ["Ada", "Ad", "Adam", ""] {
                let found = store.entries_of(Some(member)).await.unwrap().len();
                assert_eq!(
                    found,
                    members.get(member).copied().unwrap_or(0),
                    "{member}"
                );
            }
            assert_eq!(
                store.entries_of(None).await.unwrap().len(),
                members.values().sum::<usize>()
            );
            for id in &ids {
                let name = Name::of(id);
                let successor = store.successor_of(&name).await.unwrap();
                let known = befores.get(&name.to_string()).copied();
                if known.is_some() {
                    assert_eq!(successor, known);
                }
            }
        }
        // What has expired may still stand there. Then it goes.
        store.delete_expired().await.unwrap();
        for id in &ids {
            if let Some(next) = store.successor_of(&Name::of(id)).await.unwrap() {
                assert!(
                    store.dump().contains(&next.to_string()),
                    "a successor that is gone"
                );
            }
        }
    }
}
