//! Prints what a cache saves where members only look, and what its messages cost where they write:
//! `cargo run --release -p bench --bin cache`

use std::{
    fs, process,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
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

/// Of these, the median is told.
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() {
    let engine = Engine::start();
    let url = engine.empty();
    let store = Postgres::open(&url).await.expect("the database is there");
    let cache = Cache::by(Instant::now);
    tokio::spawn(store.clone().tell(cache.clone()));
    while !cache.is_open() {
        tokio::task::yield_now().await;
    }
    let key = || Key::from(&[7; 64]);
    let without = app(store.clone(), key(), store.clone());
    let with = app(Cached::new(store.clone(), cache), key(), store.clone());
    let mut cookies = Vec::new();
    for number in 0..VISITORS {
        // Ten may register in a minute, at each server.
        let app = app(store.clone(), key(), store.clone());
        cookies.push(registered(&app, number).await);
    }
    println!("| 16 members at once | looks a second | CPU of the server | CPU of PostgreSQL |");
    println!("|---|---:|---:|---:|");
    for (name, app) in [("without a cache", &without), ("with one", &with)] {
        let (mut rates, mut own, mut its) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let before = (Instant::now(), cpu(process::id()), of_engine(&engine));
            let mut visitors = JoinSet::new();
            for cookie in cookies.clone() {
                visitors.spawn(looks(app.clone(), cookie));
            }
            visitors.join_all().await;
            let all = TIMES * VISITORS as u32;
            rates.push(f64::from(all) / before.0.elapsed().as_secs_f64());
            own.push((cpu(process::id()) - before.1) / all);
            its.push(of_engine(&engine).saturating_sub(before.2) / all);
        }
        let (rate, own, its) = (median(rates), micros(own), micros(its));
        println!("| {name} | {rate:.0} | {own} µs | {its} µs |");
    }
    println!("\n| 16 visitors at once | saves a second |\n|---|---:|");
    for (name, how) in [("without messages", "DISABLE"), ("with messages", "ENABLE")] {
        engine.sql(&url, &format!("ALTER TABLE sessions {how} TRIGGER tell"));
        let mut rates = Vec::new();
        for _ in 0..ROUNDS {
            let began = Instant::now();
            let mut visitors = JoinSet::new();
            for _ in 0..VISITORS {
                visitors.spawn(saves(store.clone()));
            }
            visitors.join_all().await;
            let all = f64::from(TIMES * VISITORS as u32);
            rates.push(all / began.elapsed().as_secs_f64());
        }
        println!("| {name} | {:.0} |", median(rates));
    }
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

fn micros(mut values: Vec<Duration>) -> u128 {
    values.sort();
    values[values.len() / 2].as_micros()
}

/// How long the processes have run that PostgreSQL has for connections.
fn of_engine(engine: &Engine) -> Duration {
    let pids = engine.sql(
        &engine.url(),
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'step-18'",
    );
    pids.lines().filter_map(|pid| pid.trim().parse().ok()).map(cpu).sum()
}

fn cpu(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let (_, after) = stat.rsplit_once(')').unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2);
    let ticks: u32 = ticks.filter_map(|it| it.parse::<u32>().ok()).sum();
    Duration::from_millis(10) * ticks
}
