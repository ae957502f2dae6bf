//! What the chapter says about this step, carried out.

use std::{
    fmt::Write,
    fs,
    ops::RangeInclusive,
    path::Path,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    time::Duration as Std,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{self, StatusCode, header},
    routing::post,
};
use conversation::{
    Answer, Backend, Conversation, Watched, record, snapshot_settings,
};
use step_09::{
    accounts::{Account, Accounts, InMemory},
    app,
    naive::{self, Renewal},
    secret,
};
use time::Duration;
use tower::ServiceExt;
use tower_sessions::{
    MemoryStore, Session, SessionManagerLayer, SessionStore, cookie::Key,
    session::Id,
};
use trial::{Browser, Program, Start};

/// The key of these tests: 64 bytes that nobody has to guess.
const KEY: [u8; 64] = [7; 64];
const PROGRAM: &str = env!("CARGO_BIN_EXE_step-09");
const COOKIE: &str = "__Host-id";
const PASSWORD: &str = "a cup before noon";
/// How the hashes of argon2id begin that cost what OWASP asks for.
const COST: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

fn server() -> (Router, Watched<MemoryStore>) {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    (app(store.clone(), Key::from(&KEY), InMemory::default()), store)
}

fn conversation(title: &str) -> Conversation {
    let (app, store) = server();
    Conversation::new(title, app, store)
}

fn naive_conversation(title: &str, renewal: Renewal) -> Conversation {
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    let accounts = InMemory::default();
    let app = naive::app(renewal, store.clone(), Key::from(&KEY), accounts);
    let name = match renewal {
        Renewal::None => "the identifier stays",
        Renewal::Flush => "flush",
        Renewal::Clear => "clear",
    };
    Conversation::new(title, app, store).naive(name)
}

async fn buy(story: &mut Conversation, who: &str, tea: &str) -> Answer {
    story.post(who, "/basket", &format!("tea={tea}")).await
}

/// `who` registers under this name, and signs out again.
async fn register(story: &mut Conversation, who: &str) {
    let answer = give(story, who, "/register", who, PASSWORD).await;
    assert_eq!(answer.header("location"), Some("/member"));
    story.post(who, "/sign-out", "").await;
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
    story.post(who, path, &form_of(name, password)).await
}

fn form_of(name: &str, password: &str) -> String {
    let encode = |text: &str| text.replace(' ', "+");
    format!("name={}&password={}", encode(name), encode(password))
}

fn is_member(answer: &Answer) -> bool {
    answer.text.contains("Sign out")
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
    record!(story, "signing_in");
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

/// The new cookie was on its way when that page was asked for.
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
async fn hole_a_page_that_another_tab_loads_beside_a_sign_in_removes_the_cookie() {
    let mut story = conversation("Two tabs, and an answer on its way");
    register(&mut story, "Ada").await;
    buy(&mut story, "Ada", "assam").await;
    story.steal("Ada", "Another tab");
    sign_in(&mut story, "Ada").await;
    let page = story.get("Another tab", "/").await;
    let cookie = page.header("set-cookie").unwrap_or_default();
    assert!(cookie.starts_with(&format!("{COOKIE}=;")), "chapter 12 ends this");
}

/// Mallory plants the cookie of a session of her own in Ada's browser; Ada signs in.
/// Then Mallory looks at the page for members.
async fn fixation(story: &mut Conversation) -> Answer {
    story.aside();
    register(story, "Ada").await;
    story.so_far("Ada has registered, and signed out.");
    buy(story, "Mallory", "sencha").await;
    story.attacker("Mallory");
    let planted = story.cookies("Mallory")[0].value.clone();
    story.says("Mallory plants the cookie of her session in Ada's browser.");
    story.give("Ada", COOKIE, &planted);
    sign_in(story, "Ada").await;
    story.get("Mallory", "/member").await
}

#[tokio::test]
async fn a_planted_identifier_makes_mallory_a_member_of_a_naive_shop() {
    let mut story = naive_conversation("Fixation succeeds", Renewal::None);
    assert!(is_member(&fixation(&mut story).await));
    record!(story, "fixation_succeeds");
}

#[tokio::test]
async fn flush_then_insert_takes_the_planted_identifier_up_again() {
    let mut story =
        naive_conversation("Fixation succeeds against flush", Renewal::Flush);
    assert!(is_member(&fixation(&mut story).await));
    record!(story, "fixation_succeeds_against_flush");
}

#[tokio::test]
async fn clear_then_insert_takes_the_planted_identifier_up_again() {
    let mut story =
        naive_conversation("Fixation succeeds against clear", Renewal::Clear);
    assert!(is_member(&fixation(&mut story).await));
}

#[tokio::test]
async fn a_planted_identifier_is_worth_nothing_after_sign_in() {
    let mut story = conversation("Fixation fails");
    let answer = fixation(&mut story).await;
    assert_eq!(answer.header("location"), Some("/sign-in"));
    assert!(is_member(&story.get("Ada", "/member").await));
    record!(story, "fixation_fails");
}

#[tokio::test]
async fn a_planted_identifier_is_worth_nothing_after_registering() {
    let mut story = conversation("Registering");
    buy(&mut story, "Mallory", "sencha").await;
    let planted = story.cookies("Mallory")[0].value.clone();
    story.give("Ada", COOKIE, &planted);
    give(&mut story, "Ada", "/register", "Ada", PASSWORD).await;
    assert!(is_member(&story.get("Ada", "/").await));
    assert!(!is_member(&story.get("Mallory", "/").await));
}

/// A server without a signature, which makes these calls before it writes the member.
fn unsigned(calls: &'static [&'static str]) -> Conversation {
    let begin = async move |session: Session| {
        for call in calls {
            let done = match *call {
                "flush" => session.flush().await,
                "cycle_id" => session.cycle_id().await,
                _ => {
                    session.clear().await;
                    Ok(())
                }
            };
            done.expect("the store answers");
        }
        session.insert("member", "Ada").await.expect("it is noted");
    };
    trial::forbid_in_logs(&[PASSWORD]);
    let store = Watched::new(MemoryStore::default());
    let layer = SessionManagerLayer::new(store.clone());
    let app = Router::new().route("/begin", post(begin)).layer(layer);
    Conversation::new("An invented identifier", app, store)
}

async fn adopts_an_invented_identifier(calls: &'static [&'static str]) -> bool {
    let mut story = unsigned(calls);
    let invented = Id(42).to_string();
    story.forge("Ada", "id", &invented);
    story.post("Ada", "/begin", "").await;
    story.rows()[0].id == invented
}

#[tokio::test]
async fn without_a_signature_flush_then_insert_adopts_an_invented_identifier() {
    assert!(adopts_an_invented_identifier(&["flush"]).await);
    assert!(!adopts_an_invented_identifier(&["flush", "cycle_id"]).await);
}

#[tokio::test]
async fn without_a_signature_clear_then_insert_adopts_one_too() {
    assert!(adopts_an_invented_identifier(&["clear"]).await);
    assert!(!adopts_an_invented_identifier(&["cycle_id"]).await);
    assert!(!adopts_an_invented_identifier(&[]).await);
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
    story.post("Ada", "/remember", choice).await;
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
    story.post("Ada", "/remember", "remember=true").await;
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
    use step_09::sweep::{self, Swept};
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
    story.post("Ada", "/start-over", "").await;
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
        story.post("Ada", path, "tea=assam").await;
        let answer = story.get("Ada", "/").await;
        assert!(is_member(&answer) && !answer.text.contains("1 × Assam"));
    }
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_get_the_same_answer() {
    let mut story = conversation("No enumeration");
    register(&mut story, "Ada").await;
    let wrong = give(&mut story, "Mallory", "/sign-in", "Ada", "wrong").await;
    let unknown = give(&mut story, "Mallory", "/sign-in", "Adam", "wrong").await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert_eq!((wrong.status, wrong.headers), (unknown.status, unknown.headers));
    assert_eq!(wrong.body, unknown.body);
    assert!(story.rows().is_empty() && story.cookies("Mallory").is_empty());
    record!(story, "no_enumeration");
}

#[tokio::test(start_paused = true)]
async fn after_five_wrong_passwords_nobody_gets_in_for_a_minute() {
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

#[tokio::test]
async fn the_right_password_forgets_the_wrong_ones() {
    let mut story = conversation("Forgotten tries");
    register(&mut story, "Ada").await;
    for _ in 0..3 {
        for _ in 0..4 {
            give(&mut story, "Ada", "/sign-in", "Ada", "wrong").await;
        }
        assert_eq!(sign_in(&mut story, "Ada").await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test(start_paused = true)]
async fn ten_members_a_minute_register_at_most() {
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

#[tokio::test(start_paused = true)]
async fn a_refused_password_leaves_a_line_in_the_log() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let mut story = conversation("Lines");
    register(&mut story, "Ada").await;
    // Whoever slips types the password into the field of the name.
    for (name, password) in [("Ada", "wrong"), (PASSWORD, "wrong"), ("", "wrong")] {
        give(&mut story, "Ada", "/sign-in", name, password).await;
    }
    for _ in 0..5 {
        give(&mut story, "Mallory", "/sign-in", "Ada", "wrong").await;
    }
    let text = log.text();
    let lines = |end: &str| {
        let line = format!("a password is refused {end}\n");
        text.matches(&line).count()
    };
    assert_eq!(lines(r#"why=Wrong member="Ada""#), 5, "{text}");
    assert_eq!(lines("why=Wrong"), 2, "{text}");
    assert_eq!(lines(r#"why=TooOften(60s) member="Ada""#), 1, "{text}");
}

fn credentials(path: &str, name: &str, password: &str) -> http::Request<Body> {
    http::Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form_of(name, password)))
        .expect("well formed")
}

fn wrong_password(name: &str) -> http::Request<Body> {
    credentials("/sign-in", name, "wrong")
}

#[tokio::test]
async fn tries_at_the_same_time_count_too() {
    let (app, _) = server();
    let tries: Vec<_> = (0..20)
        .map(|_| tokio::spawn(app.clone().oneshot(wrong_password("Ada"))))
        .collect();
    let mut refused = 0;
    for attempt in tries {
        let answer = attempt.await.expect("no panic").expect("an answer");
        refused += u32::from(answer.status() == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 15);
}

/// How many threads hash passwords for what a crowd sends.
fn hashing_threads(crowd: impl Future<Output = ()>) -> usize {
    let threads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&threads);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .on_thread_start(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .expect("a runtime");
    runtime.block_on(crowd);
    // Waits for the threads.
    drop(runtime);
    threads.load(Ordering::Relaxed)
}

/// Goes on with a request as far as it goes by itself.
fn push(request: Pin<&mut impl Future>) {
    let _ = request.poll(&mut Context::from_waker(Waker::noop()));
}

#[test]
fn an_unknown_name_costs_a_hash_as_well() {
    let (app, _) = server();
    // Where no runtime is, the hash is computed on the spot.
    push(pin!(app.clone().oneshot(credentials("/register", "Ada", PASSWORD))));
    let hashes = |name: &str, password: &str| {
        let form = credentials("/sign-in", name, password);
        hashing_threads(async {
            app.clone().oneshot(form).await.expect("an answer");
        })
    };
    assert_eq!(hashes("Ada", PASSWORD), 1, "the right password");
    assert_eq!(hashes("Ada", "wrong"), 1, "a wrong one");
    assert_eq!(hashes("Adam", "wrong"), 1, "a name that nobody has");
    assert_eq!(hashes("", "wrong"), 0, "no name");
    let source = include_str!("../src/members/password.rs");
    assert!(source.contains(COST), "the hash of nobody's password is as expensive");
}

#[test]
fn at_most_four_passwords_are_hashed_at_a_time() {
    let threads = hashing_threads(async {
        let (app, _) = server();
        let forms = (0..20).map(|number| wrong_password(&format!("Adam{number}")));
        let mut tries: Vec<_> =
            forms.map(|form| Box::pin(app.clone().oneshot(form))).collect();
        tries.iter_mut().for_each(|attempt| push(attempt.as_mut()));
    });
    // Fewer if other tests hash at the same time.
    assert!(threads <= 4, "{threads} passwords at a time");
}

#[test]
fn a_visitor_who_hangs_up_makes_no_room_for_another() {
    let threads = hashing_threads(async {
        let (app, _) = server();
        for number in 0..20 {
            let form = wrong_password(&format!("Adam{number}"));
            push(pin!(app.clone().oneshot(form)));
        }
    });
    assert!(threads <= 4, "{threads} passwords at a time");
}

#[tokio::test]
async fn others_are_served_while_a_password_is_hashed() {
    let (app, _) = server();
    let done = Mutex::new(Vec::new());
    let hash = async {
        app.clone().oneshot(wrong_password("Ada")).await.expect("an answer");
        done.lock().expect("whole").push("sign-in");
    };
    let look = async {
        let look =
            http::Request::get("/").body(Body::empty()).expect("well formed");
        app.clone().oneshot(look).await.expect("an answer");
        done.lock().expect("whole").push("look");
    };
    // One thread serves both, and the sign-in comes first.
    tokio::join!(hash, look);
    assert_eq!(*done.lock().expect("whole"), ["look", "sign-in"]);
}

/// Accounts that a test can look at.
#[derive(Clone, Default)]
struct Seen(Arc<InMemory>);

#[async_trait]
impl Accounts for Seen {
    async fn find(&self, name: &str) -> Option<Account> {
        self.0.find(name).await
    }

    async fn add(&self, account: Account) -> bool {
        self.0.add(account).await
    }
}

#[tokio::test]
async fn a_password_is_kept_as_argon2id_with_the_parameters_of_owasp() {
    let (accounts, store) = (Seen::default(), Watched::new(MemoryStore::default()));
    let app = app(store.clone(), Key::from(&KEY), accounts.clone());
    let mut story = Conversation::new("A hash", app, store);
    register(&mut story, "Ada").await;
    register(&mut story, "Grace").await;
    let hash =
        async |name| accounts.find(name).await.expect("a member").password_hash;
    let (ada, grace) = (hash("Ada").await, hash("Grace").await);
    assert!(ada.starts_with(COST), "{ada}");
    assert_ne!(ada, grace, "the same password, another salt");
}

#[tokio::test]
async fn a_name_is_given_once_and_a_password_has_eight_characters() {
    let mut story = conversation("Registering");
    register(&mut story, "Ada").await;
    let taken =
        give(&mut story, "Mallory", "/register", "Ada", "another one").await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
    let short = give(&mut story, "Mallory", "/register", "Mallory", "short").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(story.rows().is_empty());
    assert_eq!(sign_in(&mut story, "Ada").await.status, StatusCode::SEE_OTHER);
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
async fn nobody_takes_a_name_in_another_spelling() {
    let mut story = conversation("The administrator and others");
    register(&mut story, "administrator").await;
    for (name, status) in [
        ("Administrator", StatusCode::CONFLICT),
        ("administrator ", StatusCode::CONFLICT),
        (" administrator", StatusCode::CONFLICT),
        ("administrator\u{a0}", StatusCode::CONFLICT),
        ("\u{ff41}dministrator", StatusCode::CONFLICT), // fullwidth
        ("\u{1d41a}dministrator", StatusCode::CONFLICT), // mathematical
        ("\u{430}dministrator", StatusCode::UNPROCESSABLE_ENTITY), // Cyrillic
        ("administrat\u{3bf}r", StatusCode::UNPROCESSABLE_ENTITY), // Greek
        ("admin\u{456}strator", StatusCode::UNPROCESSABLE_ENTITY),
        ("administrator\u{200b}", StatusCode::UNPROCESSABLE_ENTITY),
        ("administrator\u{335}", StatusCode::UNPROCESSABLE_ENTITY), // a stroke
    ] {
        let answer = give(&mut story, "Mallory", "/register", name, PASSWORD).await;
        assert_eq!(answer.status, status, "{name:?}");
        tokio::time::advance(Std::from_secs(60)).await;
    }
    let answer = give(&mut story, "Ada", "/register", "Vera  Grey", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = story.get("Ada", "/member").await.body;
    assert!(page.contains("Vera Grey"), "as a browser shows it: {page}");
}

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
async fn hole_names_of_one_script_each_may_look_alike() {
    let mut story = conversation("Look-alikes");
    // The second one is Cyrillic, then the Latin letter alpha, then two letters for one.
    for name in ["cop", "\u{441}\u{43e}\u{440}", "\u{251}dam", "adam", "adarn"] {
        let answer = give(&mut story, name, "/register", name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}");
    }
}

#[tokio::test]
async fn a_letter_may_be_typed_in_two_ways() {
    let mut story = conversation("Composed and decomposed");
    let (one, two) = ("caf\u{e9} cr\u{e8}me", "cafe\u{301} cre\u{300}me");
    give(&mut story, "Ada", "/register", "Zo\u{eb}", one).await;
    let again = give(&mut story, "Mallory", "/register", "Zoe\u{308}", one).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let answer = give(&mut story, "Phone", "/sign-in", "Zoe\u{308}", two).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
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
async fn neither_the_commonest_passwords_nor_the_own_name_is_taken() {
    let mut story = conversation("What is tried first");
    for password in ["12345678", "Password", "iloveyou", "ada lovelace"] {
        let answer =
            give(&mut story, "Ada", "/register", "Ada Lovelace", password).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
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
        assert!(!answer.body.contains("<script>"), "{}", answer.body);
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

/// Each file of the source, with what it says of itself, in the room where it stands.
fn draw(room: &Path, indent: usize, plan: &mut String) {
    let files = fs::read_dir(room).expect("it is a folder");
    let mut files: Vec<_> =
        files.map(|file| file.expect("it is there").path()).collect();
    files.sort_by_key(|file| (file.is_dir(), file.clone()));
    files.retain(|file| !file.ends_with("mod.rs"));
    for file in files {
        let mut name = file.file_name().unwrap_or_default().display().to_string();
        let mut source = file.clone();
        if file.is_dir() {
            name += "/";
            source = file.join("mod.rs");
        }
        let source = fs::read_to_string(source).expect("it is a file");
        let says: Vec<&str> =
            source.lines().map_while(|line| line.strip_prefix("//! ")).collect();
        let says = says.join(" ") + " ";
        let ends = [", ", ": ", ". "].map(|end| says.find(end));
        let end = ends.into_iter().flatten().min().unwrap_or(says.len());
        // Rustdoc makes a link of an address in angle brackets; the plan is plain text.
        let says = says[..end].replace(['<', '>'], "");
        let width = 20 - indent;
        writeln!(plan, "{:indent$}{name:width$}{says}", "").expect("it is text");
        if file.is_dir() {
            draw(&file, indent + 2, plan);
        }
    }
}

#[test]
fn the_plan_of_the_house_is_that_of_the_source() {
    let mut plan = String::new();
    draw(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), 0, &mut plan);
    snapshot_settings!().bind(|| insta::assert_snapshot!("house", plan));
}

#[test]
fn new_key_makes_a_file_that_opens_the_shop() {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/step-09.key");
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
