//! The servers that are compared.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use bench::machine;

use crate::place::{Engine, Engines, Place, own_program};

/// A server that can be measured.
struct Kind {
    name: &'static str,
    made: Made,
    engine: Engine,
    /// The number of the server of Express that keeps its sessions in the same engine.
    peer: usize,
}

enum Made {
    /// By `support/express/count.js`.
    InNode(&'static str),
    /// By this program.
    Here(&'static str),
}

const fn in_node(name: &'static str, store: &'static str, engine: Engine, peer: usize) -> Kind {
    Kind { name, made: Made::InNode(store), engine, peer }
}

const fn here(name: &'static str, store: &'static str, engine: Engine, peer: usize) -> Kind {
    Kind { name, made: Made::Here(store), engine, peer }
}

/// Those of Express first. The very first is compared with all others.
const KINDS: [Kind; 12] = [
    in_node("express-session, `MemoryStore`", "MemoryStore", Engine::Itself, 0),
    in_node("express-session, `connect-sqlite3`", "connect-sqlite3", Engine::Itself, 1),
    in_node("express-session, `connect-pg-simple`", "connect-pg-simple", Engine::Postgres, 2),
    in_node("express-session, `connect-redis`", "connect-redis", Engine::Redis, 3),
    in_node("express-session, `connect-memcached`", "connect-memcached", Engine::Memcached, 4),
    here("tower-sessions, `MemoryStore`", "memory-store", Engine::Itself, 0),
    here("step 13, `Memory`", "step-13", Engine::Itself, 0),
    here("step 14, SQLite", "step-14", Engine::Itself, 1),
    here("step 15, PostgreSQL", "step-15", Engine::Postgres, 2),
    here("step 16, Redis", "step-16", Engine::Redis, 3),
    here("step 17, Memcached", "step-17", Engine::Memcached, 4),
    here("step 18, a cache over PostgreSQL", "step-18", Engine::Postgres, 2),
];

/// A server that runs, for as long as this value lives.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) port: u16,
    /// Where the server of Express stands in the list that has the same engine.
    pub(crate) peer: usize,
    process: Child,
    place: Place,
}

/// Starts those whose names have one of these words, and the servers of Express that they are
/// compared with; all of them if there is no word. Each has a port of its own.
pub(crate) fn start(words: &[&str]) -> Result<Vec<Server>, String> {
    let is_named = |kind: &Kind| words.iter().any(|word| kind.name.contains(word));
    let is_asked = |number| words.is_empty() || is_named(&KINDS[number]);
    let is_peer = |number| (0..KINDS.len()).any(|it| is_asked(it) && KINDS[it].peer == number);
    let numbers = 0..KINDS.len();
    let asked: Vec<usize> =
        numbers.filter(|&it| it == 0 || is_asked(it) || is_peer(it)).collect();
    let engines = Engines::default();
    let started = asked.iter().map(|&number| {
        let kind = &KINDS[number];
        let peer = asked.iter().position(|&it| it == kind.peer);
        start_one(kind, peer.expect("it is among them"), &engines)
    });
    started.collect()
}

fn start_one(kind: &Kind, peer: usize, engines: &Engines) -> Result<Server, String> {
    let Kind { name, made, engine, .. } = kind;
    let place = engines.empty(*engine)?;
    let mut command = made.command()?;
    command.arg(&place.at).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().map_err(|why| format!("{command:?}: {why}"))?;
    let mut port = String::new();
    let output = process.stdout.take().expect("its output is a pipe");
    BufReader::new(output).read_line(&mut port).map_err(|why| why.to_string())?;
    let port =
        port.trim().parse().map_err(|_| format!("{name} does not start: {command:?}"))?;
    Ok(Server { name, port, peer, process, place })
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

impl Server {
    /// How long it has run so far, and how long its engine has.
    pub(crate) fn times(&self) -> [Duration; 2] {
        [machine::time_of(self.process.id()), self.place.time()]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; either way nothing is left behind.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
