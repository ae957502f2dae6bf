//! Keys that change under visitors who are there, over two servers.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{self, HeaderMap, Method, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use conversation::{Backend, Conversation, record_outside_the_lab};
use step_20::{
    secret::{Keys, Ring},
    sessions::Sessions,
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{task::JoinSet, task::yield_now};
use tower::ServiceExt;
use tower_sessions::{
    cookie::{Cookie, CookieJar, Key},
    session::Id,
};

mod told;
use told::Told;

const NAME: &str = "__Host-id";
const REMOVAL: &str =
    "__Host-id=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";
const PASSWORD: &str = "a cup before noon";

const OLD: u8 = 1;
const NEW: u8 = 2;
const DAY: Duration = Duration::DAY;
const YOUNG: Duration = Duration::minutes(1);

fn key(number: u8) -> Key {
    Key::from(&[number; 64])
}

/// Keys by their numbers and ages.
fn keys(dated: &[(u8, Duration)]) -> Keys {
    let mut text = String::new();
    for (number, age) in dated {
        let made = (OffsetDateTime::now_utc() - *age).format(&Rfc3339);
        let key = BASE64_STANDARD.encode([*number; 64]);
        text += &format!("{} {key}\n", made.expect("a date"));
    }
    Keys::parse(&text).expect("keys")
}

/// The keys before a rotation, in its three settings, and after it.
fn settings() -> [Keys; 4] {
    [
        keys(&[(OLD, DAY)]),
        keys(&[(OLD, DAY), (NEW, YOUNG)]),
        keys(&[(OLD, DAY), (NEW, DAY / 2)]),
        keys(&[(NEW, DAY / 2)]),
    ]
}

/// A server, and the keys that it has.
struct Server {
    app: Router,
    ring: Ring,
}

fn server(store: &Told, keys: &Keys) -> Server {
    let ring = Ring::new(keys.clone());
    Server { app: store.server_with(ring.clone()), ring }
}

/// Somebody at a browser.
#[derive(Clone, Debug, Default)]
struct Person {
    /// What goes into the header `Cookie`.
    cookie: String,
    token: String,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    page: String,
}

impl Answer {
    fn cookies(&self) -> Vec<&str> {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        cookies.map(|cookie| cookie.to_str().expect("text")).collect()
    }
}

impl Person {
    /// Somebody with a packet of Oolong in the basket, and the shop's page in front.
    async fn shopping(app: &Router) -> Self {
        let mut person = Self::default();
        person.post(app, "/basket", "tea=oolong").await;
        person.get(app, "/").await;
        person
    }

    /// Somebody who has registered.
    async fn member(app: &Router, name: &str) -> Self {
        let mut person = Self::shopping(app).await;
        person.get(app, "/register").await;
        let fields = format!("name={name}&password={}", PASSWORD.replace(' ', "+"));
        person.post(app, "/register", &fields).await;
        assert!(person.is_member(app).await);
        person
    }

    async fn is_member(&mut self, app: &Router) -> bool {
        self.get(app, "/member").await.status == StatusCode::OK
    }

    fn value(&self) -> &str {
        self.cookie.split_once('=').map_or("", |(_, value)| value)
    }

    fn id(&self) -> Id {
        self.value().get(44..).expect("an identifier").parse().expect("one")
    }

    /// Which key has signed this person's cookie, in the way of the chapters before.
    fn signer(&self) -> Option<u8> {
        let cookie = Cookie::new(NAME, self.value().to_owned());
        [OLD, NEW].into_iter().find(|number| {
            let jar = CookieJar::new();
            jar.signed(&key(*number)).verify(cookie.clone()).is_some()
        })
    }

    async fn get(&mut self, app: &Router, path: &str) -> Answer {
        self.send(app, Method::GET, path, String::new()).await
    }

    /// Sends a form with the token of this person's session.
    async fn post(&mut self, app: &Router, path: &str, fields: &str) -> Answer {
        let form = format!("token={}&{fields}", self.token);
        self.send(app, Method::POST, path, form).await
    }

    async fn send(
        &mut self,
        app: &Router,
        method: Method,
        path: &str,
        form: String,
    ) -> Answer {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &self.cookie)
            .body(Body::from(form))
            .expect("a request");
        let Ok(answer) = app.clone().oneshot(request).await;
        let (head, body) = answer.into_parts();
        let page = to_bytes(body, 1 << 20).await.expect("a page").to_vec();
        let page = String::from_utf8(page).expect("text");
        let answer = Answer { status: head.status, headers: head.headers, page };
        self.take(&answer);
        answer
    }

    /// Does what a browser does with an answer.
    fn take(&mut self, answer: &Answer) {
        for cookie in answer.cookies() {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        if self.cookie == format!("{NAME}=") {
            self.cookie.clear();
        }
        if let Some((_, rest)) = answer.page.split_once(r#"name="token" value=""#) {
            self.token = rest.split('"').next().unwrap_or_default().to_owned();
        }
    }
}

fn forged(number: u8, value: &str) -> String {
    let mut jar = CookieJar::new();
    jar.signed_mut(&key(number)).add(Cookie::new(NAME, value.to_owned()));
    let cookie = jar.get(NAME).expect("it is there");
    format!("{NAME}={}", cookie.value())
}

/// What a hundred visitors do all the time: at one server they put something in or take it
/// out, at the other they look. Every tenth only looks.
async fn visit(mut person: Person, number: usize, load: Arc<Load>) -> Person {
    let mut round = number;
    while !load.is_over.load(Ordering::SeqCst) {
        let [one, other] = [0, 1].map(|at| &load.apps[(round + at) % 2]);
        if !number.is_multiple_of(10) {
            let act = if round % 4 < 2 { "/basket" } else { "/basket/take" };
            let answer = person.post(one, act, "tea=assam").await;
            let status = answer.status;
            assert_eq!(status, StatusCode::SEE_OTHER, "{number}: {}", answer.page);
        }
        for app in [one, other] {
            let Answer { status, page, .. } = person.get(app, "/").await;
            assert!(
                status == StatusCode::OK && page.contains("1 × Oolong"),
                "{page}"
            );
        }
        round += 1;
        load.rounds[number].fetch_add(1, Ordering::SeqCst);
        yield_now().await;
    }
    person
}

/// What is under way while the keys change.
struct Load {
    apps: [Router; 2],
    rounds: Vec<AtomicUsize>,
    is_over: AtomicBool,
}

impl Load {
    /// Waits until each visitor has been at both servers since.
    async fn goes_round(&self, visitors: &mut JoinSet<Person>) {
        let count = |it: &AtomicUsize| it.load(Ordering::SeqCst);
        let before: Vec<usize> = self.rounds.iter().map(count).collect();
        for (rounds, before) in self.rounds.iter().zip(before) {
            while count(rounds) < before + 2 {
                if let Some(failed) = visitors.try_join_next() {
                    failed.expect("nobody is signed out");
                }
                yield_now().await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_signs_none_of_a_hundred_visitors_out() {
    const VISITORS: usize = 100;
    let store = Told::new();
    let [old, accepted, signing, new] = settings();
    let servers = [server(&store, &old), server(&store, &old)];
    let apps = [servers[0].app.clone(), servers[1].app.clone()];
    let load = Arc::new(Load {
        apps,
        rounds: (0..VISITORS).map(|_| AtomicUsize::new(0)).collect(),
        is_over: AtomicBool::new(false),
    });
    let mut visitors = JoinSet::new();
    for number in 0..VISITORS {
        let person = match number {
            50 => Person::member(&load.apps[0], "Ada").await,
            _ => Person::shopping(&load.apps[number % 2]).await,
        };
        visitors.spawn(visit(person, number, load.clone()));
    }
    // The second server reads the file later each time.
    for keys in [accepted, signing, new] {
        for server in &servers {
            server.ring.replace(keys.clone());
            load.goes_round(&mut visitors).await;
        }
    }
    load.is_over.store(true, Ordering::SeqCst);
    let people = visitors.join_all().await;
    let signers: Vec<_> = people.iter().map(Person::signer).collect();
    assert_eq!(signers, vec![Some(NEW); VISITORS]);
    assert_eq!(store.rows().len(), VISITORS, "and nobody has begun again");
}

/// Two servers on one store with the old key, Ada, who is signed in, and their keys.
async fn side_by_side(title: &str) -> (Conversation, [Ring; 2]) {
    let (store, [old, ..]) = (Told::new(), settings());
    let [one, other] = [server(&store, &old), server(&store, &old)];
    let mut story = Conversation::new(title, one.app, store);
    story.aside();
    story.join(other.app);
    let fields = format!("name=Ada&password={}", PASSWORD.replace(' ', "+"));
    story.post("Ada", "/register", &fields).await;
    story.get("Ada", "/").await;
    (story, [one.ring, other.ring])
}

#[tokio::test]
async fn a_key_that_signs_at_once_signs_ada_out_at_the_other_server() {
    let (mut story, [ring, _]) =
        side_by_side("A new key signs at one of two servers").await;
    let [_, _, signing, _] = settings();
    ring.replace(signing);
    story.so_far("Ada is signed in. Server 1 has a new key, and signs with it.");
    story.get("Ada", "/").await;
    story.answers(2);
    let answer = story.get("Ada", "/member").await;
    assert_eq!(answer.header("set-cookie"), Some(REMOVAL));
    story.answers(1);
    assert_eq!(story.get("Ada", "/member").await.status, StatusCode::SEE_OTHER);
    assert_eq!(story.rows().len(), 1, "her session is there, and nobody's");
    record_outside_the_lab!(story, "at_once");
}

#[tokio::test]
async fn ada_stays_signed_in_while_two_servers_change_their_key() {
    let (mut story, rings) = side_by_side("A key changes under Ada").await;
    let [_, accepted, signing, new] = settings();
    story.so_far("Ada is signed in.");
    rings[0].replace(accepted.clone());
    story.says("A new key is in the file. Server 1 has read it.");
    story.pass(Duration::minutes(4)).await;
    story.get("Ada", "/").await;
    rings[0].replace(signing.clone());
    rings[1].replace(accepted);
    story
        .says("It has settled. Server 2 has read it too, and its clock is behind.");
    let answer = story.get("Ada", "/").await;
    assert!(answer.header("set-cookie").is_some());
    assert_eq!(story.last_calls(), ["load"], "for another key, nothing is written");
    story.answers(2);
    assert_eq!(story.get("Ada", "/").await.header("set-cookie"), None);
    for ring in &rings {
        ring.replace(new.clone());
    }
    story.says("The old key is taken out of the file.");
    assert_eq!(story.get("Ada", "/member").await.status, StatusCode::OK);
    record_outside_the_lab!(story, "rotation");
}

/// What the waiting is for: a key that signs at once is not yet known everywhere.
#[tokio::test]
async fn a_key_that_signs_at_once_signs_people_out_at_a_server_without_it() {
    let store = Told::new();
    let [old, accepted, signing, _] = settings();
    let late = server(&store, &old).app;
    for (keys, is_kept) in [(accepted, true), (signing, false)] {
        let early = server(&store, &keys).app;
        let mut ada = Person::shopping(&early).await;
        let answer = ada.get(&late, "/").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.page.contains("1 × Oolong"), is_kept);
        assert_eq!(answer.cookies().is_empty(), is_kept);
        assert_eq!(ada.get(&early, "/").await.page.contains("1 × Oolong"), is_kept);
    }
}

#[tokio::test]
async fn who_only_looks_gets_a_cookie_of_the_newest_key_and_no_other_lifetime() {
    const REMEMBERED: Duration = Duration::days(30);
    let store = Told::new();
    let [old, accepted, signing, _] = settings();
    let Server { app, ring } = server(&store, &old);
    let mut ada = Person::shopping(&app).await;
    let mut grace = Person::shopping(&app).await;
    grace.post(&app, "/remember", "remember=true").await;
    grace.get(&app, "/").await;
    // Half a minute is not worth a write to the store.
    Backend::age(&store, Duration::seconds(30)).await;
    let before = (store.rows(), [ada.id(), grace.id()]);
    ring.replace(accepted);
    for person in [&mut ada, &mut grace] {
        assert!(person.get(&app, "/").await.cookies().is_empty());
    }
    ring.replace(signing);
    // What asks nothing of the store does not know how long it lives.
    assert!(grace.get(&app, "/about").await.cookies().is_empty());
    store.fail("it is out of reach");
    assert!(grace.get(&app, "/").await.cookies().is_empty());
    store.recover();
    for (person, lives) in [(&mut ada, None), (&mut grace, Some(REMEMBERED))] {
        let answer = person.get(&app, "/").await;
        let [cookie] = answer.cookies()[..] else { panic!("{:?}", answer.headers) };
        let kind = "; HttpOnly; SameSite=Lax; Secure; Path=/";
        let (_, age) = cookie.split_once(kind).expect(cookie);
        let age = age.strip_prefix("; Max-Age=").map(|it| it.parse::<i64>());
        let age = age.map(|age| Duration::seconds(age.expect("seconds")));
        match (age, lives) {
            (None, None) => {}
            (Some(age), Some(lives)) => {
                let passed = lives - age;
                assert!(passed >= Duration::seconds(30), "{age}");
                assert!(passed < Duration::minutes(11), "{age}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(person.signer(), Some(NEW));
        assert!(person.get(&app, "/").await.cookies().is_empty(), "once is enough");
    }
    assert_eq!((store.rows(), [ada.id(), grace.id()]), before);
}

#[tokio::test]
async fn a_server_whose_clock_is_behind_signs_no_cookie_back_to_the_older_key() {
    let store = Told::new();
    let [_, accepted, signing, _] = settings();
    let servers = [server(&store, &signing), server(&store, &accepted)];
    let mut ada = Person::shopping(&servers[0].app).await;
    for _ in 0..3 {
        for server in &servers {
            let answer = ada.get(&server.app, "/").await;
            assert!(answer.cookies().is_empty() && answer.page.contains("Oolong"));
        }
    }
}

#[tokio::test]
async fn the_cookie_of_a_key_that_was_taken_away_is_a_strangers_and_goes_once() {
    let store = Told::new();
    let [old, _, _, new] = settings();
    let Server { app, ring } = server(&store, &old);
    let mut ada = Person::member(&app, "Ada").await;
    ring.replace(new);
    for path in ["/", "/member", "/about", "/devices", "/nothing"] {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            let mut copy = ada.clone();
            let asked = copy.send(&app, method.clone(), path, String::new()).await;
            assert!(!asked.status.is_server_error(), "{method} {path}");
            assert_eq!(asked.cookies(), [REMOVAL], "{method} {path}");
            assert_eq!(copy.cookie, "");
            let again = copy.get(&app, path).await;
            assert!(again.cookies().is_empty(), "{method} {path}");
        }
    }
    // Whoever buys something gets another cookie, and no removal beside it.
    let bought = ada.post(&app, "/basket", "tea=assam").await;
    assert_eq!(bought.status, StatusCode::SEE_OTHER);
    assert_eq!((bought.cookies().len(), ada.signer()), (1, Some(NEW)));
    let page = ada.get(&app, "/").await.page;
    assert!(page.contains("1 × Assam") && !page.contains("1 × Oolong"));
}

/// What a person gets whose request is under way while the keys become others: its store
/// has done this, and has not said so yet.
async fn while_keys_change(
    store: &Told,
    held: &'static str,
    request: impl Future<Output = Answer>,
    change: impl FnOnce(),
) -> Answer {
    Backend::hold(store, Some(held));
    let changes = async {
        while !Backend::holds(store) {
            yield_now().await;
        }
        change();
        Backend::hold(store, None);
        // Both are polled again.
        yield_now().await;
    };
    tokio::join!(request, changes).0
}

fn sign_in() -> String {
    format!("name=Ada&password={}", PASSWORD.replace(' ', "+"))
}

#[tokio::test]
async fn a_sign_in_under_way_while_another_key_begins_to_sign_is_kept() {
    let (store, [old, _, signing, _]) = (Told::new(), settings());
    let Server { app, ring } = server(&store, &old);
    Person::member(&app, "Ada").await;
    let mut ada = Person::shopping(&app).await;
    let (before, mut tab) = (ada.id(), ada.clone());
    let fields = sign_in();
    let signs_in = ada.post(&app, "/sign-in", &fields);
    let answer =
        while_keys_change(&store, "rotate", signs_in, || ring.replace(signing))
            .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!((answer.cookies().len(), ada.signer()), (1, Some(OLD)));
    assert_ne!(ada.id(), before);
    // A page of before comes late, and takes nothing away.
    assert!(tab.get(&app, "/").await.cookies().is_empty());
    assert!(ada.is_member(&app).await);
    assert_eq!(ada.signer(), Some(NEW));
}

#[tokio::test]
async fn hole_a_sign_in_under_way_while_its_key_is_taken_away_is_lost() {
    let (store, [old, .., new]) = (Told::new(), settings());
    let Server { app, ring } = server(&store, &old);
    Person::member(&app, "Ada").await;
    let mut ada = Person::shopping(&app).await;
    let fields = sign_in();
    let signs_in = ada.post(&app, "/sign-in", &fields);
    let answer =
        while_keys_change(&store, "rotate", signs_in, || ring.replace(new)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!((answer.cookies().len(), ada.signer()), (1, Some(OLD)));
    assert_eq!(ada.get(&app, "/member").await.cookies(), [REMOVAL]);
}

/// Both were sent at once, and the page comes to the server later than the sign-in.
#[tokio::test]
async fn hole_a_page_that_comes_when_its_key_has_gone_takes_the_cookie_of_a_sign_in_along()
 {
    let (store, [old, _, signing, new]) = (Told::new(), settings());
    let Server { app, ring } = server(&store, &old);
    Person::member(&app, "Ada").await;
    let mut ada = Person::shopping(&app).await;
    let mut tab = ada.clone();
    ring.replace(signing);
    ada.post(&app, "/sign-in", &sign_in()).await;
    ring.replace(new);
    assert!(ada.is_member(&app).await);
    let late = tab.get(&app, "/").await;
    assert_eq!(late.cookies(), [REMOVAL]);
    ada.take(&late);
    assert!(!ada.is_member(&app).await);
}

/// Whoever has copied the key keeps requests under way, one after the other.
#[tokio::test]
async fn a_request_under_way_while_its_key_is_taken_away_brings_no_cookie_of_another()
 {
    let (store, [old, .., new]) = (Told::new(), settings());
    let Server { app, ring } = server(&store, &old);
    let ada = Person::member(&app, "Ada").await;
    // The first one only looks, the other one is saved.
    for (method, path) in [(Method::GET, "/"), (Method::POST, "/basket")] {
        ring.replace(old.clone());
        let cookie = forged(OLD, &ada.id().to_string());
        let mut thief = Person { cookie, ..ada.clone() };
        let form = format!("token={}&tea=assam", ada.token);
        let asks = thief.send(&app, method, path, form);
        let change = || ring.replace(new.clone());
        let answer = while_keys_change(&store, "load", asks, change).await;
        assert!(!answer.status.is_client_error(), "{}", answer.page);
        assert!(!thief.is_member(&app).await, "{:?}", answer.cookies());
    }
}

/// The page was sent before the sign-in, and its answer comes last.
#[tokio::test]
async fn hole_a_cookie_that_is_signed_anew_too_late_brings_the_identifier_of_before_back()
 {
    let [old, _, signing, _] = settings();
    let store = Told::new();
    let Server { app, ring } = server(&store, &old);
    Person::member(&app, "Ada").await;
    let mut ada = Person::shopping(&app).await;
    let before = ada.id();
    ring.replace(signing);
    let mut tab = ada.clone();
    Backend::hold(&store, Some("load"));
    let looks = tab.get(&app, "/");
    let signs_in = async {
        while !Backend::holds(&store) {
            yield_now().await;
        }
        let answer = ada.post(&app, "/sign-in", &sign_in()).await;
        Backend::hold(&store, None);
        answer
    };
    let (late, answer) = tokio::join!(looks, signs_in);
    assert_eq!((late.cookies().len(), answer.cookies().len()), (1, 1));
    let member = ada.clone();
    ada.take(&late);
    assert_eq!(ada.id(), before);
    assert!(!ada.is_member(&app).await, "she has to sign in again");
    // And nobody has her session by it.
    for (mut person, is_member) in [(tab, false), (member, true)] {
        assert_eq!(person.is_member(&app).await, is_member);
    }
}

#[tokio::test]
async fn what_the_chapters_before_have_signed_opens_and_the_other_way_round() {
    let store = Told::new();
    let app = server(&store, &keys(&[(OLD, DAY)])).app;
    let mut ada = Person::shopping(&app).await;
    assert_eq!(ada.signer(), Some(OLD));
    let theirs = forged(OLD, &ada.id().to_string());
    assert_eq!(theirs, ada.cookie, "byte for byte");
    ada.cookie = theirs;
    assert!(ada.get(&app, "/").await.page.contains("1 × Oolong"));
}

#[tokio::test]
async fn of_two_cookies_neither_counts_and_neither_is_removed() {
    let store = Told::new();
    let app = server(&store, &keys(&[(OLD, DAY)])).app;
    let ada = Person::shopping(&app).await;
    for other in [&*ada.cookie, "__Host-id=garbage", "__Host-id="] {
        let mut both = ada.clone();
        both.cookie = format!("{}; {other}", ada.cookie);
        let answer = both.get(&app, "/").await;
        assert!(!answer.page.contains("1 × Oolong"), "{other}");
        assert!(answer.cookies().is_empty(), "{other}: {:?}", answer.cookies());
    }
}

#[tokio::test]
async fn a_cookie_that_no_key_has_signed_costs_the_store_nothing_and_is_removed() {
    let store = Told::new();
    let Server { app, .. } = server(&store, &settings()[2]);
    let ada = Person::shopping(&app).await;
    Backend::calls(&store);
    let log = trial::Log::default();
    let _guard = log.listen();
    let value = ada.value();
    let mut bad = vec![
        String::new(),
        value[..65].to_owned(),
        format!("{value}x"),
        format!("{value}=="),
        value[44..].to_owned(),
        value[..44].to_owned(),
        value.to_lowercase(),
        format!("\"{value}\""),
        format!(" {value}"),
        format!("{value} "),
        value.replace('=', "%3D"),
        "é".repeat(33),
        "A".repeat(60_000),
        value.repeat(900),
    ];
    let signed = |value: &str| forged(NEW, value).split_off(NAME.len() + 1);
    // By somebody who has the key: no identifiers, and too long.
    bad.extend(["", "x", "é", &"A".repeat(60_000)].map(signed));
    for value in bad {
        let cookie = format!("{NAME}={value}");
        let mut mallory = Person { cookie, ..Person::default() };
        let before = log.text().len();
        let answer = mallory.get(&app, "/").await;
        let lines = log.text().split_off(before);
        let told = lines.matches("no key of ours has signed a cookie");
        assert_eq!(told.count(), 1, "{lines}");
        assert_eq!(answer.status, StatusCode::OK, "{value:.80}");
        assert_eq!(answer.cookies(), [REMOVAL], "{value:.80}");
        let calls = Backend::calls(&store);
        assert!(calls.is_empty(), "{value:.80}: {calls:?}");
    }
}

#[test]
fn whatever_a_cookie_says_with_several_keys_nothing_breaks() {
    let store = Told::new();
    let Server { app, .. } = server(&store, &settings()[2]);
    trial::throw_cookies(&app, NAME, || {
        store.rows().iter().map(|row| row.id.clone()).collect()
    });
}

/// What encrypts has the same keys, and the same order of them.
#[test]
fn the_keys_of_encrypted_cookies_change_in_the_same_way() {
    let seal = |keys: &Keys| {
        let mut jar = CookieJar::new();
        jar.private_mut(&keys.signing()).add(Cookie::new(NAME, "an identifier"));
        jar.get(NAME).expect("it is there").clone()
    };
    let is_old = |keys: &Keys, cookie: &Cookie<'static>| {
        let jar = CookieJar::new();
        keys.all().find_map(|(key, is_old)| {
            jar.private(&key).decrypt(cookie.clone()).map(|_| is_old)
        })
    };
    let [old, accepted, signing, new] = settings();
    for (cookie, opened) in [
        (seal(&old), [Some(false), Some(false), Some(true), None]),
        (seal(&accepted), [Some(false), Some(false), Some(true), None]),
        (seal(&signing), [None, Some(false), Some(false), Some(false)]),
    ] {
        let found =
            [&old, &accepted, &signing, &new].map(|keys| is_old(keys, &cookie));
        assert_eq!(found, opened);
    }
}

/// Somebody has copied the key, and Ada's cookie with it.
#[tokio::test]
async fn after_a_leak_a_new_key_ends_nothing_and_two_other_acts_end_it() {
    let store = Told::new();
    let [old, _, signing, new] = settings();
    let Server { app, ring } = server(&store, &old);
    let mut ada = Person::member(&app, "Ada").await;
    let mut thief = ada.clone();
    // A key makes no session: an identifier that nobody has opens nothing.
    let mut forger = Person::default();
    for keys in [&old, &signing] {
        ring.replace(keys.clone());
        forger.cookie = forged(OLD, &Id::default().to_string());
        assert!(!forger.is_member(&app).await);
        // But it signs what is stolen without a signature, such as from a copy of memory.
        forger.cookie = forged(OLD, &ada.id().to_string());
        assert!(forger.is_member(&app).await);
        assert!(thief.is_member(&app).await);
    }
    // The stolen cookie has been signed again, like Ada's.
    assert!(ada.is_member(&app).await);
    let signers = [thief.signer(), ada.signer()];
    assert_eq!(signers, [Some(NEW), Some(NEW)]);
    // To take the key away ends what it alone has signed.
    ring.replace(new);
    forger.cookie = forged(OLD, &ada.id().to_string());
    assert!(!forger.is_member(&app).await);
    assert!(thief.is_member(&app).await);
    // To end the sessions ends what was stolen.
    for entry in store.entries_of(None).await.expect("it answers") {
        store.end(&entry.name).await.expect("it answers");
    }
    for person in [&mut ada, &mut thief] {
        assert!(!person.is_member(&app).await);
    }
}
