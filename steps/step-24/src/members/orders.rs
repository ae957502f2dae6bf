//! What a session knows of the order that was made in it last.

use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::{error::Error, members::door::Door, store::orders::Order};

const KEY: &str = "ordered";

/// The order that was made last.
#[derive(Serialize, Deserialize)]
struct Ordered {
    /// What tells it from every other order.
    key: String,
    teas: String,
    /// Whether it is known to be where orders are kept.
    is_placed: bool,
}

/// Notes an order in the session. It is made once this is saved, and placed then.
pub(crate) async fn note(
    session: &Session,
    key: String,
    teas: String,
) -> Result<(), Error> {
    session.insert(KEY, Ordered { key, teas, is_placed: false }).await?;
    Ok(())
}

/// Whether the order that was made last has this key.
pub(crate) async fn is_last(session: &Session, key: &str) -> Result<bool, Error> {
    let ordered: Option<Ordered> = session.get(KEY).await?;
    Ok(ordered.is_some_and(|ordered| ordered.key == key))
}

/// Places the order that was made last, unless it is known to be placed. To place it twice
/// is to place it once.
pub(crate) async fn place(
    door: &Door,
    session: &Session,
    member: &str,
) -> Result<(), Error> {
    let ordered: Option<Ordered> = session.get(KEY).await?;
    let Some(ordered) = ordered.filter(|ordered| !ordered.is_placed) else {
        return Ok(());
    };
    let Ordered { key, teas, .. } = ordered;
    let order = Order { key, member: member.to_owned(), teas };
    door.orders.place(&order).await.map_err(Error::NotPlaced)?;
    let Order { key, teas, .. } = order;
    session.insert(KEY, Ordered { key, teas, is_placed: true }).await?;
    Ok(())
}
