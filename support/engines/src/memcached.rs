//! A Memcached of a test's own.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use crate::engine::{Engine, free_port};

const READY: &str = "server listening";

/// A Memcached, for as long as this value lives, and no longer than the program.
pub struct Memcached {
    engine: Engine,
    port: u16,
}

impl Memcached {
    /// One with the settings of its makers.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// One with these settings, such as `-m 64`.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_with(settings: &[&str]) -> Self {
        loop {
            let port = free_port();
            let number = port.to_string();
            // With `-vv` it says that it is ready.
            let own = ["memcached", "-vv", "-l", "127.0.0.1", "-U", "0", "-p", &number];
            let program = [&own, settings].concat();
            match Engine::start(Engine::new_folder(), "KILL", &program, READY) {
                Ok(engine) => return Self { engine, port },
                // Somebody else has taken the port since.
                Err(said) if said.contains("Address already in use") => {}
                Err(said) => panic!("Memcached does not start: {said}"),
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

    /// Where it is, as `MEMCACHED` has it.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What it answers to this command.
    ///
    /// # Panics
    /// If it does not answer.
    pub fn ask(&self, command: &str) -> String {
        // `mn` does nothing, and is answered when all before it is.
        self.answer(&format!("{command}\r\nmn"), "MN")
    }

    fn answer(&self, command: &str, last: &str) -> String {
        let mut wire = TcpStream::connect(self.address()).expect("it listens");
        write!(wire, "{command}\r\n").expect("it reads");
        let lines = BufReader::new(wire).split(b'\n').map_while(Result::ok);
        let lines = lines.map(|line| String::from_utf8_lossy(&line).trim_end().to_owned());
        let mut answer = String::new();
        for line in lines.take_while(|line| line != last) {
            // It walks its own lists now and then, and nobody else may meanwhile.
            if line.starts_with("BUSY") {
                return self.answer(command, last);
            }
            answer = answer + &line + "\n";
        }
        answer
    }

    /// A number that it keeps of itself, such as `evictions`.
    ///
    /// # Panics
    /// If it keeps no such number.
    pub fn counts(&self, what: &str) -> u64 {
        let all = self.ask("stats");
        let number = all.lines().find_map(|line| {
            let number = line.strip_prefix("STAT ")?.strip_prefix(what)?.strip_prefix(' ');
            number?.parse().ok()
        });
        number.unwrap_or_else(|| panic!("{what} in {all}"))
    }

    /// All that whoever can reach it can read: its keys, and what is under each.
    ///
    /// # Panics
    /// If it does not answer.
    pub fn at_rest(&self) -> String {
        let keys = self.keys();
        let values =
            keys.iter().map(|key| format!("{key} {}", self.ask(&format!("mg {key} v"))));
        values.collect()
    }

    /// The keys of what is in it, live or not.
    ///
    /// # Panics
    /// If it does not answer.
    pub fn keys(&self) -> Vec<String> {
        let all = self.answer("lru_crawler metadump all", "END");
        let key = |line: &str| Some(plain(line.strip_prefix("key=")?.split(' ').next()?));
        all.lines().filter_map(key).collect()
    }

    /// Ends it as a crash does, and waits for that.
    pub fn kill(&self) {
        self.engine.signal("KILL");
        self.engine.wait();
    }

    /// Starts it once more on the same port, after it has ended. It has forgotten everything.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&mut self) {
        let started = self.engine.start_again(READY);
        started.unwrap_or_else(|said| panic!("Memcached does not start: {said}"));
    }

    /// Stops it in mid-air, as a machine that hangs: SIGSTOP.
    pub fn freeze(&self) {
        self.engine.freeze();
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.engine.signal("CONT");
    }
}

/// A key as it is, which the list of keys has as in a URL: `%3A` for a colon.
fn plain(key: &str) -> String {
    let mut parts = key.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        let byte = u8::from_str_radix(digits, 16).expect("two hexadecimal digits");
        plain.push(char::from(byte));
        plain += rest;
    }
    plain
}
