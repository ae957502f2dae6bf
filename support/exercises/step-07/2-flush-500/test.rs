//! A handler that ends the session and fails has ended it.

use conversation::{Conversation, Watched};
use step_07::app;
use tower_sessions::{MemoryStore, cookie::Key};

const SETTINGS: [&str; 5] = ["plain", "always-save", "resave", "rolling", "save-uninitialized"];

/// The calls of one request, and the cookie that its answer sets: of somebody with a session, of
/// somebody without a cookie, and of somebody with the cookie of a session that has ended.
async fn rows(setting: &str, kind: &str) -> [(Vec<&'static str>, Option<String>); 3] {
    let path = format!("/try/{setting}/{kind}");
    let mut seen = Vec::new();
    for before in [&["plain/write"][..], &[], &["plain/write", "plain/flush"]] {
        let store = Watched::new(MemoryStore::default());
        let app = app(store.clone(), Key::from(&[7; 64]));
        let mut story = Conversation::new("A row", app, store);
        let mut old = None;
        for kind in before {
            story.post("Ada", &format!("/try/{kind}"), "").await;
            old = story.cookies("Ada").first().map(|cookie| cookie.value.clone()).or(old);
        }
        if let Some(value) = old {
            story.forge("Ada", "__Host-id", &value);
        }
        let answer = story.post("Ada", &path, "").await;
        assert_eq!(answer.status, if kind == "flush-500" { 500 } else { 200 });
        seen.push((story.last_calls(), answer.header("set-cookie").map(str::to_owned)));
    }
    seen.try_into().expect("three rows")
}

#[tokio::test]
async fn flush_and_a_500_do_what_flush_does() {
    for setting in SETTINGS {
        assert_eq!(rows(setting, "flush-500").await, rows(setting, "flush").await, "{setting}");
    }
}
