//! Prints how many instructions a request takes that changes a session, in each of some servers, as
//! valgrind counts them: `cargo run --release -p instructions`. With the name of a server, it sends
//! the requests to that one.

// The stores of the steps' own tests. Their lines are shorter than these.
#[rustfmt::skip]
#[path = "../../../steps/step-19/tests/told/shelf.rs"]
#[allow(dead_code, reason = "nothing fails here, and time does not pass")]
mod shelf_19;
#[rustfmt::skip]
#[path = "../../../steps/step-20/tests/told/shelf.rs"]
#[allow(dead_code, reason = "nothing fails here, and time does not pass")]
mod shelf_20;
#[rustfmt::skip]
#[path = "../../../steps/step-21/tests/told/shelf.rs"]
#[allow(dead_code, reason = "nothing fails here, and time does not pass")]
mod shelf_21;
#[rustfmt::skip]
#[path = "../../../steps/step-24/tests/told/shelf.rs"]
#[allow(dead_code, reason = "nothing fails here, and time does not pass")]
mod shelf_24;
mod shares;

use std::{
    env, fs, io,
    path::Path,
    process::{Command, ExitCode},
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode},
    response::Response,
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use instructions::Visitor;
use step_12::{accounts::InMemory, sweep::Swept};
use step_20::secret::{Keys, Ring};
use step_24::watch::Watch;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, cookie::Key};
use tracing::Level;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// A server, where it keeps its sessions, and what its request does.
struct Kind {
    name: &'static str,
    store: &'static str,
    does: &'static str,
}

const fn kind(name: &'static str, store: &'static str, does: &'static str) -> Kind {
    Kind { name, store, does }
}

const KINDS: [Kind; 9] = [
    kind("axum", "–", "answers, without a session"),
    kind("tower-sessions", "`MemoryStore`", COUNTS),
    kind("step 03", "`MemoryStore`", COUNTS),
    kind("step 08", "`MemoryStore`", CHANGES),
    kind("step 12", "`MemoryStore`", CHANGES),
    kind("step 19", "the one of its tests", CHANGES),
    kind("step 20", "the one of its tests", CHANGES),
    kind("step 21", "the one of its tests", CHANGES),
    kind("step 24", "the one of its tests", CHANGES),
];

const COUNTS: &str = "counts a visit";
const CHANGES: &str = "changes a basket";

/// The server that the others are compared with.
const PEER: &str = "step 12";

/// So many requests are counted.
const REQUESTS: u64 = 300;

/// The function whose instructions are counted, with all that it calls.
const COUNTED: &str = "instructions::serve";

fn main() -> ExitCode {
    let done = match env::args().nth(1) {
        Some(name) => visit(&name),
        None => table(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("instructions: {why}");
            ExitCode::FAILURE
        }
    }
}

fn table() -> Result<(), String> {
    let profile = env::temp_dir().join(format!("callgrind.{}", std::process::id()));
    let counts = KINDS.iter().map(|kind| count(kind.name, &profile));
    let counts = counts.collect::<Result<Vec<u64>, _>>()?;
    let peer = KINDS.iter().zip(&counts).find(|(kind, _)| kind.name == PEER);
    let peer = peer.map_or(0, |(_, count)| *count);
    println!("[//]: # (ANCHOR: instructions)\n");
    println!("| Server | Store, in memory | A request that | Instructions | {PEER} is 1 |");
    println!("|---|---|---|---:|---:|");
    for (Kind { name, store, does }, count) in KINDS.iter().zip(&counts) {
        let (thousands, ratio) = (*count as f64 / 1000.0, *count as f64 / peer as f64);
        println!("| {name} | {store} | {does} | {thousands:.1} thousand | {ratio:.2} |");
    }
    println!("\n[//]: # (ANCHOR_END: instructions)\n");
    println!("[//]: # (ANCHOR: shares)\n");
    println!("| What the instructions of a request to the last one are for | Of a hundred |");
    println!("|---|---:|");
    // It was the last one that was profiled.
    for (what, share) in shares::of(&profile)? {
        println!("| {what} | {share:.0} |");
    }
    println!("\n[//]: # (ANCHOR_END: shares)");
    fs::remove_file(&profile).map_err(|why| why.to_string())
}

/// How many instructions a request to the server of this name takes. What for, is written into
/// `profile`.
fn count(name: &str, profile: &Path) -> Result<u64, String> {
    let own = env::current_exe().map_err(|why| why.to_string())?;
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind");
    command.arg(format!("--callgrind-out-file={}", profile.display()));
    command.arg(format!("--toggle-collect={COUNTED}")).arg(own).arg(name);
    let said = command.output().map_err(|why| format!("valgrind: {why}"))?.stderr;
    let said = String::from_utf8_lossy(&said);
    let count = said.lines().find_map(|line| line.split_once("Collected : "));
    let count = count.and_then(|(_, count)| count.trim().parse::<u64>().ok());
    match count {
        Some(count) if count > 0 => Ok(count / REQUESTS),
        _ => Err(format!("{name}: nothing is counted: {said}")),
    }
}

/// Changes the session of one visitor so often, who looks at the page after each change.
fn visit(name: &str) -> Result<(), String> {
    let kind = KINDS.iter().find(|kind| kind.name == name);
    let kind = kind.ok_or_else(|| format!("no server is called {name}"))?;
    log(name);
    let runtime = Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|why| why.to_string())?;
    let (app, mut visitor) = (server(name), Visitor::default());
    // The first one begins a session.
    let begins = runtime.block_on(app.clone().oneshot(kind.request(&visitor, 0)));
    let mut answer = begins.unwrap_or_else(|never| match never {});
    for number in 0..REQUESTS {
        let page = runtime.block_on(visitor.follow(&app, answer))?;
        kind.check(&page, number)?;
        answer = serve(&runtime, app.clone(), kind.request(&visitor, number + 1));
    }
    let page = runtime.block_on(visitor.follow(&app, answer))?;
    kind.check(&page, REQUESTS)
}

#[inline(never)]
fn serve(runtime: &Runtime, app: Router, request: Request<Body>) -> Response {
    let Ok(answer) = runtime.block_on(app.oneshot(request));
    answer
}

impl Kind {
    /// The one with this number. The first one puts a packet into the basket, and then one comes and
    /// goes: a basket that is full would not change.
    fn request(&self, visitor: &Visitor, number: u64) -> Request<Body> {
        let path = if has_two(number) || number == 0 { "/basket" } else { "/basket/take" };
        match self.does {
            CHANGES => visitor.request(Method::POST, path, "tea=assam"),
            _ => visitor.request(Method::GET, "/", ""),
        }
    }

    /// Whether the page shows what the request with this number has changed.
    fn check(&self, page: &str, number: u64) -> Result<(), String> {
        let packets = if has_two(number) { "2 × Assam" } else { "1 × Assam" };
        match self.does {
            CHANGES if !page.contains(packets) => Err(format!("not {packets}: {page}")),
            _ => Ok(()),
        }
    }
}

/// Whether there are two packets after the request with this number.
fn has_two(number: u64) -> bool {
    !number.is_multiple_of(2)
}

fn server(name: &str) -> Router {
    let (store, key) = (MemoryStore::default(), Key::from(&[7; 64]));
    match name {
        "axum" => Router::new().route("/", get(StatusCode::OK)),
        "tower-sessions" => {
            let sessions = SessionManagerLayer::new(store).with_secure(false);
            Router::new().route("/", get(count_visit)).layer(sessions)
        }
        "step 03" => step_03::app(store),
        "step 08" => step_08::app(store, key),
        "step 12" => step_12::app(Swept::new(store), key, InMemory::default()),
        "step 19" => {
            let shelf = shelf_19::Shelf::default();
            step_19::app(shelf.clone(), key, shelf)
        }
        "step 20" => {
            let shelf = shelf_20::Shelf::default();
            let keys = Keys::parse(&BASE64_STANDARD.encode(key.master()));
            step_20::app(shelf.clone(), Ring::new(keys.expect("a key")), shelf)
        }
        "step 21" => {
            let shelf = shelf_21::Shelf::default();
            let keys = step_21::secret::Keys::parse(&BASE64_STANDARD.encode(key.master()));
            let ring = step_21::secret::Ring::new(keys.expect("a key"));
            step_21::app(shelf.clone(), ring, shelf, step_21::site::Site::default())
        }
        _ => {
            trial::learn_nothing();
            let shelf = shelf_24::Shelf::default();
            let keys = step_24::secret::Keys::parse(&BASE64_STANDARD.encode(key.master()));
            let ring = step_24::secret::Ring::new(keys.expect("a key"));
            let (site, watch) = (step_24::site::Site::default(), Watch::default());
            step_24::app(shelf.clone(), ring, shelf, site, watch)
        }
    }
}

/// As the first steps do at a visit.
async fn count_visit(session: Session) -> StatusCode {
    let visits: Option<u64> = session.get("visits").await.ok().flatten();
    match session.insert("visits", visits.unwrap_or_default() + 1).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// As the program of the step does that has this name.
fn log(name: &str) {
    let is_quiet = ["step 20", "step 21", "step 24"].contains(&name);
    let of_the_library = if is_quiet { Level::WARN } else { Level::INFO };
    let told =
        Targets::new().with_default(Level::INFO).with_target("tower_sessions", of_the_library);
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    tracing_subscriber::registry().with(lines).with(told).init();
}
