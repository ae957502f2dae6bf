//! The thread that asks SQLite, and those who wait for it.

use std::{
    fmt::{self, Debug, Formatter},
    path::{self, Path},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
    time::Duration,
};

use rusqlite::Connection;
use tokio::{sync::oneshot, time};
use tower_sessions::session_store::{Error, Result};

use crate::store::account_file::file;

/// So many wait for the thread. Whoever comes then is told at once that they do.
const QUEUE: usize = 1024;

/// So long an answer is waited for. What was asked may be done all the same.
const PATIENCE: Duration = Duration::from_secs(3);

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The accounts of the shop, in a file, for the programs of one machine.
#[derive(Clone)]
pub struct AccountFile {
    queue: SyncSender<Job>,
}

impl AccountFile {
    /// Opens the file of this path, and makes it if there is none.
    ///
    /// # Errors
    /// Says why that cannot be, and what to do.
    pub fn open(path: impl AsRef<Path>) -> std::result::Result<Self, String> {
        let path = path.as_ref();
        start(path).map_err(|why| format!("{}: {why}", path.display()))
    }

    /// Has one statement done, and says what came of it once it is on the disk.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (asker, answer) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            // Whoever has gone meanwhile does not hear it.
            let _ = asker.send(act(db));
        });
        let sent = self.queue.try_send(job);
        sent.map_err(|_| failed("too many wait for the accounts"))?;
        let answer = time::timeout(PATIENCE, answer).await;
        let answer = answer.map_err(|_| failed("the accounts take too long"))?;
        answer.map_err(failed)?.map_err(failed)
    }
}

fn start(path: &Path) -> std::result::Result<AccountFile, String> {
    // To SQLite, `:memory:` and what begins with `file:` are no names of files.
    let path = path::absolute(path).map_err(|why| why.to_string())?;
    let db = file::open(&path)?;
    let (queue, jobs) = sync_channel(QUEUE);
    let thread = thread::Builder::new().name("accounts".to_owned());
    let thread = thread.spawn(move || work(&db, &jobs));
    thread.map_err(|why| why.to_string())?;
    Ok(AccountFile { queue })
}

/// Does one after another, until nobody has the queue any more.
fn work(db: &Connection, jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        job(db);
    }
}

fn failed(why: impl ToString) -> Error {
    Error::Backend(why.to_string())
}

impl Debug for AccountFile {
    /// Who is a member is nobody's business.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("AccountFile")
    }
}
