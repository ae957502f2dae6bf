//! An advisory lock in PostgreSQL: a lock on a number, which the database keeps for whoever
//! asks. It belongs to the connection.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use deadpool_postgres::Pool;

use crate::list::session_of;

const LOCK: &str = "SELECT pg_advisory_lock(hashtextextended($1, 0))";
const UNLOCK: &str = "SELECT pg_advisory_unlock(hashtextextended($1, 0))";

// ANCHOR: lock
/// Stands around the session layer: the lock is held from the load to the save, and a
/// connection for as long. Who waits for the lock has one as well.
pub(crate) async fn one_at_a_time(
    State(pool): State<Pool>,
    request: Request,
    next: Next,
) -> Response {
    let session = session_of(&request);
    let connection = pool.get().await.expect("a connection");
    connection.execute(LOCK, &[&session]).await.expect("the lock");
    let response = next.run(request).await;
    connection.execute(UNLOCK, &[&session]).await.expect("it is given back");
    response
}
// ANCHOR_END: lock
