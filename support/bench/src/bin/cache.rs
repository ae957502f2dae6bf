//! Prints what a cache saves where members only look, and what its messages cost where they write:
//! `cargo run --release -p bench --bin cache`

use std::{
    process,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use bench::machine::time_of;
use engines::Postgres as Engine;
use step_18::{app, cache::Cache, cached::Cached, postgres::Postgres};
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tower::ServiceExt;
use tower_sessions::{
    SessionStore,
    cookie::Key,
    session::{Id, Record},
};

/// So many visitors are there at the same time, and each comes so often.
const VISITORS: usize = 16;
const TIMES: u32 = 1_000;
const ALL: u32 = VISITORS as u32 * TIMES;

/// Of these, the median is told.
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() {
    looks_of_members().await;
    println!();
    saves_of_visitors().await;
}

async fn looks_of_members() {
    let engine = Engine::start();
    let store = Postgres::open(&engine.empty()).await.expect("the database is there");
    let cache = Cache::by(Instant::now);
    tokio::spawn(store.clone().tell(cache.clone()));
    while !cache.is_open() {
        tokio::task::yield_now().await;
    }
    let shop = || app(store.clone(), Key::from(&[7; 64]), store.clone());
    let cached = Cached::new(store.clone(), cache);
    let with = app(cached, Key::from(&[7; 64]), store.clone());
    let mut cookies = Vec::new();
    for number in 0..VISITORS {
        // Ten may register in a minute, at each server.
        cookies.push(registered(&shop(), number).await);
    }
    println!(
        "| {VISITORS} members at once | looks a second | CPU of the server | CPU of PostgreSQL |"
    );
    println!("|---|---:|---:|---:|");
    for (name, app) in [("without a cache", shop()), ("with one", with)] {
        let (mut rates, mut own, mut its) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let before = (time_of(process::id()), of_engine(&engine));
            let visits = cookies.iter().map(|cookie| looks(app.clone(), cookie.clone()));
            rates.push(rate(visits).await);
            own.push(each(time_of(process::id()) - before.0));
            its.push(each(of_engine(&engine).saturating_sub(before.1)));
        }
        let [rate, own, its] = [rates, own, its].map(median);
        println!("| {name} | {rate:.0} | {own:.0} µs | {its:.0} µs |");
    }
}

/// On a PostgreSQL that waits for the disk, and on one that does not.
async fn saves_of_visitors() {
    let engines = [Engine::start_with(&[]), Engine::start()];
    println!("| {VISITORS} visitors at once | saves a second, on disk | not waiting for it |");
    println!("|---|---:|---:|");
    for (name, how) in [("without messages", "DISABLE"), ("with messages", "ENABLE")] {
        print!("| {name} |");
        for engine in &engines {
            let url = engine.empty();
            let store = Postgres::open(&url).await.expect("the database is there");
            engine.sql(&url, &format!("ALTER TABLE sessions {how} TRIGGER tell"));
            let mut rates = Vec::new();
            for _ in 0..ROUNDS {
                rates.push(rate((0..VISITORS).map(|_| saves(store.clone()))).await);
            }
            print!(" {:.0} |", median(rates));
        }
        println!();
    }
}

/// How much is done in a second, where all do theirs at once.
async fn rate(visits: impl Iterator<Item: Future<Output = ()> + Send + 'static>) -> f64 {
    let began = Instant::now();
    visits.collect::<JoinSet<()>>().join_all().await;
    f64::from(ALL) / began.elapsed().as_secs_f64()
}

async fn registered(app: &Router, number: usize) -> String {
    let form = format!("name=Ada{number}&password=a+cup+before+noon");
    let request = Request::post("/register")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form));
    let answer = app.clone().oneshot(request.expect("a request")).await;
    let answer = answer.expect("an answer");
    let cookie = answer.headers().get(header::SET_COOKIE);
    let cookie = cookie.and_then(|it| it.to_str().ok()).unwrap_or_default();
    cookie.split(';').next().unwrap_or_default().to_owned()
}

async fn looks(app: Router, cookie: String) {
    for _ in 0..TIMES {
        let request = Request::get("/member").header(header::COOKIE, &cookie);
        let request = request.body(Body::empty()).expect("a request");
        let answer = app.clone().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
    }
}

async fn saves(store: Postgres) {
    let mut record = Record {
        id: Id::default(),
        data: Default::default(),
        expiry_date: OffsetDateTime::now_utc() + time::Duration::HOUR,
    };
    store.create(&mut record).await.expect("it is made");
    for number in 0..TIMES {
        record.data.insert("visits".to_owned(), number.into());
        store.save(&record).await.expect("it is saved");
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What one of all visits takes, in microseconds.
fn each(all: Duration) -> f64 {
    all.as_secs_f64() * 1e6 / f64::from(ALL)
}

/// How long the processes have run that PostgreSQL has now.
fn of_engine(engine: &Engine) -> Duration {
    engine.processes().into_iter().map(time_of).sum()
}
