//! Where the stores keep their records.

use std::{
    cell::OnceCell,
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    rc::Rc,
    time::Duration,
};

use bench::machine;
use engines::{Memcached, Postgres, Redis};
use rusqlite::Connection;
use tempfile::TempDir;

/// What a store keeps its records in.
#[derive(Clone, Copy)]
pub(crate) enum Engine {
    /// The server itself: in memory, or in a file.
    Itself,
    Postgres,
    Redis,
    Memcached,
}

/// The engines, each started when it is first asked for, with the settings that it has when nobody
/// gives any. They share the visitors' core.
#[derive(Default)]
pub(crate) struct Engines {
    postgres: OnceCell<Rc<Postgres>>,
    redis: OnceCell<Rc<Redis>>,
}

/// A place where nothing is kept yet.
pub(crate) struct Place {
    /// A folder, or where an engine is.
    pub(crate) at: OsString,
    /// Goes with it.
    folder: TempDir,
    processes: Box<dyn Fn() -> Vec<u32>>,
    bytes: Box<dyn Fn() -> Option<u64>>,
}

impl Engines {
    pub(crate) fn empty(&self, engine: Engine) -> Result<Place, String> {
        let folder = new_folder()?;
        Ok(match engine {
            Engine::Itself => {
                let at = folder.path().to_owned();
                Place::new(folder, at.clone(), Vec::new, move || of_file(&at))
            }
            Engine::Postgres => {
                let postgres = self.postgres.get_or_init(|| Rc::new(Postgres::start_with(&[])));
                let [running, asked] = [Rc::clone(postgres), Rc::clone(postgres)];
                let at = postgres.empty();
                let bytes = {
                    let at = at.clone();
                    move || asked.sql(&at, BYTES_OF_TABLES).trim().parse().ok()
                };
                Place::new(folder, at, move || running.processes(), bytes)
            }
            // It has no databases: each server has one to itself.
            Engine::Memcached => {
                let memcached = Memcached::start();
                let at = memcached.address();
                Place::new(folder, at, move || memcached.processes(), || None)
            }
            Engine::Redis => {
                let redis = self.redis.get_or_init(|| Rc::new(Redis::start_with(&[])));
                let [running, asked] = [Rc::clone(redis), Rc::clone(redis)];
                let bytes = move || used_memory(&asked.cli(&["INFO", "memory"]));
                Place::new(folder, redis.empty(), move || running.processes(), bytes)
            }
        })
    }
}

impl Place {
    fn new(
        folder: TempDir,
        at: impl Into<OsString>,
        processes: impl Fn() -> Vec<u32> + 'static,
        bytes: impl Fn() -> Option<u64> + 'static,
    ) -> Self {
        let (processes, bytes) = (Box::new(processes), Box::new(bytes));
        Self { at: at.into(), folder, processes, bytes }
    }

    /// A folder on a disk, beside what an engine keeps.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How long its engine has run so far.
    pub(crate) fn time(&self) -> Duration {
        (self.processes)().into_iter().map(machine::time_of).sum()
    }

    /// What is kept there takes so many bytes, if that can be asked. A Redis tells it of all that it
    /// keeps.
    pub(crate) fn bytes(&self) -> Option<u64> {
        (self.bytes)()
    }
}

/// With indexes, and with what PostgreSQL has not yet tidied up.
const BYTES_OF_TABLES: &str = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class \
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace";

/// The pages of the SQLite file in a folder, those in its log included.
fn of_file(folder: &Path) -> Option<u64> {
    let files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let file = files.into_iter().find(|file| file.extension().is_some_and(|it| it == "db"))?;
    let pages = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    let bytes: i64 =
        Connection::open(file).ok()?.query_row(pages, [], |row| row.get(0)).ok()?;
    bytes.try_into().ok()
}

fn used_memory(told: &str) -> Option<u64> {
    told.lines().find_map(|line| line.strip_prefix("used_memory:"))?.trim().parse().ok()
}

fn new_folder() -> Result<TempDir, String> {
    // On a disk: a temporary folder may be memory.
    let near = own_program()?.parent().map(Path::to_owned).unwrap_or_default();
    tempfile::tempdir_in(near).map_err(|why| why.to_string())
}

pub(crate) fn own_program() -> Result<PathBuf, String> {
    env::current_exe().map_err(|why| why.to_string())
}
