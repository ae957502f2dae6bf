//! The file: how it is opened, and what is in it.

use std::{
    fs::File,
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

/// What tells our files from those of other programs: "acct", in ASCII.
const ACCOUNTS: u32 = 0x6163_6374;

/// So long it waits for another program that is writing.
const BUSY: Duration = Duration::from_secs(2);

/// What makes each version out of the one before. Once it has been in use, none changes.
const MIGRATIONS: [&str; 3] = [
    "CREATE TABLE accounts (
        folded TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        password_hash TEXT NOT NULL,
        is_administrator INTEGER NOT NULL,
        is_disabled INTEGER NOT NULL,
        stamp TEXT NOT NULL
    ) STRICT;",
    "CREATE TABLE orders (
        key TEXT NOT NULL UNIQUE,
        member TEXT NOT NULL,
        teas TEXT NOT NULL
    ) STRICT;
    CREATE INDEX orders_of ON orders (member);",
    "CREATE TABLE notes (
        name BLOB NOT NULL PRIMARY KEY,
        member TEXT NOT NULL,
        ends INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX notes_of ON notes (member);
    CREATE INDEX notes_by_end ON notes (ends);",
];
const NEWEST: u32 = MIGRATIONS.len() as u32;

/// Opens the file to read and write in it. Makes it if there is none.
pub(super) fn open(path: &Path) -> Result<Connection, String> {
    make(path).map_err(|why| {
        format!(
            "{why}. Its folder must be there, and the program must be allowed to \
             write in it."
        )
    })?;
    let mut db = connect(path).map_err(explain)?;
    match patiently(|| set_up(&mut db)).map_err(explain)? {
        Some(why) => Err(why),
        None => Ok(db),
    }
}

/// Makes an empty file if there is none, for nobody's eyes but the program's.
fn make(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(why) if why.kind() != io::ErrorKind::AlreadyExists => Err(why),
        _ => Ok(()),
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    Ok(db)
}

/// Tries again while another program is in the way that starts at the same moment: to turn
/// WAL on, SQLite does not wait by itself.
fn patiently<T>(
    mut work: impl FnMut() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let end = Instant::now() + BUSY;
    loop {
        match work() {
            Err(why) if is_busy(&why) && Instant::now() < end => {
                thread::sleep(Duration::from_millis(10));
            }
            outcome => return outcome,
        }
    }
}

fn is_busy(why: &rusqlite::Error) -> bool {
    why.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn set_up(db: &mut Connection) -> rusqlite::Result<Option<String>> {
    if let Some(why) = refuse(db)? {
        return Ok(Some(why));
    }
    // Whoever reads does not wait for whoever writes, nor the other way round.
    db.pragma_update(None, "journal_mode", "wal")?;
    // What is committed is on the disk.
    db.pragma_update(None, "synchronous", "full")?;
    migrate(db)
}

/// Why this file is left as it is.
fn refuse(db: &Connection) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)";
    let is_empty: bool = db.query_row(sql, [], |row| row.get(0))?;
    if number(db, "application_id")? != ACCOUNTS && !is_empty {
        let why =
            "this is another program's database. Name a file of the shop's own.";
        return Ok(Some(why.to_owned()));
    }
    let version = number(db, "user_version")?;
    Ok((version > NEWEST).then(|| {
        format!(
            "its version is {version}, and this program knows those up to {NEWEST}. \
             Start a newer program."
        )
    }))
}

/// As one transaction: of two programs that start at once, one finds it done.
fn migrate(db: &mut Connection) -> rusqlite::Result<Option<String>> {
    let transaction =
        db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // A newer program may have been here since.
    if let Some(why) = refuse(&transaction)? {
        return Ok(Some(why));
    }
    let version = number(&transaction, "user_version")?;
    for migration in MIGRATIONS.iter().skip(version as usize) {
        transaction.execute_batch(migration)?;
    }
    if version < NEWEST {
        transaction.pragma_update(None, "application_id", ACCOUNTS)?;
        transaction.pragma_update(None, "user_version", NEWEST)?;
    }
    transaction.commit()?;
    Ok(None)
}

fn number(db: &Connection, pragma: &str) -> rusqlite::Result<u32> {
    db.pragma_query_value(None, pragma, |row| row.get(0))
}

/// What to do about it, in the same line.
fn explain(why: rusqlite::Error) -> String {
    let what_to_do = match why.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "Put a backup in its place, with no -wal beside it, or name another file"
        }
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
            "The program must be allowed to write in the file and in its folder"
        }
        Some(ErrorCode::DatabaseBusy) => {
            "Another program keeps it locked: end that"
        }
        Some(ErrorCode::DiskFull) => "Make room on the disk",
        _ => "Try the file with PRAGMA integrity_check",
    };
    format!("{why}. {what_to_do}.")
}
