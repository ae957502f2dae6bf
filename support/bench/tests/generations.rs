//! How many records a store holds after generations of visitors who never return.

use bench::{Data, Held, Visits};
use serde_json::json;
use step_13::{memory::Memory, sessions::Sessions};
use tower_sessions::MemoryStore;

/// So many sessions step 13 has room for, here.
const ROOM: usize = 2_000;

fn records(records: usize) -> Held {
    Held { records, bytes: 0 }
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn what_is_left_of_visitors_who_never_return() {
    let data = Data::from([("visits".to_owned(), json!(1))]);
    let visits = Visits { generations: 10, visitors: 1_000, late: 5_000, data };
    let plain = MemoryStore::default();
    let looked = || records(format!("{plain:?}").matches("Record {").count());
    let of_tower_sessions = visits.of(&plain, async || (), looked).await;
    let store = Memory::with_room_for(ROOM);
    let sweep = async || {
        store.delete_expired().await.expect("it sweeps");
    };
    let of_step_13 = visits.of(&store, sweep, || records(store.len())).await;
    let columns = [
        of_tower_sessions,
        visits.of_express_session(false),
        visits.of_express_session(true),
        of_step_13,
    ];
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("what_is_left", table(&visits, &columns)));
}

fn table(visits: &Visits, columns: &[Vec<Held>]) -> String {
    let mut text = String::from(
        "| Visitors so far | tower-sessions' `MemoryStore` | express-session's `MemoryStore` | \
         The same, asked for all each time | Step 13, swept, with room for 2000 |\n\
         |---:|---:|---:|---:|---:|\n",
    );
    for row in 0..=visits.generations {
        let visitors = visits.visitors * (row + 1).min(visits.generations);
        let late = if row == visits.generations { " and 5000 at once" } else { "" };
        let cells = columns.iter().map(|column| column[row].records.to_string());
        let cells: Vec<String> = cells.collect();
        text += &format!("| {visitors}{late} | {} |\n", cells.join(" | "));
    }
    text
}
