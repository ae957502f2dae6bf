//! What is done with the rows of orders. Each function is part of a transaction.

use rusqlite::Connection;

use super::threads::Outcome;
use crate::store::orders::Order;

pub(super) fn place(db: &Connection, order: &Order) -> Outcome<()> {
    let sql = "INSERT INTO orders (key, member, teas) VALUES (?1, ?2, ?3)
        ON CONFLICT (key) DO NOTHING";
    db.execute(sql, [&order.key, &order.member, &order.teas])?;
    Ok(())
}

pub(super) fn orders_of(db: &Connection, member: &str) -> Outcome<Vec<Order>> {
    let sql =
        "SELECT key, member, teas FROM orders WHERE member = ?1 ORDER BY rowid";
    let mut statement = db.prepare(sql)?;
    let orders = statement.query_map([member], |row| {
        let (key, member, teas) = row.try_into()?;
        Ok(Order { key, member, teas })
    })?;
    Ok(orders.collect::<Result<_, _>>()?)
}
