//! Orders as rows, each under its key. Each call is one statement.

use rusqlite::Connection;
use tower_sessions::session_store::Result;

use crate::store::{account_file::AccountFile, orders::Order};

const PLACE: &str = "INSERT INTO orders (key, member, teas) VALUES (?1, ?2, ?3)
    ON CONFLICT (key) DO NOTHING";

const ORDERS_OF: &str =
    "SELECT key, member, teas FROM orders WHERE member = ?1 ORDER BY rowid";

impl AccountFile {
    pub(in crate::store) async fn place(&self, order: &Order) -> Result<()> {
        let order = order.clone();
        let act = move |db: &Connection| {
            let values = [&order.key, &order.member, &order.teas];
            db.prepare(PLACE)?.execute(values).map(|_| ())
        };
        self.ask(act).await
    }

    pub(in crate::store) async fn orders_of(
        &self,
        member: &str,
    ) -> Result<Vec<Order>> {
        let member = member.to_owned();
        self.ask(move |db| orders_of(db, &member)).await
    }
}

fn orders_of(db: &Connection, member: &str) -> rusqlite::Result<Vec<Order>> {
    let mut statement = db.prepare(ORDERS_OF)?;
    let orders = statement.query_map([member], |row| {
        let (key, member, teas) = row.try_into()?;
        Ok(Order { key, member, teas })
    })?;
    orders.collect()
}
