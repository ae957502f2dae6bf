//! Prints what stores take in memory: after generations of visitors who never return, and for a
//! member who has signed in. `cargo run --release -p bench --bin memory`

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicI64, Ordering},
};

use axum::{
    body::Body,
    http::{Request, header, request::Builder},
};
use bench::{Data, Held, Visits};
use serde_json::json;
use step_13::{accounts::InMemory, memory::Memory, sessions::Sessions};
use tower::util::ServiceExt;
use tower_sessions::{MemoryStore, cookie::Key};

/// A browser, as it names itself.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// Counts the bytes that the program has asked for and not given back.
struct Counting;

static BYTES: AtomicI64 = AtomicI64::new(0);

#[allow(unsafe_code, reason = "passes each call on to the system's allocator as it came")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size() as i64, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn bytes() -> i64 {
    BYTES.load(Ordering::Relaxed)
}

/// How many sessions there are when their bytes are told: a hash table of 10,000 has room for
/// 14,336, and one of 15,000 for twice as many.
const SESSIONS: [usize; 2] = [10_000, 15_000];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let data = Data::from([("visits".to_owned(), json!(1))]);
    // A page includes each table by its name.
    println!("[//]: # (ANCHOR: memory_generations)\n");
    generations(Visits { generations: 10, visitors: 10_000, late: 0, data }).await;
    println!("\n[//]: # (ANCHOR_END: memory_generations)\n");
    println!("[//]: # (ANCHOR: memory_signed_in)\n");
    signed_in(signed_in_data().await).await;
    println!("\n[//]: # (ANCHOR_END: memory_signed_in)");
}

async fn generations(visits: Visits) {
    let columns = [
        of_tower_sessions(&visits).await,
        visits.of_express_session(false),
        visits.of_express_session(true),
        of_step_13(&visits).await,
    ];
    println!(
        "| Visitors so far | tower-sessions' `MemoryStore` | express-session's `MemoryStore` | \
         The same, asked for all each time | Step 13 |"
    );
    println!("|---:|---:|---:|---:|---:|");
    for generation in 0..visits.generations {
        let megabytes = columns.iter().map(|column| column[generation].bytes as f64 / 1e6);
        let cells: Vec<String> = megabytes.map(|number| format!("{number:.1} MB")).collect();
        println!("| {} | {} |", (generation + 1) * visits.visitors, cells.join(" | "));
    }
}

async fn of_tower_sessions(visits: &Visits) -> Vec<Held> {
    let before = bytes();
    let store = MemoryStore::default();
    let held = || Held { records: 0, bytes: bytes() - before };
    visits.of(&store, async || (), held).await
}

async fn of_step_13(visits: &Visits) -> Vec<Held> {
    let before = bytes();
    let store = Memory::default();
    let sweep = async || {
        store.delete_expired().await.expect("it sweeps");
    };
    let held = || Held { records: store.len(), bytes: bytes() - before };
    visits.of(&store, sweep, held).await
}

/// What the session of a member holds who has signed in and seen a page.
async fn signed_in_data() -> Data {
    let store = Memory::default();
    let app = step_13::app(store.clone(), Key::generate(), InMemory::default());
    let from_a_browser = |request: Builder| request.header(header::USER_AGENT, BROWSER);
    let form = from_a_browser(Request::post("/register"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("name=Ada&password=a+cup+before+noon"));
    let answer = app.clone().oneshot(form.expect("a request")).await.expect("an answer");
    let told = |name| answer.headers()[name].to_str().expect("text");
    let cookie = told(header::SET_COOKIE).split(';').next().unwrap_or_default();
    let page = from_a_browser(Request::get(told(header::LOCATION)))
        .header(header::COOKIE, cookie)
        .body(Body::empty());
    let answer = app.oneshot(page.expect("a request")).await.expect("an answer");
    assert!(answer.status().is_success(), "{answer:?}");
    let entries = store.entries_of(Some("Ada")).await.expect("it answers");
    entries.into_iter().next().expect("Ada has signed in").data
}

async fn signed_in(data: Data) {
    let length = json!(data).to_string().len();
    println!(
        "| Signed in, {length} bytes of JSON each | tower-sessions' `MemoryStore` | \
         express-session's `MemoryStore` | Step 13 | Step 13, after ten generations of as many |"
    );
    println!("|---:|---:|---:|---:|---:|");
    for late in SESSIONS {
        let visits = Visits { generations: 0, visitors: late, late, data: data.clone() };
        let columns = [
            of_tower_sessions(&visits).await,
            visits.of_express_session(false),
            of_step_13(&visits).await,
            of_step_13(&Visits { generations: 10, ..visits }).await,
        ];
        let bytes = columns.iter().filter_map(|column| column.last()).map(|held| held.bytes);
        let cells: Vec<String> =
            bytes.map(|bytes| format!("{} bytes", bytes / late as i64)).collect();
        println!("| {late} | {} |", cells.join(" | "));
    }
}
