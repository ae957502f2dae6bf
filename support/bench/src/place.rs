//! Where the stores keep their records.

use std::{
    cell::OnceCell,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    rc::Rc,
    time::Duration,
};

use bench::machine;
use engines::{Memcached, Postgres, Redis};
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
    processes: Box<dyn Fn() -> Vec<u32>>,
    /// The folder goes with it.
    _folder: Option<TempDir>,
}

impl Engines {
    pub(crate) fn empty(&self, engine: Engine) -> Result<Place, String> {
        Ok(match engine {
            Engine::Itself => Place::folder()?,
            Engine::Postgres => {
                let postgres = self.postgres.get_or_init(|| Rc::new(Postgres::start_with(&[])));
                let running = Rc::clone(postgres);
                Place::of(postgres.empty(), move || running.processes())
            }
            // It has no databases: each server has one to itself.
            Engine::Memcached => {
                let memcached = Memcached::start();
                Place::of(memcached.address(), move || memcached.processes())
            }
            Engine::Redis => {
                let redis = self.redis.get_or_init(|| Rc::new(Redis::start_with(&[])));
                let running = Rc::clone(redis);
                Place::of(redis.empty(), move || running.processes())
            }
        })
    }
}

impl Place {
    fn folder() -> Result<Self, String> {
        // On a disk: a temporary folder may be memory.
        let near = own_program()?.parent().map(Path::to_owned).unwrap_or_default();
        let folder = tempfile::tempdir_in(near).map_err(|why| why.to_string())?;
        let at = folder.path().into();
        Ok(Self { at, processes: Box::new(Vec::new), _folder: Some(folder) })
    }

    fn of(at: String, processes: impl Fn() -> Vec<u32> + 'static) -> Self {
        Self { at: at.into(), processes: Box::new(processes), _folder: None }
    }

    /// How long its engine has run so far.
    pub(crate) fn time(&self) -> Duration {
        (self.processes)().into_iter().map(machine::time_of).sum()
    }
}

pub(crate) fn own_program() -> Result<PathBuf, String> {
    env::current_exe().map_err(|why| why.to_string())
}
