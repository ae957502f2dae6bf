//! A lock in Redis, which each server asks for.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use redis::{aio::MultiplexedConnection, cmd};
use tokio::time;
use tower_sessions::session::Id;

use crate::list::session_of;

/// Where the locks are.
#[derive(Clone)]
pub(crate) struct RedisLock {
    pub(crate) redis: MultiplexedConnection,
    /// So long a lock lives, if nobody gives it back.
    pub(crate) lives: Duration,
}

// ANCHOR: lock
/// Stands around the session layer: the lock is held from the load to the save.
pub(crate) async fn one_at_a_time(
    State(lock): State<RedisLock>,
    request: Request,
    next: Next,
) -> Response {
    let key = lock_of(&session_of(&request));
    let token = Id::default().to_string();
    while !lock.take(&key, &token).await {
        time::sleep(Duration::from_millis(10)).await;
    }
    let response = next.run(request).await;
    lock.give_back(&key, &token).await;
    response
}

/// Two commands, but one act: what has ended meanwhile may be somebody else's by now.
const GIVE_BACK: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then
    redis.call('DEL', KEYS[1])
end";

impl RedisLock {
    /// `NX`: if nobody has it. `PX`: it ends, even if whoever has it has died.
    async fn take(&self, key: &str, token: &str) -> bool {
        let milliseconds = self.lives.as_millis().to_string();
        let mut set = cmd("SET");
        set.arg(key).arg(token).arg("NX").arg("PX").arg(milliseconds);
        let said: Option<String> =
            set.query_async(&mut self.redis.clone()).await.expect("Redis answers");
        said.is_some()
    }

    async fn give_back(&self, key: &str, token: &str) {
        let mut eval = cmd("EVAL");
        eval.arg(GIVE_BACK).arg(1).arg(key).arg(token);
        eval.exec_async(&mut self.redis.clone()).await.expect("Redis answers");
    }
}
// ANCHOR_END: lock

/// The key of a session's lock.
pub(crate) fn lock_of(session: &str) -> String {
    format!("lock:{session}")
}

impl RedisLock {
    /// Has the lock of a session end, as it does when its time has passed.
    pub(crate) async fn end(&self, session: &str) {
        let mut end = cmd("PEXPIRE");
        end.arg(lock_of(session)).arg(0);
        end.exec_async(&mut self.redis.clone()).await.expect("Redis answers");
    }

    pub(crate) async fn is_taken(&self, session: &str) -> bool {
        let mut exists = cmd("EXISTS");
        exists.arg(lock_of(session));
        exists.query_async(&mut self.redis.clone()).await.expect("Redis answers")
    }
}
