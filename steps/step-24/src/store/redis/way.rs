//! The way to Redis, which is looked for again when it is lost.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{
    Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, Value,
    aio::ConnectionLike,
};
use tokio::time;

use crate::store::redis::{
    connection::{Connection, PATIENCE},
    place::Place,
};

/// So long it rests before it looks again.
const PAUSE: Duration = Duration::from_millis(50);

/// What commands are sent to, wherever Redis is at the moment.
#[derive(Clone)]
pub(super) struct Way {
    /// Whoever has it looks for a connection, and the others wait for that.
    place: Arc<tokio::sync::Mutex<Place>>,
    found: Arc<Mutex<Found>>,
}

#[derive(Default)]
struct Found {
    connection: Option<Connection>,
    /// How many there were before: who has lost one does not take the next one from all.
    number: usize,
    /// What kept it from finding one, the last time.
    trouble: Option<String>,
}

impl Way {
    /// To this place, once a command needs it.
    pub(super) fn to(place: Place) -> Self {
        let place = Arc::new(tokio::sync::Mutex::new(place));
        Self { place, found: Arc::default() }
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at_hand(&self) -> Option<(usize, Connection)> {
        let found = self.found();
        Some((found.number, found.connection.clone()?))
    }

    /// A connection, once there is one: whoever calls this limits the time.
    async fn connection(&self) -> (usize, Connection) {
        loop {
            if let Some(at_hand) = self.at_hand() {
                return at_hand;
            }
            let mut place = self.place.lock().await;
            if self.at_hand().is_none() && !self.keep(place.connect().await) {
                time::sleep(PAUSE).await;
            }
        }
    }

    /// Whether there is one now.
    fn keep(&self, connected: RedisResult<Connection>) -> bool {
        let mut found = self.found();
        found.trouble = connected.as_ref().err().map(ToString::to_string);
        found.connection = connected.ok();
        found.connection.is_some()
    }

    /// Has the next command find another connection. A cluster's looks after itself.
    fn lose(&self, number: usize) {
        let mut found = self.found();
        let is_one = matches!(found.connection, Some(Connection::One(_)));
        if is_one && found.number == number {
            found.connection = None;
            found.number += 1;
        }
    }

    /// Says why nobody waits any longer. The connection may be cut, and not know it.
    pub(super) fn given_up(&self) -> String {
        let number = self.found().number;
        self.lose(number);
        let why = format!("no answer in {} s", PATIENCE.as_secs());
        match &self.found().trouble {
            Some(trouble) => format!("{why}: {trouble}"),
            None => why,
        }
    }

    /// Sends what `send` sends over the connection that there is. Never twice: what has
    /// failed may be done.
    async fn send<T, Sent: Future<Output = RedisResult<T>>>(
        &self,
        send: impl Fn(Connection) -> Sent,
    ) -> RedisResult<T> {
        loop {
            let (number, connection) = self.connection().await;
            let answer = send(connection).await;
            match &answer {
                // It was not even sent: the connection was lost before.
                Err(why) if why.is_connection_refusal() => self.lose(number),
                Err(why) if !is_said_by_redis(why) => {
                    self.lose(number);
                    return answer;
                }
                _ => return answer,
            }
        }
    }
}

/// Such as that it is full, which says nothing against the connection.
fn is_said_by_redis(why: &RedisError) -> bool {
    matches!(why.kind(), ErrorKind::Extension | ErrorKind::UnexpectedReturnType)
}

impl ConnectionLike for Way {
    fn req_packed_command<'a>(
        &'a mut self,
        cmd: &'a Cmd,
    ) -> RedisFuture<'a, Value> {
        Box::pin(self.send(move |mut to| async move {
            to.inner().req_packed_command(cmd).await
        }))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(self.send(move |mut to| async move {
            to.inner().req_packed_commands(pipeline, offset, count).await
        }))
    }

    fn get_db(&self) -> i64 {
        0
    }
}
