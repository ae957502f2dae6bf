//! A Node process that is asked many things at once.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use serde_json::{Value, json};
use tokio::sync::oneshot;

/// What came of a call, or why nothing did.
type Answer = Result<Value, String>;

/// Who waits for the answer to which call. What is left when the process has ended waits in vain,
/// and is told so by being dropped.
type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Answer>>>>;

/// Runs `stores.js`.
#[derive(Debug)]
pub(crate) struct Calls {
    process: Mutex<Child>,
    input: Mutex<ChildStdin>,
    waiting: Waiting,
    made: AtomicU64,
}

impl Calls {
    pub(crate) fn start() -> Self {
        let mut process = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("stores.js"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node.js starts");
        let input = Mutex::new(process.stdin.take().expect("its input is a pipe"));
        let output = process.stdout.take().expect("its output is a pipe");
        let waiting = Waiting::default();
        let theirs = Arc::clone(&waiting);
        thread::spawn(move || hand_out(output, &theirs));
        Self { process: Mutex::new(process), input, waiting, made: AtomicU64::new(0) }
    }

    /// Makes a call as soon as it is waited for. If nobody waits for it any more, it goes on: so
    /// does a call of express-session whose visitor has gone.
    pub(crate) async fn ask(&self, question: &str, about: &[Value]) -> Answer {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let (answered, answer) = oneshot::channel();
        lock(&self.waiting).insert(number, answered);
        let mut call = vec![json!(number), json!(question)];
        call.extend_from_slice(about);
        let call = Value::from(call);
        writeln!(lock(&self.input), "{call}").map_err(|why| why.to_string())?;
        answer.await.unwrap_or_else(|_| Err("Node.js has ended".to_owned()))
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        let mut process = lock(&self.process);
        // It may have ended already; either way nothing is left behind.
        let _ = process.kill();
        let _ = process.wait();
    }
}

fn lock<Inner>(mutex: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives each answer to whoever waits for it, until the process ends.
fn hand_out(output: ChildStdout, waiting: &Waiting) {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        let (number, error, answer): (u64, Option<String>, Value) =
            serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line:?}"));
        if let Some(waits) = lock(waiting).remove(&number) {
            // Whoever waited may have gone.
            let _ = waits.send(error.map_or(Ok(answer), Err));
        }
    }
    lock(waiting).clear();
}
