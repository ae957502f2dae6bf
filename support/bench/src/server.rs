//! A server that runs in a process of its own.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    time::Duration,
};

use bench::machine;

use crate::{
    kinds::Kind,
    place::{Engines, Place},
};

/// A server that runs, for as long as this value lives.
pub(crate) struct Server {
    pub(crate) kind: &'static Kind,
    pub(crate) port: u16,
    /// Where the server of Express stands in the list that has the same engine.
    pub(crate) peer: usize,
    process: Child,
    place: Place,
}

/// Starts those whose names have one of these words, and the servers of Express that they are
/// compared with; all of them if there is no word. Each has a port of its own.
pub(crate) fn start(kinds: &'static [Kind], words: &[&str]) -> Result<Vec<Server>, String> {
    let is_named = |kind: &Kind| words.iter().any(|word| kind.name.contains(word));
    let is_asked = |number: usize| words.is_empty() || is_named(&kinds[number]);
    let is_peer = |number| (0..kinds.len()).any(|it| is_asked(it) && kinds[it].peer == number);
    let numbers = 0..kinds.len();
    let asked: Vec<usize> =
        numbers.filter(|&it| it == 0 || is_asked(it) || is_peer(it)).collect();
    let engines = Engines::default();
    let started = asked.iter().map(|&number| {
        let kind = &kinds[number];
        let peer = asked.iter().position(|&it| it == kind.peer);
        Server::start(kind, peer.expect("it is among them"), &engines)
    });
    started.collect()
}

impl Server {
    fn start(kind: &'static Kind, peer: usize, engines: &Engines) -> Result<Self, String> {
        let place = engines.empty(kind.engine)?;
        let (process, port) = run(kind, &place)?;
        Ok(Self { kind, port, peer, process, place })
    }

    /// Kills it, and starts it once more where it was.
    pub(crate) fn start_again(&mut self) -> Result<(), String> {
        self.kill();
        (self.process, self.port) = run(self.kind, &self.place)?;
        Ok(())
    }

    /// How long it has run so far, and how long its engine has.
    pub(crate) fn times(&self) -> [Duration; 2] {
        [machine::time_of(self.process.id()), self.place.time()]
    }

    /// What its store keeps takes so many bytes, if that can be asked.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.place.bytes()
    }

    fn kill(&mut self) {
        // It may have ended already; either way nothing is left behind.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(kind: &Kind, place: &Place) -> Result<(Child, u16), String> {
    let mut command = kind.command(place)?;
    let log = place.folder().join("log");
    let errors = File::create(&log).map_err(|why| why.to_string())?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
    let mut process = command.spawn().map_err(|why| format!("{command:?}: {why}"))?;
    let mut port = String::new();
    let output = process.stdout.take().expect("its output is a pipe");
    BufReader::new(output).read_line(&mut port).map_err(|why| why.to_string())?;
    let port = port.trim().parse().map_err(|_| {
        let told = fs::read_to_string(log).unwrap_or_default();
        format!("{} does not start: {command:?}: {told}", kind.name)
    })?;
    Ok((process, port))
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
