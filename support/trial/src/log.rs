//! What a server logs while a test listens.

use std::{
    collections::BTreeSet,
    io,
    ops::RangeInclusive,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tracing::{
    Dispatch, Level,
    subscriber::{DefaultGuard, NoSubscriber},
};

use crate::secrets::Secrets;

/// In bytes: a time, a place, a message, and two causes of a hundred characters, each escaped.
const LONGEST: usize = 2_500;

/// What is no control character by its class, and controls all the same: line and paragraph
/// separators, and what changes a line's direction.
const INVISIBLE: [RangeInclusive<char>; 4] = [
    '\u{61c}'..='\u{61c}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
];

/// While there is a single dispatcher, tracing asks the thread that comes to a line first whether
/// anybody listens, and remembers the answer for all threads. So there is always another one.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

/// Everything that is logged on one thread, down to the finest level.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Listens until the guard is dropped.
    pub fn listen(&self) -> DefaultGuard {
        LazyLock::force(&ANOTHER);
        let log = self.clone();
        let format = tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_ansi(false)
            .with_writer(move || log.clone());
        tracing::subscriber::set_default(format.finish())
    }

    /// What was logged so far.
    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert_is_one_line(&String::from_utf8_lossy(bytes));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What [`forbid_in_logs`] looks for besides.
static LEARNED: LazyLock<Mutex<Secrets>> = LazyLock::new(Mutex::default);

/// Keeps in mind that this must stand in no line of [`forbid_in_logs`], in whichever form, and what
/// it is.
pub fn learn(what: &str, secret: &str) {
    if LEARNS.load(Ordering::Relaxed) {
        learned().learn(what, secret);
    }
}

/// Whether anything is kept in mind.
static LEARNS: AtomicBool = AtomicBool::new(true);

/// From now on nothing more is kept in mind: whoever measures a server would measure that.
pub fn learn_nothing() {
    LEARNS.store(false, Ordering::Relaxed);
}

fn learned() -> MutexGuard<'static, Secrets> {
    LEARNED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on a test panics when anything that is logged, down to the finest level, holds one of
/// these secrets, what a test has learned by then, or what looks like a session identifier.
pub fn forbid_in_logs(secrets: &'static [&'static str]) {
    static ONCE: Once = Once::new();
    forbidden().extend(secrets);
    ONCE.call_once(|| {
        let format = tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_ansi(false)
            .with_writer(|| Censor);
        tracing::subscriber::set_global_default(format.finish()).expect("nobody else listens");
    });
}

/// What each test of this process has named: whichever comes first begins to listen for all.
static FORBIDDEN: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

fn forbidden() -> MutexGuard<'static, BTreeSet<&'static str>> {
    FORBIDDEN.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Censor;

impl io::Write for Censor {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let secret = forbidden().iter().copied().find(|secret| text.contains(secret));
        let secret =
            secret.or_else(|| text.split(is_no_letter).find(|word| is_identifier(word)));
        assert_eq!(secret, None, "a secret in the log: {text}");
        assert_eq!(learned().find(&text), None, "a secret in the log: {text}");
        assert_is_one_line(&text);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// # Panics
/// If what is logged at once is longer than a line need be, or has in it what could end the line,
/// command the terminal that shows it, or turn its text round.
fn assert_is_one_line(line: &str) {
    let text = line.trim_end_matches('\n');
    let raw = |c: char| c.is_control() || INVISIBLE.iter().any(|range| range.contains(&c));
    assert!(!text.contains(raw), "a line of the log has raw characters: {text:?}");
    assert!(text.len() <= LONGEST, "a line of the log is too long: {text:?}");
}

fn is_no_letter(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Whether this has the length of an identifier, and capital and small letters as chance has them.
fn is_identifier(word: &str) -> bool {
    word.len() == 22
        && word.contains(|c: char| c.is_ascii_uppercase())
        && word.contains(|c: char| c.is_ascii_lowercase())
}
