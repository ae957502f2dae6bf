//! The threads that ask SQLite: one that writes, and two beside it that read.

use std::{
    iter,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use rusqlite::{Connection, TransactionBehavior};
use tokio::{sync::oneshot, time};
use tower_sessions::session_store;

use super::file;

// ANCHOR: bounds
/// So many acts wait for a thread. Whoever comes then is told at once that they do.
const QUEUE: usize = 1024;

/// So many acts are committed together, at most.
const GROUP: usize = 256;

const READERS: usize = 2;

/// So long an answer is waited for. The act may be done all the same, a little later.
const PATIENCE: Duration = Duration::from_secs(10);
// ANCHOR_END: bounds

// ANCHOR: outcome
/// What an act comes to inside a transaction.
pub(super) type Outcome<T> = Result<T, Failure>;

/// Why an act is not done.
pub(super) enum Failure {
    /// It has no right to be: the rest of the group has nothing to do with that.
    Refused(session_store::Error),
    /// SQLite could not.
    Engine(rusqlite::Error),
}

impl From<session_store::Error> for Failure {
    fn from(why: session_store::Error) -> Self {
        Self::Refused(why)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(why: rusqlite::Error) -> Self {
        Self::Engine(why)
    }
}

fn out_of_reach(why: impl ToString) -> session_store::Error {
    session_store::Error::Backend(why.to_string())
}
// ANCHOR_END: outcome

// ANCHOR: threads
/// The two queues, and behind them the threads, which end when nobody has a queue any more.
#[derive(Clone)]
pub(super) struct Threads {
    writer: SyncSender<Box<dyn Job>>,
    readers: SyncSender<Box<dyn Job>>,
}

impl Threads {
    /// Opens the file once for each thread.
    pub(super) fn start(path: &Path) -> Result<Self, String> {
        let (writer, to_write) = sync_channel(QUEUE);
        let (readers, to_read) = sync_channel(QUEUE);
        let mut connection = file::open(path)?;
        spawn(move || write(&mut connection, &to_write))?;
        let to_read = Arc::new(Mutex::new(to_read));
        for _ in 0..READERS {
            let (connection, to_read) =
                (file::open_to_read(path)?, to_read.clone());
            spawn(move || read(&connection, &to_read))?;
        }
        Ok(Self { writer, readers })
    }

    /// Has this done by the writer, and answers when it is committed.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> session_store::Result<T> {
        ask(&self.writer, act).await
    }

    /// Has this done by whichever reader is free.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> session_store::Result<T> {
        ask(&self.readers, act).await
    }
}

async fn ask<T: Send + 'static>(
    queue: &SyncSender<Box<dyn Job>>,
    act: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
) -> session_store::Result<T> {
    let (asker, answer) = oneshot::channel();
    let asked = Asked { act: Some(act), done: None, asker };
    let sent = queue.try_send(Box::new(asked));
    sent.map_err(|_| out_of_reach("too many wait for the database"))?;
    let answer = time::timeout(PATIENCE, answer).await;
    let answer = answer.map_err(|_| out_of_reach("the database takes too long"))?;
    answer.map_err(out_of_reach)?
}
// ANCHOR_END: threads

fn spawn(work: impl FnOnce() + Send + 'static) -> Result<(), String> {
    let thread = thread::Builder::new().name("sqlite".to_owned()).spawn(work);
    thread.map(|_| ()).map_err(|why| why.to_string())
}

// ANCHOR: job
/// An act that somebody waits for.
trait Job: Send {
    /// Does it. Whether it is done, and not refused.
    fn run(&mut self, db: &Connection) -> rusqlite::Result<bool>;

    /// Says what came of it, now that it is committed, or is not.
    fn answer(self: Box<Self>, committed: &rusqlite::Result<()>);
}

struct Asked<T, Act> {
    act: Option<Act>,
    done: Option<session_store::Result<T>>,
    asker: oneshot::Sender<session_store::Result<T>>,
}

impl<T: Send, Act: FnOnce(&Connection) -> Outcome<T> + Send> Job for Asked<T, Act> {
    fn run(&mut self, db: &Connection) -> rusqlite::Result<bool> {
        let Some(act) = self.act.take() else { return Ok(false) };
        let (done, went_well) = match act(db) {
            Ok(value) => (Ok(value), Ok(true)),
            Err(Failure::Refused(why)) => (Err(why), Ok(false)),
            Err(Failure::Engine(why)) => (Err(out_of_reach(&why)), Err(why)),
        };
        self.done = Some(done);
        went_well
    }

    fn answer(self: Box<Self>, committed: &rusqlite::Result<()>) {
        let outcome = match (committed, self.done) {
            (Ok(()), Some(done)) => done,
            (Ok(()), None) => Err(out_of_reach("nobody has done it")),
            (Err(why), _) => Err(out_of_reach(why)),
        };
        // Whoever has gone meanwhile does not hear it.
        let _ = self.asker.send(outcome);
    }
}
// ANCHOR_END: job

// ANCHOR: write
/// Takes what is waiting, commits it as one group, and answers then.
fn write(db: &mut Connection, jobs: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = jobs.recv() {
        let waiting = iter::once(first).chain(jobs.try_iter());
        let mut group: Vec<_> = waiting.take(GROUP).collect();
        let committed = commit(db, &mut group);
        group.into_iter().for_each(|job| job.answer(&committed));
    }
}

fn commit(db: &mut Connection, group: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let mut transaction =
        db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in group {
        let savepoint = transaction.savepoint()?;
        match job.run(&savepoint) {
            Ok(true) => savepoint.commit()?,
            // What it has done is undone here, and nothing else.
            Ok(false) => drop(savepoint),
            Err(why) => {
                drop(savepoint);
                if transaction.is_autocommit() {
                    // SQLite has undone the others as well: a disk is full, or broken.
                    return Err(why);
                }
            }
        }
    }
    transaction.commit()
}
// ANCHOR_END: write

// ANCHOR: read
/// Does one act after another, each time with what was committed last.
fn read(db: &Connection, jobs: &Mutex<Receiver<Box<dyn Job>>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(mut job) = next else { return };
        let ran = job.run(db).map(|_| ());
        job.answer(&ran);
    }
}
// ANCHOR_END: read
