//! What is ordered, and what this server asks of a store that keeps it.

use async_trait::async_trait;
use tower_sessions::session_store::Result;

/// What a member has ordered.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// What tells it from every other order. As hard to guess as an identifier.
    pub key: String,
    /// The name of the member.
    pub member: String,
    /// The packets, as the member reads them.
    pub teas: String,
}

/// Where orders are kept.
#[async_trait]
pub trait Orders: Send + Sync + 'static {
    /// Keeps an order. If there is one with this key, nothing is done: it is the same.
    ///
    /// # Errors
    /// What keeps the store from answering.
    async fn place(&self, order: &Order) -> Result<()>;

    /// What this member has ordered, as it was placed.
    ///
    /// # Errors
    /// What keeps the store from answering.
    async fn orders_of(&self, member: &str) -> Result<Vec<Order>>;
}
