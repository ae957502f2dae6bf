//! Twenty visitors who hang up have more than four passwords hashed at a time.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
};

use axum::{body::Body, http::Request};
use conversation::Watched;
use step_09::{accounts::InMemory, app};
use tower::ServiceExt;
use tower_sessions::{MemoryStore, cookie::Key};

fn wrong_password(number: u32) -> Request<Body> {
    let fields = format!("name=Adam{number}&password=a+wrong+one");
    Request::post("/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(fields))
        .expect("well formed")
}

#[test]
fn whoever_hangs_up_makes_room_for_another() {
    let threads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&threads);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .on_thread_start(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let store = Watched::new(MemoryStore::default());
        let app = app(store, Key::from(&[7; 64]), InMemory::default());
        for number in 0..20 {
            let request = pin!(app.clone().oneshot(wrong_password(number)));
            let _ = request.poll(&mut Context::from_waker(Waker::noop()));
        }
    });
    // Waits for the threads.
    drop(runtime);
    let threads = threads.load(Ordering::Relaxed);
    assert!(threads > 4, "{threads} passwords at a time");
}
