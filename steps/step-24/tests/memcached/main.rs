//! Memcached as a store of sessions, beside a file that says which a member has.
#![cfg(memcached)]

mod forgets;
mod subject;

use std::sync::Arc;

use conformance::{Column, Verdict, play, play_versions};
use engines::Memcached as Engine;
use subject::InMemcached;

/// Says of each rule whether it holds: all but these, which the store cannot be asked about.
fn hold(column: &Column, has_none: &[&str]) {
    for (rule, verdict) in column.rules.iter().zip(&column.verdicts) {
        let expected = match has_none.contains(&rule.says) {
            true => Verdict::HasNone,
            false => Verdict::Holds,
        };
        assert_eq!(*verdict, expected, "{}", rule.says);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memcached_keeps_the_rules_of_a_store() {
    let engine = Arc::new(Engine::start());
    let column = play("Memcached", async || InMemcached::new(&engine).await).await;
    // It gives room back by itself.
    hold(&column, &["Sweeping gives the room of what has expired back"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memcached_keeps_the_rules_of_versions() {
    let engine = Arc::new(Engine::start());
    let made = async || InMemcached::new(&engine).await;
    hold(&play_versions("Memcached", made).await, &[]);
}
