//! Calls of Memcached, each of which ends in a bounded time and spoils no other.

use std::{
    fmt::{self, Debug, Formatter},
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_memcached::{Client, Error, ErrorKind, MetaProtocol, Status};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time,
};
use tower_sessions::session_store;

// ANCHOR: bounds
/// So long may a call take, whatever it waits for: a free connection, a new one, the
/// answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// So many connections has a server, at most.
const CONNECTIONS: usize = 16;
// ANCHOR_END: bounds

// ANCHOR: memcached
/// A store for several servers that keeps sessions as long as there is room.
#[derive(Clone)]
pub struct Memcached {
    address: Arc<str>,
    room: Arc<Semaphore>,
    free: Arc<Mutex<Vec<Client>>>,
}

/// A value, and the number that Memcached gave it when it was written.
pub(super) struct Found {
    pub(super) value: Vec<u8>,
    pub(super) cas: u64,
}

impl Found {
    /// Says to a command that it is for this value alone.
    fn unchanged(&self) -> String {
        format!("C{}", self.cas)
    }
}

/// What became of a command that is done on a condition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    Done,
    /// Somebody else has written under this key meanwhile.
    Changed,
    /// There is nothing under this key any more.
    Gone,
}
// ANCHOR_END: memcached

// ANCHOR: act
/// Commands on one connection. What is `done` is free for others: on any other connection,
/// an answer may be on its way that the next visitor would wait for. That one is closed.
pub(super) struct Act<'a> {
    client: Client,
    from: &'a Memcached,
    _room: OwnedSemaphorePermit,
}

impl Act<'_> {
    /// Everything that was asked has been answered.
    pub(super) fn done(self) {
        self.from.free().push(self.client);
    }
}
// ANCHOR_END: act

// ANCHOR: commands
impl Act<'_> {
    /// `mg`: what is under this key.
    pub(super) async fn get(&mut self, key: &str) -> Answer<Option<Found>> {
        get(&mut self.client, key).await
    }

    /// `ms`: puts this under the key, whatever was there.
    pub(super) async fn set(
        &mut self,
        key: &str,
        value: &[u8],
        ends: &str,
    ) -> Answer<Outcome> {
        self.write(key, value, &[ends]).await
    }

    /// The same, if there is nothing under the key. An error if there is.
    pub(super) async fn add(
        &mut self,
        key: &str,
        value: &[u8],
        ends: &str,
    ) -> Answer<Outcome> {
        self.write(key, value, &["ME", ends]).await
    }

    /// The same, if what is there is still what was found.
    pub(super) async fn replace(
        &mut self,
        key: &str,
        found: &Found,
        value: &[u8],
        ends: &str,
    ) -> Answer<Outcome> {
        self.write(key, value, &[&found.unchanged(), ends]).await
    }

    async fn write(
        &mut self,
        key: &str,
        value: &[u8],
        flags: &[&str],
    ) -> Answer<Outcome> {
        outcome(self.client.meta_set(key, value, false, None, Some(flags)).await)
    }

    /// `md`: deletes what is under this key.
    pub(super) async fn delete(&mut self, key: &str) -> Answer<Outcome> {
        outcome(self.client.meta_delete(key, false, None, None).await)
    }

    /// The same, if it is still what was found.
    pub(super) async fn delete_if(
        &mut self,
        key: &str,
        found: &Found,
    ) -> Answer<Outcome> {
        let flags: &[&str] = &[&found.unchanged()];
        outcome(self.client.meta_delete(key, false, None, Some(flags)).await)
    }
}

async fn get(client: &mut Client, key: &str) -> Answer<Option<Found>> {
    let found = client.meta_get(key, false, None, Some(&["v", "c"])).await?;
    Ok(found.map(|found| Found {
        value: found.data.unwrap_or_default(),
        cas: found.cas.unwrap_or_default(),
    }))
}

fn outcome<T>(answer: Result<T, Error>) -> Answer<Outcome> {
    match answer {
        Ok(_) => Ok(Outcome::Done),
        Err(Error::Protocol(Status::Exists)) => Ok(Outcome::Changed),
        Err(Error::Protocol(Status::NotFound)) => Ok(Outcome::Gone),
        Err(why) => Err(why.into()),
    }
}
// ANCHOR_END: commands

impl Memcached {
    /// The Memcached at this address, once a call needs it.
    pub fn at(address: &str) -> Self {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        Self { address: address.into(), room, free: Arc::default() }
    }

    // ANCHOR: open
    /// The Memcached at this address, such as `localhost:11211`.
    ///
    /// # Errors
    /// Says in one line why it cannot be used.
    pub async fn open(address: &str) -> Result<Self, String> {
        let store = Self::at(address);
        let asked = store.within(async {
            let (act, _) = store.begin("anybody").await?;
            act.done();
            Ok(())
        });
        asked.await.map_err(|failed| failed.why())?;
        Ok(store)
    }
    // ANCHOR_END: open

    // ANCHOR: begin
    /// Begins an act by looking under a key. A connection that is free may be one to a
    /// Memcached that has ended since: the first one that answers does the rest.
    pub(super) async fn begin(
        &self,
        key: &str,
    ) -> Answer<(Act<'_>, Option<Found>)> {
        let room = self.room.clone().acquire_owned().await;
        let _room =
            room.map_err(|_| Failed::Store(out_of_reach("it is closed")))?;
        loop {
            let free = self.free().pop();
            let is_new = free.is_none();
            let mut client = match free {
                Some(client) => client,
                None => Client::new(format!("tcp://{}", self.address)).await?,
            };
            match get(&mut client, key).await {
                Ok(found) => return Ok((Act { client, from: self, _room }, found)),
                Err(why) if is_new => return Err(why),
                Err(_) => {}
            }
        }
    }
    // ANCHOR_END: begin

    // ANCHOR: within
    /// What comes of this work, or that it takes too long. Then each connection that nobody
    /// has goes as well: the way to Memcached may be cut, and none of them would know.
    pub(super) async fn within<T>(
        &self,
        work: impl Future<Output = Answer<T>>,
    ) -> Answer<T> {
        let outcome = time::timeout(PATIENCE, work).await;
        outcome.unwrap_or_else(|_| {
            mem::take(&mut *self.free());
            Err(Failed::TooLate)
        })
    }
    // ANCHOR_END: within

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Client>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Debug for Memcached {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Memcached")
    }
}

/// What a call comes to.
pub(super) type Answer<T> = Result<T, Failed>;

// ANCHOR: failed
/// Why a call has no answer.
#[derive(Debug)]
pub(super) enum Failed {
    /// The whole of it has taken longer than `PATIENCE`.
    TooLate,
    /// Memcached has said so, or cannot be reached.
    Memcached(Error),
    /// It is for the store to say why.
    Store(session_store::Error),
}
// ANCHOR_END: failed

impl From<Error> for Failed {
    fn from(cause: Error) -> Self {
        Self::Memcached(cause)
    }
}

impl From<session_store::Error> for Failed {
    fn from(cause: session_store::Error) -> Self {
        Self::Store(cause)
    }
}

impl From<Failed> for session_store::Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Store(cause) => cause,
            failed => out_of_reach(&failed.why()),
        }
    }
}

impl Failed {
    /// The cause for the log.
    pub(super) fn why(&self) -> String {
        match self {
            Self::TooLate => format!("no answer in {} s", PATIENCE.as_secs()),
            Self::Store(cause) => cause.to_string(),
            Self::Memcached(Error::Connect(cause) | Error::Io(cause)) => {
                cause.to_string()
            }
            Self::Memcached(Error::Protocol(Status::Error(
                ErrorKind::NonexistentCommand,
            ))) => "it is older than version 1.6".to_owned(),
            Self::Memcached(cause) => cause.to_string(),
        }
    }
}

fn out_of_reach(why: &str) -> session_store::Error {
    session_store::Error::Backend(why.to_owned())
}
