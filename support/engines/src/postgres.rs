//! A PostgreSQL of a test's own.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::engine::{Engine, free_port, run};

const READY: &str = "database system is ready to accept connections";

/// Settings that make it quick, where nothing depends on what a power cut would leave.
const QUICK: [&str; 2] = ["fsync=off", "full_page_writes=off"];

/// How a PostgreSQL is told to end.
#[derive(Clone, Copy, Debug)]
pub enum Ending {
    /// As a service manager does: who is connected is cut off, what was committed is on disk.
    Fast,
    /// As a crash, tidied up: nothing is written before it ends.
    Immediate,
    /// A crash: `kill -9`.
    Kill,
}

/// A PostgreSQL with a database `tea`, for as long as this value lives, and no longer than the
/// program.
pub struct Postgres {
    engine: Engine,
    port: u16,
    programs: PathBuf,
    schemas: AtomicU32,
}

impl Postgres {
    /// One that is quick, and does not wait for the disk.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start() -> Self {
        Self::start_with(&QUICK)
    }

    /// One with these settings, such as `synchronous_commit=off`. It waits for the disk, unless
    /// they say otherwise.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_with(settings: &[&str]) -> Self {
        let programs =
            programs().expect("PostgreSQL is installed: sudo apt-get install postgresql");
        loop {
            let folder = Engine::new_folder();
            make_cluster(&folder, &programs);
            let port = free_port();
            match serve(folder, &programs, port, settings) {
                Ok(engine) => {
                    let server = Self { engine, port, programs, schemas: AtomicU32::new(0) };
                    server.sql(&server.url_of("postgres"), "CREATE DATABASE tea");
                    return server;
                }
                // Somebody else has taken the port since.
                Err(said) if said.contains("could not bind") => {}
                Err(said) => panic!("PostgreSQL does not start: {said}"),
            }
        }
    }

    /// The port on which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The processes that it consists of now, by number.
    pub fn processes(&self) -> Vec<u32> {
        self.engine.processes()
    }

    /// The URL of its database, as `DATABASE_URL` has it.
    pub fn url(&self) -> String {
        self.url_of("tea")
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://tea:tea@127.0.0.1:{}/{database}", self.port)
    }

    /// A URL under which the database is empty: a schema that nobody else has.
    pub fn empty(&self) -> String {
        let schema = format!("empty_{}", self.schemas.fetch_add(1, Ordering::Relaxed));
        self.sql(&self.url(), &format!("CREATE SCHEMA {schema}"));
        format!("{}?options=-csearch_path%3D{schema}", self.url())
    }

    /// What `psql` says to this statement, a row a line, with `|` between the columns.
    ///
    /// # Panics
    /// If the statement fails.
    pub fn sql(&self, url: &str, statement: &str) -> String {
        let psql = self.programs.join("psql");
        let said = run(
            self.engine.folder(),
            &psql,
            &["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement],
        );
        said.unwrap_or_else(|why| panic!("{statement}: {why}"))
    }

    /// Ends it, and waits for that.
    pub fn end(&self, how: Ending) {
        self.engine.signal(match how {
            Ending::Fast => "INT",
            Ending::Immediate => "QUIT",
            Ending::Kill => "KILL",
        });
        self.engine.wait();
    }

    /// Starts it once more where it was, after it has ended.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&mut self) {
        // What a killed one has left still uses its memory for a moment.
        while let Err(said) = self.engine.start_again(READY) {
            assert!(said.contains("still in use"), "PostgreSQL does not start: {said}");
        }
    }

    /// Stops all of it in mid-air, as a machine that hangs: SIGSTOP.
    pub fn freeze(&self) {
        self.engine.signal_all("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.engine.signal_all("CONT");
    }
}

fn make_cluster(folder: &Path, programs: &Path) {
    let arguments =
        ["-D", "data", "-U", "tea", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"];
    let made = run(folder, &programs.join("initdb"), &arguments);
    made.unwrap_or_else(|why| panic!("PostgreSQL makes no cluster: {why}"));
}

fn serve(
    folder: PathBuf,
    programs: &Path,
    port: u16,
    settings: &[&str],
) -> Result<Engine, String> {
    let program = programs.join("postgres").to_string_lossy().into_owned();
    let port = format!("port={port}");
    let own = [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=300",
        port.as_str(),
    ];
    let settings = own.iter().chain(settings).flat_map(|setting| ["-c", setting]);
    let command: Vec<&str> =
        [program.as_str(), "-D", "data"].into_iter().chain(settings).collect();
    Engine::start(folder, "QUIT", &command, READY)
}

/// Where the programs of PostgreSQL are: on the path, or where Debian puts those of each version.
fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = env::split_paths(&path).collect();
    let debians = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let places = on_path.into_iter().chain(debians.map(|version| version.path().join("bin")));
    let mut places = places.filter_map(|place| fs::canonicalize(place.join("initdb")).ok());
    places.next()?.parent().map(Path::to_owned)
}
