//! What the server tells of itself: how much it counts, what it says to probes, and how much
//! it takes on. Time is the runtime's, which goes on by itself when everybody waits.

use std::{
    collections::{BTreeSet, HashSet},
    net::TcpListener,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
    response::Response,
};
use conversation::{Backend, Conversation};
use step_24::{
    accounts::{Account, Accounts},
    app,
    capacity::Capacity,
    secret,
    site::Site,
    sweep,
    watch::Watch,
};
use tokio::time::advance;
use tower::ServiceExt;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};
use trial::{Browser, Program, Start};

mod told;
use told::Told;

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-24");
const GIVEN: &str = "password=a+cup+before+noon";

/// A server, what it keeps, and what it tells.
struct Shop {
    app: Router,
    store: Told,
    watch: Watch,
}

impl Shop {
    fn new() -> Self {
        Self::with(Capacity::default())
    }

    fn with(capacity: Capacity) -> Self {
        let (store, watch) = (Told::new(), Watch::default());
        let site = Site { capacity, ..Site::default() };
        let members = store.clone();
        let app = app(store.clone(), told::ring(), members, site, watch.clone());
        Self { app, store, watch }
    }

    fn story(&self, title: &str) -> Conversation {
        Conversation::new(title, self.app.clone(), self.store.clone())
    }

    async fn send(&self, request: Request<Body>) -> Response {
        let Ok(response) = self.app.clone().oneshot(request).await;
        response
    }

    async fn get(&self, path: &str) -> Response {
        let request = Request::get(path).body(Body::empty());
        self.send(request.expect("well formed")).await
    }

    /// A form of nobody who has a session.
    async fn post(&self, path: &str, fields: &'static str) -> Response {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(fields));
        self.send(request.expect("well formed")).await
    }

    fn told(&self) -> String {
        self.watch.metrics.text().expect("it can be written")
    }

    /// What is counted under this name, with these labels if any are in it. 0 if nothing is.
    fn count(&self, series: &str) -> f64 {
        let told = self.told();
        let value = told.lines().find_map(|line| line.strip_prefix(series));
        value.map_or(0.0, |it| it.trim().parse().expect("a number"))
    }

    fn ended(&self, why: &str) -> f64 {
        self.count(&format!(r#"sessions_ended_total{{why="{why}"}}"#))
    }
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// `who` fills in a form of the shop's page.
async fn submit(story: &mut Conversation, who: &str, path: &str, fields: &str) {
    let page = story.get(who, "/").await.body;
    let token = page.split_once(r#"name="token" value=""#);
    let token = token.and_then(|(_, rest)| rest.split('"').next());
    let token = token.map(|it| format!("token={it}&")).unwrap_or_default();
    let answer = story.post(who, path, &format!("{token}{fields}")).await;
    let is_done = answer.status == StatusCode::SEE_OTHER;
    assert!(is_done, "{who} {path}: {} {}", answer.status, answer.text);
}

/// `who` signs in as this member, who is new if the path says so.
async fn enter(story: &mut Conversation, who: &str, path: &str, name: &str) {
    submit(story, who, path, &format!("name={name}&{GIVEN}")).await;
}

#[tokio::test]
async fn each_session_that_begins_or_ends_is_counted_and_why() {
    let shop = Shop::new();
    let account = Account::administrator("a cup before noon".to_owned()).await;
    shop.store.add(account.expect("a good one")).await.expect("it is kept");
    let mut story = shop.story("Every end");
    submit(&mut story, "Ada", "/basket", "tea=assam").await;
    assert_eq!(shop.count("sessions_begun_total"), 1.0);
    submit(&mut story, "Ada", "/basket/take", "tea=assam").await;
    assert_eq!(shop.ended("Emptied"), 1.0);

    enter(&mut story, "Ada", "/register", "Ada").await;
    for phone in ["A phone", "Another phone", "A third one"] {
        enter(&mut story, phone, "/sign-in", "Ada").await;
    }
    assert_eq!(shop.ended("MadeRoom"), 1.0, "Ada's first one");
    enter(&mut story, "Ada", "/sign-in", "Ada").await;
    assert_eq!(shop.ended("MadeRoom"), 2.0);
    submit(&mut story, "Ada", "/devices/end-others", "").await;
    assert_eq!(shop.ended("FromAnotherDevice"), 2.0);
    enter(&mut story, "A phone", "/sign-in", "Ada").await;
    submit(&mut story, "Ada", "/password", &format!("{GIVEN}&new=one+more+cup"))
        .await;
    assert_eq!(shop.ended("PasswordChanged"), 1.0);
    let before = shop.count("sessions_rotated_total");
    submit(&mut story, "Ada", "/confirm", "password=one+more+cup").await;
    assert_eq!(shop.count("sessions_rotated_total"), before + 1.0);
    submit(&mut story, "Ada", "/sign-out", "").await;
    assert_eq!(shop.ended("SignedOut"), 1.0);

    enter(&mut story, "Ada", "/register", "Grace").await;
    enter(&mut story, "Ada", "/register", "Vera").await;
    assert_eq!(shop.ended("SomebodyElse"), 1.0, "Grace, at Ada's browser");
    enter(&mut story, "Root", "/sign-in", "administrator").await;
    submit(&mut story, "Root", "/administrator/end", "name=Vera").await;
    assert_eq!(shop.ended("ByAdministrator"), 1.0);
    enter(&mut story, "Ada", "/sign-in", "Vera").await;
    submit(&mut story, "Root", "/administrator/disable", "name=Vera").await;
    assert_eq!(shop.ended("AccountDisabled"), 1.0);

    let all: f64 = ENDS.iter().map(|why| shop.ended(why)).sum();
    let live = shop.store.rows().len() as f64;
    assert_eq!(shop.count("sessions_begun_total") - all, live, "{}", shop.told());
}

const ENDS: [&str; 10] = [
    "SignedOut",
    "Emptied",
    "FromAnotherDevice",
    "ByAdministrator",
    "PasswordChanged",
    "AccountDisabled",
    "AccountChanged",
    "MadeRoom",
    "SomebodyElse",
    "Expired",
];

#[tokio::test(start_paused = true)]
async fn what_expires_is_counted_by_the_sweep() {
    let shop = Shop::new();
    let expiry_date = time::OffsetDateTime::now_utc() - time::Duration::seconds(1);
    let mut record = Record { id: Id(7), data: Default::default(), expiry_date };
    shop.store.create(&mut record).await.expect("it is created");
    let (minute, metrics) = (Duration::from_secs(60), shop.watch.metrics.clone());
    let sweeper = tokio::spawn(sweep::every(minute, shop.store.clone(), metrics));
    while shop.ended("Expired") < 1.0 {
        tokio::task::yield_now().await;
    }
    sweeper.abort();
    let swept = r#"store_calls_seconds_count{call="DeleteExpired",outcome="Done"}"#;
    assert_eq!(shop.count(swept), 1.0);
}

#[tokio::test]
async fn calls_of_the_store_refusals_and_answers_are_counted() {
    let shop = Shop::new();
    let mut story = shop.story("Counted");
    enter(&mut story, "Ada", "/register", "Ada").await;
    let calls = |call: &str, outcome: &str| {
        let labels = format!(r#"{{call="{call}",outcome="{outcome}"}}"#);
        shop.count(&format!("store_calls_seconds_count{labels}"))
    };
    assert_eq!((calls("Create", "Done"), calls("AddAccount", "Done")), (1.0, 1.0));
    assert_eq!(calls("Load", "Failed"), 0.0);
    shop.store.fail("it is away");
    assert_eq!(story.get("Ada", "/").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(calls("Load", "Failed") >= 1.0);
    shop.store.recover();

    let answered = r#"requests_total{method="GET",route="/",status="503"}"#;
    assert_eq!(shop.count(answered), 1.0);
    let tries = r#"limits_refused_total{limit="Guesses"}"#;
    assert_eq!(shop.count(tries), 0.0);
    assert!(shop.told().contains(tries), "it is there before the first one");
    for _ in 0..7 {
        shop.post("/sign-in", "name=Ada&password=another+one").await;
    }
    let refused =
        |why| shop.count(&format!(r#"sign_ins_refused_total{{why="{why}"}}"#));
    assert_eq!((refused("Wrong"), refused("TooOften")), (5.0, 2.0));
    assert_eq!(shop.count(tries), 2.0);
    for now in ["requests_open", "password_hashes_open", "connections_open"] {
        assert_eq!(shop.count(now), 0.0, "{now}");
    }
}

#[tokio::test]
async fn two_requests_at_once_are_counted_as_one_that_runs_again() {
    let shop = Shop::new();
    let mut story = shop.story("Faster");
    submit(&mut story, "Ada", "/basket", "tea=assam").await;
    let cookie = format!("__Host-id={}", story.cookies("Ada")[0].value);
    let page = story.get("Ada", "/").await.body;
    let (_, token) = page.split_once(r#"name="token" value=""#).expect("a token");
    let token = token.split('"').next().expect("its end").to_owned();
    let buy = |tea: &str| {
        let request = Request::post("/basket")
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!("token={token}&tea={tea}")));
        shop.send(request.expect("well formed"))
    };
    shop.store.hold(Some("load"));
    let mut first = Box::pin(buy("oolong"));
    assert!(futures_once(first.as_mut()).await.is_none(), "it is held");
    assert_eq!(buy("sencha").await.status(), StatusCode::SEE_OTHER);
    shop.store.hold(None);
    assert_eq!(first.await.status(), StatusCode::SEE_OTHER);
    assert_eq!(shop.count("requests_run_again_total"), 1.0);
}

/// Polls it once.
async fn futures_once<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        let polled = std::pin::Pin::new(&mut future).poll(context);
        std::task::Poll::Ready(match polled {
            std::task::Poll::Ready(answer) => Some(answer),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

/// Each series is kept for ever: a client must not be able to make one.
#[tokio::test]
async fn ten_thousand_odd_requests_make_no_more_series_than_the_routes_have() {
    let shop = Shop::new();
    let series = || -> BTreeSet<String> {
        let told = shop.told();
        let lines = told.lines().filter(|line| !line.starts_with('#'));
        let names = lines.filter_map(|line| line.rsplit_once(' '));
        names.map(|(name, _)| name.to_owned()).collect()
    };
    let odd = |number: usize| {
        let method = ["GET", "BREW", "PROPFIND"][number % 3];
        let method = match number % 7 {
            0 => format!("X{number}"),
            _ => method.to_owned(),
        };
        let path = match number % 4 {
            0 => format!("/{number}"),
            1 => format!("/?said={number}"),
            2 => format!("/sign-in/{number}?next=%2F{number}"),
            _ => format!("/devices?{number}"),
        };
        Request::builder()
            .method(Method::from_bytes(method.as_bytes()).expect("a token"))
            .uri(path)
            .header(header::COOKIE, format!("__Host-id={number}"))
            .header("x-request-id", number)
            .body(Body::empty())
            .expect("well formed")
    };
    for number in 0..1_000 {
        shop.send(odd(number)).await;
    }
    let before = series();
    for number in 1_000..10_000 {
        shop.send(odd(number)).await;
    }
    assert_eq!(series(), before);
    assert!(before.len() < 100, "{before:#?}");
    let answered = r#"requests_total{method="another",route="none",status="404"}"#;
    assert!(before.contains(answered), "{before:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_probes_make_no_session_and_one_look_at_the_store() {
    let shop = Shop::new();
    for path in ["/live", "/ready"] {
        for _ in 0..100 {
            let answer = shop.get(path).await;
            assert_eq!(answer.status(), StatusCode::OK);
            assert!(!answer.headers().contains_key(header::SET_COOKIE));
            assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        }
    }
    let calls = shop.store.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0].verb, "load");
    assert!(shop.store.rows().is_empty());
    advance(Duration::from_millis(999)).await;
    shop.get("/ready").await;
    assert!(shop.store.calls().is_empty());
    advance(Duration::from_millis(1)).await;
    shop.get("/ready").await;
    assert_eq!(shop.store.calls().len(), 1, "a second is over");
}

#[tokio::test(start_paused = true)]
async fn a_server_without_its_store_lives_and_is_not_ready() {
    let shop = Shop::new();
    shop.store.fail("it is away");
    let answer = shop.get("/ready").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(text(answer).await, "no store\n");
    assert_eq!(shop.get("/live").await.status(), StatusCode::OK);
    shop.store.recover();
    advance(Duration::from_secs(1)).await;
    assert_eq!(shop.get("/ready").await.status(), StatusCode::OK);
    advance(Duration::from_secs(1)).await;
    shop.store.hold(Some("load"));
    let probes = [shop.get("/ready"), shop.get("/ready")];
    let [first, second] = probes;
    let (first, second) = tokio::join!(first, second);
    assert_eq!(
        first.status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "it takes too long"
    );
    assert_eq!(second.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(shop.store.calls().len(), 3, "both have waited for one look");
}

#[tokio::test]
async fn a_server_that_is_to_stop_lives_and_is_not_ready() {
    let shop = Shop::new();
    assert_eq!(shop.get("/ready").await.status(), StatusCode::OK);
    shop.watch.stopping.begin();
    let answer = shop.get("/ready").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(text(answer).await, "stopping\n");
    assert_eq!(shop.get("/live").await.status(), StatusCode::OK);
    assert_eq!(shop.get("/").await.status(), StatusCode::OK, "it still serves");
}

#[tokio::test]
async fn an_answer_names_its_request_as_the_log_does_and_not_as_the_client_did() {
    let log = trial::Log::default();
    let _listening = log.listen();
    let shop = Shop::new();
    let mut seen = HashSet::new();
    for _ in 0..100 {
        let request = Request::get("/sign-in?next=%2Fa-secret-in-a-query")
            .header("x-request-id", "mallorys")
            .body(Body::empty());
        let answer = shop.send(request.expect("well formed")).await;
        let number = answer.headers()["x-request-id"].to_str().expect("text");
        assert!(number.len() == 16, "{number}");
        assert!(seen.insert(number.to_owned()));
    }
    let told = log.text();
    for number in seen {
        let lines: Vec<&str> =
            told.lines().filter(|line| line.contains(&number)).collect();
        assert!(!lines.is_empty(), "{told}");
        let last = lines[lines.len() - 1];
        for part in
            [r#"method="GET""#, r#"route="/sign-in""#, "is answered status=200"]
        {
            assert!(last.contains(part), "{part}: {last}");
        }
    }
    assert!(!told.contains("mallorys") && !told.contains("a-secret-in-a-query"));
}

#[tokio::test(start_paused = true)]
async fn a_request_too_many_is_sent_away_at_once_and_probes_are_not() {
    let shop = Shop::with(Capacity { requests: 1, ..Capacity::default() });
    shop.post("/basket", "tea=assam").await;
    shop.store.hold(Some("create"));
    let mut first = Box::pin(shop.post("/basket", "tea=oolong"));
    assert!(futures_once(first.as_mut()).await.is_none(), "it is held");
    let second = shop.get("/").await;
    assert_eq!(second.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(second.headers()[header::RETRY_AFTER], "1");
    assert!(text(second).await.contains("Too many ask at this moment."));
    assert_eq!(shop.get("/ready").await.status(), StatusCode::OK);
    shop.store.hold(None);
    assert_eq!(first.await.status(), StatusCode::SEE_OTHER);
    assert_eq!(shop.get("/").await.status(), StatusCode::OK);
    assert_eq!(shop.count(r#"limits_refused_total{limit="Requests"}"#), 1.0);
}

/// What the store has done, it has done whole. The page says that it may have.
#[tokio::test(start_paused = true)]
async fn a_request_that_hangs_is_given_up_and_its_place_is_free_again() {
    let shop = Shop::with(Capacity { requests: 1, ..Capacity::default() });
    shop.store.hold(Some("create"));
    let begun = tokio::time::Instant::now();
    let answer = shop.post("/basket", "tea=assam").await;
    assert_eq!(begun.elapsed(), Duration::from_secs(30));
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(text(answer).await.contains("Anything else may have been done."));
    shop.store.hold(None);
    assert_eq!(shop.store.rows().len(), 1);
    assert_eq!(
        shop.post("/basket", "tea=oolong").await.status(),
        StatusCode::SEE_OTHER
    );
    let late = r#"limits_refused_total{limit="RequestSeconds"}"#;
    assert_eq!(shop.count(late), 1.0);
    assert_eq!(shop.count("requests_open"), 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_body_is_as_long_as_the_setting_says() {
    let capacity = Capacity { body_bytes: 4_096, ..Capacity::default() };
    let shop = Shop::with(capacity);
    let body = |bytes: usize| {
        Request::post("/basket")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!("{:a<bytes$}", "tea=assam&x=")))
            .expect("well formed")
    };
    assert_eq!(shop.send(body(4_096)).await.status(), StatusCode::SEE_OTHER);
    let answer = shop.send(body(4_097)).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(shop.count(r#"limits_refused_total{limit="BodyBytes"}"#), 1.0);
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has one").port()
}

#[test]
fn what_is_counted_is_read_on_a_port_of_its_own_and_not_in_the_shop() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = format!("sqlite:{}", folder.path().join("shop.db").display());
    let (key, metrics) = (secret::new_key(), format!("127.0.0.1:{}", free_port()));
    let environment = [
        ("SESSION_KEY", key.as_str()),
        ("STORE", &store),
        ("METRICS", &metrics),
        ("LOG_FORMAT", "json"),
    ];
    let program =
        Program::start(Start { program: PROGRAM, environment: &environment });
    let (ada, operator) = (Browser::default(), Browser::default());
    assert_eq!(ada.get(&program.url("/metrics")).status, 404);
    ada.send_form(&program.url("/basket"), &[("tea", "assam")]);
    let page = operator.get(&format!("http://{metrics}/metrics"));
    assert_eq!(page.status, 200);
    assert!(page.set_cookie.is_empty());
    for line in [
        "sessions_begun_total 1",
        "connections_open 1",
        r#"requests_total{method="POST",route="/basket",status="303"} 1"#,
        "# EOF",
    ] {
        assert!(page.body.lines().any(|it| it == line), "{line}: {}", page.body);
    }
    assert_eq!(operator.get(&format!("http://{metrics}/")).status, 404);
    program.signal("TERM");
    let end = program.wait();
    let log = String::from_utf8(end.stderr).expect("text");
    assert!(end.status.success(), "{log}");
    let begun = log.lines().find(|line| line.contains("a session begins"));
    let begun: serde_json::Value =
        serde_json::from_str(begun.expect("a line")).expect("JSON");
    assert_eq!(begun["span"]["route"], "/basket");
    let number = begun["span"]["number"].as_str().map(str::len);
    assert_eq!(number, Some(16), "{begun}");
}
