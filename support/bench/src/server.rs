//! The servers that are compared.

use std::{
    env,
    io::{BufRead, BufReader},
    iter,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::machine;

/// Which servers there are: what each is called, and the store that it has. The first is the peer
/// of all others.
const SERVERS: [(&str, Made); 5] = [
    ("express-session, `MemoryStore`", Made::InNode("MemoryStore")),
    ("express-session, `connect-sqlite3`", Made::InNode("connect-sqlite3")),
    ("tower-sessions, `MemoryStore`", Made::Here("memory-store")),
    ("step 13, `Memory`", Made::Here("step-13")),
    ("step 14, SQLite", Made::Here("step-14")),
];

enum Made {
    /// By `support/express/count.js`.
    InNode(&'static str),
    /// By this program.
    Here(&'static str),
}

/// A server that runs, for as long as this value lives.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) port: u16,
    process: Child,
    /// Where its store keeps its records, if not in memory.
    _place: TempDir,
}

/// Starts the first, and those whose names have one of these words, or all if there is no word. Each
/// has a port of its own.
pub(crate) fn start(words: &[String]) -> Result<Vec<Server>, String> {
    let (first, others) = SERVERS.split_first().expect("there is one");
    let is_asked = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word));
    let asked = others.iter().filter(|(name, _)| is_asked(name));
    iter::once(first).chain(asked).map(|(name, made)| start_one(name, made)).collect()
}

fn start_one(name: &'static str, made: &Made) -> Result<Server, String> {
    // On a disk: a temporary folder may be memory.
    let folder = own_program()?.parent().map(Path::to_owned).unwrap_or_default();
    let place = tempfile::tempdir_in(folder).map_err(|why| why.to_string())?;
    let mut command = made.command()?;
    command.arg(place.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().map_err(|why| format!("{command:?}: {why}"))?;
    let mut port = String::new();
    let output = process.stdout.take().expect("its output is a pipe");
    BufReader::new(output).read_line(&mut port).map_err(|why| why.to_string())?;
    let port =
        port.trim().parse().map_err(|_| format!("{name} does not start: {command:?}"))?;
    Ok(Server { name, port, process, _place: place })
}

impl Made {
    fn command(&self) -> Result<Command, String> {
        Ok(match self {
            Self::InNode(store) => {
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../express/count.js");
                let mut command = machine::on_core_of_server("node");
                command.arg(script).arg(store).env("NODE_ENV", "production");
                command
            }
            Self::Here(store) => {
                let own = own_program()?;
                let mut command = machine::on_core_of_server(&own.to_string_lossy());
                command.args(["serve", store]);
                command
            }
        })
    }
}

fn own_program() -> Result<PathBuf, String> {
    env::current_exe().map_err(|why| why.to_string())
}

impl Server {
    /// How long it has run so far.
    pub(crate) fn time(&self) -> Duration {
        machine::time_of(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; either way nothing is left behind.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
