//! The shop twice on one SQLite file, as two programs have it.

mod shops;

use std::path::PathBuf;

use rusqlite::Connection;
use shops::{Person, rounds, server};
use step_19::sqlite::Sqlite;
use tempfile::TempDir;

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
