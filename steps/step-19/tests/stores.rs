//! The shop twice on one SQLite file, as two programs have it.

mod shops;

use std::path::PathBuf;

use axum::http::StatusCode;
use rusqlite::Connection;
use shops::{Person, rounds, server};
use step_19::sqlite::Sqlite;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tower_sessions::SessionStore;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let folder = folder.expect("a temporary folder");
    let file = folder.path().join("shop.db");
    (folder, file)
}

fn opened_twice(file: &PathBuf) -> [Sqlite; 2] {
    [(); 2].map(|()| Sqlite::open(file).expect("it opens"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_on_one_file_keep_each_packet() {
    let (_folder, file) = place();
    let stores = opened_twice(&file);
    let servers = stores.clone().map(|store| server(store.clone(), store));
    let row = rounds("SQLite", servers, &stores[0]).await;
    shops::record("rounds_in_sqlite", &row);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_one_that_is_held_in_sqlite() {
    let (_folder, file) = place();
    let stores = opened_twice(&file);
    shops::nobody_waits_for_one_that_is_held(stores.clone(), stores).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_forms_are_one_order_in_sqlite() {
    let (_folder, file) = place();
    let servers = opened_twice(&file).map(|store| server(store.clone(), store));
    shops::five_forms_are_one_order(servers).await;
}

/// As `sqlite3` shows it.
#[tokio::test]
async fn the_version_of_a_session_in_sqlite() {
    let (_folder, file) = place();
    let [store, _] = opened_twice(&file);
    let shop = server(store.clone(), store);
    let mut ada = Person::shopping(&shop).await;
    let mut story = String::new();
    for _ in 0..2 {
        let db = Connection::open(&file).expect("it opens");
        let sql = "SELECT version, data ->> '$.basket' FROM sessions";
        let row = db.query_row(sql, [], |row| {
            Ok(format!("{}|{}\n", row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        });
        story.push_str(&row.expect("a session"));
        ada.post(&shop, "/basket", "tea=assam").await;
    }
    assert_eq!(story, "1|{\"oolong\":1}\n2|{\"assam\":1,\"oolong\":1}\n");
}

/// What a client costs that sends fifty at once: each is kept or told that it is not, and none
/// is run more than ten times.
#[tokio::test]
async fn of_fifty_requests_at_once_each_is_kept_or_refused_within_ten_runs() {
    let (_folder, file) = place();
    let log = trial::Log::default();
    let _guard = log.listen();
    let stores = opened_twice(&file);
    let servers = stores.clone().map(|store| server(store.clone(), store));
    let ada = Person::shopping(&servers[0]).await;
    let mut adding = JoinSet::new();
    for number in 0..50 {
        let (server, mut tab) = (servers[number % 2].clone(), ada.clone());
        // Of one tea, a basket holds twenty.
        let tea = ["tea=assam", "tea=oolong", "tea=sencha"][number % 3];
        adding.spawn(async move { tab.post(&server, "/basket", tea).await.status });
    }
    let mut statuses = Vec::new();
    while let Some(status) = adding.join_next().await {
        statuses.push(status.expect("it does not panic"));
    }
    let kept = statuses.iter().filter(|it| **it == StatusCode::SEE_OTHER).count();
    let busy = statuses.iter().filter(|it| **it == StatusCode::CONFLICT).count();
    assert_eq!(kept + busy, 50, "{statuses:?}");
    let id = ada.id().expect("a session");
    let record =
        stores[0].load(&id).await.expect("it answers").expect("it is there");
    let basket = record.data["basket"].as_object().expect("a basket");
    let packets: u64 = basket.values().filter_map(|it| it.as_u64()).sum();
    assert_eq!(packets, 1 + kept as u64);
    let again = log.text().matches("a request is run again").count();
    assert!(again <= 50 * 9, "{again}");
    assert_eq!(log.text().matches("a request is given up").count(), busy);
}
