//! A Redis of a test's own.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use crate::engine::{Engine, free_port, give, run};

const CONF: &str = "redis.conf";
const READY: &str = "Ready to accept connections";

/// Settings of one that keeps nothing on disk.
pub(crate) const QUICK: [&str; 2] = ["save \"\"", "appendonly no"];

/// So many databases: [`Redis::empty`] gives each but one of them away.
const DATABASES: u32 = 1_000;

/// A Redis, for as long as this value lives, and no longer than the program.
pub struct Redis {
    engine: Engine,
    port: u16,
    is_up: AtomicBool,
    databases: AtomicU32,
}

impl Redis {
    /// One that is quick, and keeps nothing on disk.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start() -> Self {
        Self::start_with(&QUICK)
    }

    /// One with these lines in its `redis.conf`, such as `appendfsync always`, and Redis's own
    /// defaults otherwise.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_with(settings: &[&str]) -> Self {
        let databases = format!("databases {DATABASES}");
        let settings: Vec<&str> = settings.iter().copied().chain([&*databases]).collect();
        started(|| Self::serve(free_port(), &settings, &[]))
    }

    /// One on this port, with these files beside it. What it says, if it does not start.
    pub(crate) fn serve(
        port: u16,
        settings: &[&str],
        files: &[(&str, String)],
    ) -> Result<Self, String> {
        Self::run(port, settings, files, &["redis-server", CONF], READY)
    }

    /// A sentinel on this port, which looks after what these lines name.
    pub(crate) fn sentinel(port: u16, settings: &[&str]) -> Result<Self, String> {
        let program = ["redis-server", CONF, "--sentinel"];
        Self::run(port, settings, &[], &program, "Sentinel ID is")
    }

    fn run(
        port: u16,
        settings: &[&str],
        files: &[(&str, String)],
        program: &[&str],
        ready: &str,
    ) -> Result<Self, String> {
        let folder = Engine::new_folder();
        let own = format!("port {port}\nbind 127.0.0.1\nprotected-mode no\n");
        give(&folder.join("work").join(CONF), &(own + &settings.join("\n") + "\n"));
        for (name, text) in files {
            give(&folder.join("work").join(name), text);
        }
        let engine = Engine::start(folder, "KILL", program, ready)?;
        let (is_up, databases) = (AtomicBool::new(true), AtomicU32::new(1));
        Ok(Self { engine, port, is_up, databases })
    }

    /// The port on which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The processes that it consists of now, by number.
    pub fn processes(&self) -> Vec<u32> {
        self.engine.processes()
    }

    /// Its URL, as `REDIS_URL` has it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A URL under which nothing is kept yet: a database that nobody else has.
    ///
    /// # Panics
    /// If all have been given away.
    pub fn empty(&self) -> String {
        let database = self.databases.fetch_add(1, Ordering::Relaxed);
        assert!(database < DATABASES, "start another Redis: each database is taken");
        format!("{}/{database}", self.url())
    }

    /// What `redis-cli` says with these arguments, errors as well: `OK`, `(nil)` as an empty line,
    /// `ERR …`. Of another database than the first with `-n`.
    ///
    /// # Panics
    /// If it does not answer.
    pub fn cli(&self, arguments: &[&str]) -> String {
        cli(self.engine.folder(), self.port, arguments)
    }

    /// Listens to `MONITOR` from now on.
    ///
    /// # Panics
    /// If it does not answer.
    pub fn monitor(&self) -> Monitor {
        Monitor::of(self.port)
    }

    /// Ends it as a service manager does (SIGTERM), and waits for that. What it keeps on disk, it
    /// has written.
    pub fn stop(&self) {
        self.end("TERM");
    }

    /// Ends it as a crash does (SIGKILL), and waits for that. A frozen one as well.
    pub fn kill(&self) {
        self.end("KILL");
    }

    fn end(&self, signal: &str) {
        self.is_up.store(false, Ordering::SeqCst);
        self.engine.signal(signal);
        self.engine.wait();
    }

    pub(crate) fn is_up(&self) -> bool {
        self.is_up.load(Ordering::SeqCst)
    }

    /// Starts it once more where it was, after it has ended.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&mut self) {
        let started = self.engine.start_again(READY);
        started.unwrap_or_else(|said| panic!("Redis does not start: {said}"));
        self.is_up.store(true, Ordering::SeqCst);
    }

    /// Stops it in mid-air, as a machine that hangs: SIGSTOP.
    pub fn freeze(&self) {
        self.engine.signal("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.engine.signal("CONT");
    }
}

/// Starts until nobody else has taken the port since it was found free.
pub(crate) fn started<T>(start: impl Fn() -> Result<T, String>) -> T {
    loop {
        match start() {
            Ok(engine) => return engine,
            Err(said) if said.contains("Address already in use") => {}
            Err(said) => panic!("Redis does not start: {said}"),
        }
    }
}

fn cli(folder: &Path, port: u16, arguments: &[&str]) -> String {
    let port = port.to_string();
    let arguments: Vec<&str> =
        ["-p", &port].into_iter().chain(arguments.iter().copied()).collect();
    let said = run(folder, Path::new("redis-cli"), &arguments);
    said.unwrap_or_else(|why| panic!("redis-cli {arguments:?}: {why}"))
}

/// Hears each command that a Redis is given, by whomever.
pub struct Monitor {
    port: u16,
    lines: BufReader<TcpStream>,
    said: u32,
}

impl Monitor {
    fn of(port: u16) -> Self {
        let mut stream = connect(port);
        stream.write_all(b"MONITOR\r\n").expect("it listens");
        let mut monitor = Self { port, lines: BufReader::new(stream), said: 0 };
        assert_eq!(monitor.next_line(), "OK");
        monitor
    }

    /// The commands since this was asked last, a line each, as `redis-cli monitor` prints them:
    /// `1732708800.123456 [0 127.0.0.1:40000] "GET" "key"`.
    ///
    /// # Panics
    /// If Redis does not answer.
    pub fn said(&mut self) -> Vec<String> {
        // Redis tells of the commands in their order: what comes before this one has been told.
        self.said += 1;
        let mark = format!("that was {}", self.said);
        let mut stream = connect(self.port);
        stream.write_all(format!("ECHO \"{mark}\"\r\n").as_bytes()).expect("it listens");
        let end = format!(r#""ECHO" "{mark}""#);
        let lines = std::iter::from_fn(|| Some(self.next_line()));
        lines.take_while(|line| !line.ends_with(&end)).collect()
    }

    fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("it goes on");
        assert!(!line.is_empty(), "Redis has ended");
        line.trim_start_matches('+').trim_end().to_owned()
    }
}

fn connect(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).expect("Redis listens")
}
