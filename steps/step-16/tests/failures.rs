//! What becomes of visitors when Redis is killed, restarts, hangs, or is cut off.

#![cfg(redis)]

mod house;

use std::{
    sync::{Arc, mpsc},
    thread,
};

use axum::Router;
use engines::Wire;
use house::{House, Load, Person, is_kept};
use step_16::redis::{PATIENCE, Redis};
use tokio::{
    task::JoinHandle,
    time::{self, Duration, Instant},
};
use tower_sessions::SessionStore;

/// So long this machine rests before more time passes.
const PAUSE: Duration = Duration::from_millis(20);

/// Whoever is not answered by then waits for something that does not come.
const HOPELESS: Duration = Duration::from_secs(60);

/// So much time passes in each pause while Redis is away: nobody wants to wait for it.
const FAST: Duration = Duration::from_millis(100);

/// So much time passes in each pause while Redis is there: half of the machine's.
const SLOW: Duration = Duration::from_millis(10);

/// So many come at once, and half of them have no session.
const CROWD: usize = 100;

/// Settings of a Redis that keeps all that it has acknowledged.
const KEEPS: [&str; 2] = ["appendonly yes", "appendfsync always"];

/// What is asked of the shop besides, and needs more or less of Redis.
const ASKED: [&str; 4] =
    ["`/about`", "a member's form", "signing in", "a first packet"];

/// Two servers on one Redis, Ada, who is in, and Grace, who signs in now and then.
struct Shop {
    servers: [Router; 2],
    store: Redis,
    ada: Person,
    _house: House,
}

impl Shop {
    async fn open(url: &str) -> Self {
        let house = House::at(url);
        let (first, _) = house.server().await;
        let (second, store) = house.server().await;
        let ada = Person::registered(&first, "Ada").await;
        Person::registered(&first, "Grace").await;
        Self { servers: [first, second], store, ada, _house: house }
    }

    /// Asks the second server for one of `ASKED`. The status that comes.
    async fn ask(&self, what: usize) -> u16 {
        let app = &self.servers[1];
        let mut ada = self.ada.clone();
        let mut nobody = Person::default();
        let credentials = "name=Grace&password=a+cup+before+noon";
        let answer = match what {
            0 => ada.get(app, "/about").await,
            1 => ada.post(app, "/basket", "tea=assam").await,
            2 => nobody.post(app, "/sign-in", credentials).await,
            _ => nobody.post(app, "/basket", "tea=assam").await,
        };
        answer.status.as_u16()
    }

    /// Asks for all of `ASKED` at once, beside a crowd, as a row of the table.
    ///
    /// Time stands still until whoever has no session is answered. Then so much of it passes
    /// as Redis is given.
    async fn row(self: &Arc<Self>, when: &str, pace: Duration) -> String {
        let visit = |mut person: Person, number: usize| {
            let app = self.servers[number % 2].clone();
            tokio::spawn(async move { person.get(&app, "/").await.status.as_u16() })
        };
        let all = 0..CROWD / 2;
        let members = all.clone().map(|number| visit(self.ada.clone(), number));
        let members: Vec<_> = members.collect();
        let strangers = all.map(|number| visit(Person::default(), number));
        let strangers: Vec<_> = strangers.collect();
        let asked = (0..ASKED.len()).map(|what| {
            let shop = Arc::clone(self);
            tokio::spawn(async move { shop.ask(what).await })
        });
        let asked: Vec<_> = asked.collect();

        let strangers = at_once(told(strangers)).await;
        let (members, asked) = patiently(pace, async {
            let mut statuses = Vec::new();
            let members = told(members).await;
            for asked in asked {
                statuses.push(asked.await.expect("an answer").to_string());
            }
            (members, statuses)
        })
        .await;
        format!("| {when} | {strangers} | {members} | {} |\n", asked.join(" | "))
    }
}

/// The status that all of them were answered, or how many were answered which.
async fn told(asked: Vec<JoinHandle<u16>>) -> String {
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for status in asked {
        *statuses.entry(status.await.expect("an answer")).or_default() += 1;
    }
    let only = |(status, _)| format!("{status}");
    let counted = |(status, count)| format!("{count} × {status}");
    let is_one = statuses.len() == 1;
    let words =
        statuses.into_iter().map(|it| if is_one { only(it) } else { counted(it) });
    words.collect::<Vec<_>>().join(", ")
}

/// Waits for something while time stands still.
async fn at_once<T>(comes: impl Future<Output = T>) -> T {
    tokio::select! {
        come = comes => come,
        () = machine_rests(HOPELESS) => panic!("somebody waits for time to pass"),
    }
}

/// Lets time pass at this pace until something comes, within the time that Redis is given.
async fn patiently<T>(pace: Duration, comes: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let mut comes = std::pin::pin!(comes);
    loop {
        tokio::select! {
            biased;
            come = &mut comes => return come,
            () = machine_rests(PAUSE) => time::advance(pace).await,
        }
        assert!(
            begun.elapsed() <= 2 * PATIENCE,
            "somebody waits for longer than Redis has"
        );
    }
}

/// Waits for so long by the clock of the machine, which does not stand still.
async fn machine_rests(time: Duration) {
    let (tell, told) = tokio::sync::oneshot::channel();
    thread::spawn(move || {
        thread::sleep(time);
        // Whoever does not wait any more need not be told.
        let _ = tell.send(());
    });
    told.await.expect("a thread that sleeps wakes up");
}

/// Stops the clock. It goes on when it is told to alone, even if nobody has anything to do.
fn stop_the_clock() -> mpsc::Sender<()> {
    time::pause();
    let (held, let_go) = mpsc::channel();
    tokio::task::spawn_blocking(move || let_go.recv());
    held
}

#[tokio::test]
async fn whatever_happens_to_redis_strangers_do_not_wait_and_nothing_acknowledged_is_lost()
 {
    let mut redis = engines::Redis::start_with(&KEEPS);
    let wire = Wire::to(redis.port());
    let shop =
        Arc::new(Shop::open(&format!("redis://127.0.0.1:{}", wire.port())).await);
    let _held = stop_the_clock();
    let half = CROWD / 2;
    let columns = ASKED.map(|asked| format!(" {asked} |")).concat();
    let mut table = format!(
        "| What happens | {half} without a session | {half} with one |{columns}\n|---|{}\n",
        "---:|".repeat(2 + ASKED.len())
    );
    table += &shop.row("All is well", SLOW).await;

    let load = Load::on(&shop.servers);
    load.goes_on().await;
    redis.stop();
    table += &shop.row("It restarts: while it is away", FAST).await;
    redis.start_again();
    table += &shop.row("once it is back", SLOW).await;
    is_kept(patiently(SLOW, load.end()).await, &shop.store).await;

    let load = Load::on(&shop.servers);
    load.goes_on().await;
    redis.kill();
    table += &shop.row("`kill -9`: while it is away", FAST).await;
    redis.start_again();
    table += &shop.row("once it is back", SLOW).await;
    is_kept(patiently(SLOW, load.end()).await, &shop.store).await;

    let load = Load::on(&shop.servers);
    load.goes_on().await;
    redis.freeze();
    table += &shop.row("It hangs: as long as it does", FAST).await;
    redis.thaw();
    table += &shop.row("once it goes on", SLOW).await;
    is_kept(patiently(SLOW, load.end()).await, &shop.store).await;

    let load = Load::on(&shop.servers);
    load.goes_on().await;
    wire.go_silent();
    is_kept(patiently(FAST, load.end()).await, &shop.store).await;
    wire.go_silent();
    table +=
        &shop.row("The network loses the connection: who comes then", FAST).await;
    table += &shop.row("who comes next", SLOW).await;

    recorded("failures", &table);
}

/// Waits until both servers have found the way back by themselves.
async fn is_found_again(redis: &engines::Redis) {
    let others =
        |list: String| list.lines().filter(|it| !it.contains("cmd=client")).count();
    while others(redis.cli(&["CLIENT", "LIST"])) < 2 {
        machine_rests(PAUSE).await;
    }
}

fn recorded(name: &str, table: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, table));
}

#[tokio::test]
async fn strangers_are_served_without_a_word_to_redis() {
    let redis = engines::Redis::start();
    let shop = Shop::open(&redis.empty()).await;
    let mut monitor = redis.monitor();
    for path in ["/", "/about", "/sign-in", "/register"] {
        let answer = Person::default().get(&shop.servers[0], path).await;
        assert_eq!(answer.status, 200, "{path}");
    }
    assert_eq!(monitor.said(), [""; 0]);
    shop.ada.clone().get(&shop.servers[0], "/").await;
    assert!(!monitor.said().is_empty());
}

#[tokio::test]
async fn the_log_tells_why_and_the_page_does_not() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let redis = engines::Redis::start();
    let shop = Shop::open(&redis.empty()).await;
    redis.stop();
    let _held = stop_the_clock();
    let answer =
        patiently(FAST, shop.ada.clone().get(&shop.servers[0], "/member")).await;
    assert_eq!(answer.status, 503);
    assert!(answer.page.contains("Nothing is lost"), "{}", answer.page);
    assert!(!answer.page.contains("refused"), "{}", answer.page);
    let log = log.text();
    assert_eq!(log.matches("session: error=").count(), 1, "each asks once: {log}");
    assert!(log.contains("the session store failed cause="), "{log}");
    let id = shop.ada.id().expect("she has signed in").to_string();
    for secret in ["a cup before noon", &id] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn who_comes_first_after_a_restart_does_not_notice_it() {
    let mut redis = engines::Redis::start_with(&KEEPS);
    let shop = Shop::open(&redis.url()).await;
    for how in [engines::Redis::stop, engines::Redis::kill] {
        how(&redis);
        redis.start_again();
        is_found_again(&redis).await;
        let answer = shop.ada.clone().get(&shop.servers[0], "/member").await;
        assert_eq!(answer.status, 200);
    }
}

/// What is done in a shop whose Redis is full.
const DONE: [&str; 6] = [
    "looking, without a session",
    "a member's page",
    "a member's form",
    "signing in",
    "a first packet",
    "signing out",
];

#[tokio::test]
async fn a_full_redis_takes_nothing_new_and_lets_everybody_out() {
    let redis = engines::Redis::start();
    let shop = Shop::open(&redis.empty()).await;
    let app = &shop.servers[0];
    let columns = DONE.map(|done| format!(" {done} |")).concat();
    let mut table =
        format!("| Redis |{columns}\n|---|{}\n", "---:|".repeat(DONE.len()));
    for (when, bytes) in
        [("has room", "0"), ("is full", "1"), ("has room again", "0")]
    {
        let credentials = "name=Grace&password=a+cup+before+noon";
        let mut grace = Person::default();
        grace.post(app, "/sign-in", credentials).await;
        grace.get(app, "/").await;
        let copy = grace.clone();

        redis.cli(&["CONFIG", "SET", "maxmemory", bytes]);
        let (mut ada, mut nobody) = (shop.ada.clone(), Person::default());
        let answers = [
            nobody.get(app, "/").await,
            ada.get(app, "/member").await,
            ada.post(app, "/basket", "tea=assam").await,
            nobody.clone().post(app, "/sign-in", credentials).await,
            nobody.post(app, "/basket", "tea=assam").await,
            grace.post(app, "/sign-out", "").await,
        ];
        let statuses =
            answers.map(|answer| format!(" {} |", answer.status.as_u16()));
        table += &format!("| {when} |{}\n", statuses.concat());
        assert_eq!(
            copy.clone().get(app, "/member").await.location,
            "/sign-in",
            "{when}"
        );
        redis.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    }
    recorded("full", &table);
}

#[tokio::test]
async fn a_redis_that_evicts_forgets_visitors_and_tells_nobody() {
    const VISITORS: usize = 1_000;
    const ROOM: usize = 300_000;
    let redis = engines::Redis::start();
    let shop = Shop::open(&redis.empty()).await;
    let app = &shop.servers[0];
    let memory = redis.cli(&["INFO", "memory"]);
    let used = memory.lines().find_map(|line| line.strip_prefix("used_memory:"));
    let used: usize = used.and_then(|it| it.trim().parse().ok()).expect("a number");
    redis.cli(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    redis.cli(&["CONFIG", "SET", "maxmemory", &(used + ROOM).to_string()]);
    let mut visitors = Vec::new();
    for _ in 0..VISITORS {
        let mut visitor = Person::default();
        assert_eq!(visitor.post(app, "/basket", "tea=assam").await.status, 303);
        visitors.push(visitor);
    }
    let mut gone = Vec::new();
    for visitor in visitors {
        let answer = visitor.clone().get(app, "/").await;
        assert_eq!(answer.status, 200);
        if !answer.page.contains("1 × ") {
            gone.push(visitor);
        }
    }
    let forgotten = gone.first().expect("somebody is forgotten");
    let answer = forgotten.clone().post(app, "/basket", "tea=assam").await;
    assert_eq!(answer.location, "/?said=1", "another basket begins");
    let answer = forgotten.clone().post(app, "/sign-out", "").await;
    assert_eq!(answer.location, "/");
}

#[tokio::test]
async fn hole_whose_sessions_redis_has_forgotten_to_list_cannot_end_them() {
    let redis = engines::Redis::start();
    let url = redis.empty();
    let shop = Shop::open(&url).await;
    let app = &shop.servers[0];
    let mut thief = Person::default();
    thief.post(app, "/sign-in", "name=Ada&password=a+cup+before+noon").await;
    assert_eq!(thief.get(app, "/member").await.status, 200);
    // As an eviction would.
    let database = url.rsplit('/').next().expect("a number");
    assert_eq!(redis.cli(&["-n", database, "DEL", "tea:member:Ada"]), "1\n");
    let answer = shop.ada.clone().post(app, "/devices/end-others", "").await;
    assert_eq!(answer.status, 303);
    let devices = shop.ada.clone().get(app, "/devices").await.page;
    assert_eq!(
        devices.matches(r#"name="handle""#).count(),
        1,
        "hers alone: {devices}"
    );
    assert_eq!(thief.get(app, "/member").await.status, 200);
}

/// So many come, and then Redis is killed.
const BEFORE_THE_CRASH: usize = 20;

/// Lets visitors come, and kills Redis. How many of their sessions are there afterwards.
async fn kept_by(settings: &[&str]) -> usize {
    let mut redis = engines::Redis::start_with(settings);
    let shop = Shop::open(&redis.url()).await;
    let mut visitors = Vec::new();
    for _ in 0..BEFORE_THE_CRASH {
        let mut visitor = Person::default();
        let answer = visitor.post(&shop.servers[0], "/basket", "tea=assam").await;
        assert_eq!(answer.status, 303);
        visitors.push(visitor);
    }
    redis.kill();
    redis.start_again();
    is_found_again(&redis).await;
    let mut kept = 0;
    for visitor in visitors {
        let id = visitor.id().expect("each has a session");
        let found = shop.store.load(&id).await.expect("it answers again");
        kept += usize::from(found.is_some());
    }
    kept
}

#[tokio::test]
async fn a_crash_takes_what_came_since_the_last_snapshot_unless_each_write_is_on_disk()
 {
    assert_eq!(kept_by(&[]).await, 0);
    assert_eq!(kept_by(&KEEPS).await, BEFORE_THE_CRASH);
}

#[tokio::test]
async fn hole_who_has_signed_out_since_the_last_snapshot_is_in_after_a_crash() {
    let mut redis = engines::Redis::start_with(&[]);
    let shop = Shop::open(&redis.url()).await;
    let app = &shop.servers[0];
    assert_eq!(redis.cli(&["SAVE"]), "OK\n");
    let copy = shop.ada.clone();
    assert_eq!(shop.ada.clone().post(app, "/sign-out", "").await.status, 303);
    assert_eq!(copy.clone().get(app, "/member").await.location, "/sign-in");
    redis.kill();
    redis.start_again();
    is_found_again(&redis).await;
    assert_eq!(copy.clone().get(app, "/member").await.status, 200);
}
