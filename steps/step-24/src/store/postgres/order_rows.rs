//! Orders as rows, each under its key.

use async_trait::async_trait;
use tokio_postgres::Row;
use tower_sessions::session_store::Result;

use crate::store::{
    orders::{Order, Orders},
    postgres::call::{Failed, Postgres},
};

const PLACE: &str = "INSERT INTO orders (key, member, teas) VALUES ($1, $2, $3)
    ON CONFLICT (key) DO NOTHING";

const ORDERS_OF: &str = "SELECT key, member, teas FROM orders
    WHERE member = $1 ORDER BY number";

#[async_trait]
impl Orders for Postgres {
    async fn place(&self, order: &Order) -> Result<()> {
        let Order { key, member, teas } = order;
        self.count(PLACE, &[key, member, teas]).await?;
        Ok(())
    }

    async fn orders_of(&self, member: &str) -> Result<Vec<Order>> {
        let rows = self.rows(ORDERS_OF, &[&member]).await?;
        let orders: std::result::Result<_, Failed> =
            rows.iter().map(order).collect();
        Ok(orders?)
    }
}

fn order(row: &Row) -> std::result::Result<Order, Failed> {
    Ok(Order {
        key: row.try_get("key")?,
        member: row.try_get("member")?,
        teas: row.try_get("teas")?,
    })
}
