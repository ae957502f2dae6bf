//! A shell in a temporary folder, and the step's program beside it.

use std::{
    env,
    fs::{self, Permissions},
    io::{self, BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::{
        fs::{PermissionsExt, symlink},
        process::ExitStatusExt,
    },
    path::Path,
    process::{self, Child, ChildStdin, Stdio},
    sync::{
        LazyLock,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use engines::{Certificate, Memcached, Nginx, Postgres, Redis};
use regex_lite::Regex;
use tempfile::TempDir;

use crate::page::Command;

/// When what neither ends nor speaks is given up. A busy machine may take seconds, what is broken
/// takes for ever.
const PATIENCE: Duration = Duration::from_secs(600);

/// The shell says this, and the status, when a command is done.
const DONE: &str = "----- done ";

/// What curl says of itself and the connection, which is another thing in each version of it.
static OF_CURL: LazyLock<Regex> = LazyLock::new(|| regex(r"^(\*|[{}] \[)"));

/// The time before a line of a log.
static TIME: LazyLock<Regex> = LazyLock::new(|| regex(r"^\d{4}-\d\d-\d\dT\S+ +"));

/// The port that the page gives the server.
static PORT: LazyLock<Regex> = LazyLock::new(|| regex(r"\bPORT=(\d+)"));

/// A port on which a program listens.
static LOCAL: LazyLock<Regex> = LazyLock::new(|| regex(r"http://localhost:(\d+)"));

/// Where a page has its PostgreSQL, and its Redis.
const POSTGRES: &str = "localhost:5432";
const REDIS: &str = "localhost:6379";

/// How a page's Redis is set.
const OF_REDIS: [&str; 2] = ["save \"\"", "appendonly yes"];

/// Where a page has its Memcached.
const MEMCACHED: &str = "localhost:11211";

/// Where a page has the numbers of its server.
const METRICS: &str = "127.0.0.1:9090";

/// What a page takes from the repository.
const STEPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../steps");

const SIGINT: i32 = 2;

const LISTENING: &str = "Listening on http://localhost:";

/// What became of a command.
pub(crate) struct Ran {
    pub(crate) output: Vec<String>,
    pub(crate) succeeds: bool,
}

/// `cargo run -p step-NN -- arguments` in that folder: the step's program, on a free port. So is
/// `cargo run`, as a reader types it in a folder of his own.
const CARGO: &str = r#"#!/bin/sh
programs=$(dirname "$0")/../programs
case "$*" in
    run) program=$(echo "$programs"/*); shift 1 ;;
    "run -p "*) program=$programs/$3; shift 3 ;;
    *) exit 2 ;;
esac
[ "${1-}" = -- ] && shift
PORT=0 exec "$program" "$@"
"#;

pub(crate) struct Stage {
    folder: TempDir,
    shell: Child,
    input: ChildStdin,
    output: Receiver<String>,
    servers: Vec<Server>,
    /// There from the moment that a command names its address.
    postgres: Option<Postgres>,
    redis: Option<Redis>,
    memcached: Option<Memcached>,
    /// Where the numbers are in this run.
    metrics: Option<String>,
    /// There from the moment that a command starts it.
    front: Option<Front>,
}

/// The page's nginx.
struct Front {
    /// What the page has written.
    configuration: String,
    certificate: Certificate,
    nginx: Nginx,
}

struct Server {
    program: Child,
    output: Receiver<String>,
    /// What it has said so far.
    said: Vec<String>,
    /// Each of its addresses in this run, and the same on the page.
    addresses: Vec<[String; 2]>,
}

impl Stage {
    /// Sets the stage for a page. `cargo run` starts `program` there, and curl finds nobody yet.
    pub(crate) fn new(program: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["bin", "curl", "programs", "work"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let name = program.file_name().expect("a program has a name");
        symlink(program, folder.path().join("programs").join(name)).expect("a link");
        let cargo = folder.path().join("bin/cargo");
        fs::write(&cargo, CARGO).expect("a script can be written");
        fs::set_permissions(&cargo, Permissions::from_mode(0o755)).expect("it can be run");
        lead_curl(folder.path(), []);
        let mut command = shell(folder.path());
        let (mut shell, output) = spawn(command.stdin(Stdio::piped()));
        drop(command);
        let input = shell.stdin.take().expect("its input is a pipe");
        let servers = Vec::new();
        let (postgres, redis, memcached, metrics, front) = Default::default();
        Self {
            folder,
            shell,
            input,
            output,
            servers,
            postgres,
            redis,
            memcached,
            metrics,
            front,
        }
    }

    /// Runs a command in the page's one shell, so that a variable outlives it.
    pub(crate) fn shell(&mut self, text: &str) -> Ran {
        let text = &self.with_engine(text);
        if text.contains(" steps/") {
            // It may be there already.
            let _ = symlink(STEPS, self.folder.path().join("work/steps"));
        }
        // What the shell cannot read ends it; else it would wait for the rest.
        let quoted = text.replace('\'', r"'\''");
        let sent =
            writeln!(self.input, "eval '{quoted}' </dev/null\nprintf '\\n{DONE}%d\\n' $?");
        let mut ran = Ran { output: Vec::new(), succeeds: false };
        while let (Ok(()), Some(line)) = (&sent, next(&self.output)) {
            if let Some(status) = line.strip_prefix(DONE) {
                ran.succeeds = status == "0";
                break;
            }
            ran.output.push(self.as_on_page(line));
        }
        while ran.output.pop_if(|last| last.is_empty()).is_some() {}
        if text.contains("curl ") {
            ran.output.retain(|line| !OF_CURL.is_match(line));
        }
        ran
    }

    /// Starts the program; None if it serves, and what it said if it has ended.
    pub(crate) fn start(&mut self, command: &Command) -> Option<Ran> {
        let (text, bare) = (&command.text, command.bare());
        let variables = self.with_engine(text.strip_suffix(bare).unwrap_or_default());
        // In the shell's own place, so that a signal reaches it.
        let script = format!("{variables}exec {bare}");
        let mut command = shell(self.folder.path());
        let path = env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.folder.path().join("bin").display()));
        command.args(["-c", &script]).stdin(Stdio::null());
        if let Some(engine) = &self.postgres {
            command.env("DATABASE_URL", engine.url());
        }
        if let Some(engine) = &self.redis {
            command.env("REDIS_URL", engine.url());
        }
        if let Some(engine) = &self.memcached {
            command.env("MEMCACHED", engine.address());
        }
        let (mut program, output) = spawn(&mut command);
        drop(command);
        let mut said = Vec::new();
        while let Some(line) = next(&output) {
            let addresses = addresses(&line, text);
            said.push(line);
            if !addresses.is_empty() {
                self.servers.push(Server { program, output, said, addresses });
                self.lead_nginx();
                self.lead_curl();
                return None;
            }
        }
        let succeeds = program.wait().expect("its status can be read").success();
        Some(Ran { output: said, succeeds })
    }

    /// Starts nginx with a file of the page's.
    pub(crate) fn start_nginx(&mut self, text: &str) {
        let word_after = |option| {
            let mut words = text.split_whitespace().skip_while(|word| *word != option);
            words.nth(1).unwrap_or_else(|| panic!("nginx needs {option}: {text}"))
        };
        let folder = self.folder.path().join("work").join(word_after("-p"));
        let read = |file: &str| {
            let text = fs::read_to_string(folder.join(file));
            text.unwrap_or_else(|why| panic!("{file}: {why}"))
        };
        let configuration = read(word_after("-c"));
        let certificate = Certificate { shown: read("tea.pem"), key: read("tea.key") };
        let nginx = self.nginx(&configuration, &certificate);
        self.front = Some(Front { configuration, certificate, nginx });
        self.lead_curl();
    }

    /// An nginx that finds the servers that run now.
    fn nginx(&self, configuration: &str, certificate: &Certificate) -> Nginx {
        let near = |address: &str| address.replace("localhost", "127.0.0.1");
        let addresses = self.servers.iter().flat_map(|it| &it.addresses);
        let servers = addresses.map(|both| both.each_ref().map(|it| near(it)));
        let configuration = servers.fold(configuration.to_owned(), |text, [real, on_page]| {
            text.replace(&on_page, &real)
        });
        Nginx::start(&configuration, certificate)
    }

    /// Has nginx find the servers that run now.
    fn lead_nginx(&mut self) {
        if let Some(Front { configuration, certificate, .. }) = self.front.take() {
            let nginx = self.nginx(&configuration, &certificate);
            self.front = Some(Front { configuration, certificate, nginx });
        }
    }

    /// The line, with the ports that a page's nginx has there.
    fn as_on_page(&self, line: String) -> String {
        self.front.iter().flat_map(|it| it.nginx.ports()).fold(line, |line, (on_page, real)| {
            line.replace(&format!("localhost:{real}"), &format!("localhost:{on_page}"))
        })
    }

    /// The text, with the address of a real engine in place of the one on the page.
    fn with_engine(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        if text.contains(POSTGRES) {
            let engine = self.postgres.get_or_insert_with(Postgres::start);
            text = text.replace(POSTGRES, &format!("127.0.0.1:{}", engine.port()));
        }
        if text.contains(REDIS) {
            let engine = self.redis.get_or_insert_with(|| Redis::start_with(&OF_REDIS));
            text = text.replace(REDIS, &format!("127.0.0.1:{}", engine.port()));
        }
        if text.contains(MEMCACHED) {
            let engine = self.memcached.get_or_insert_with(Memcached::start);
            text = text.replace(MEMCACHED, &engine.address());
            self.lead_curl();
        }
        if text.contains(METRICS) {
            let address = self.metrics.get_or_insert_with(free_address);
            text = text.replace(METRICS, address);
            self.lead_curl();
        }
        text
    }

    /// Has curl find each server under its address on the page.
    fn lead_curl(&self) {
        let addresses = self.servers.iter().flat_map(|it| &it.addresses);
        let servers = addresses
            .map(|[real, on_page]| (on_page.clone(), real.replace("localhost", "127.0.0.1")));
        let memcached = self.memcached.iter().map(|it| (it.address(), it.address()));
        let metrics = self.metrics.iter().map(|it| (it.clone(), it.clone()));
        let nginx = self.front.iter().flat_map(|it| it.nginx.ports());
        let nginx = nginx.map(|(on_page, real)| {
            (format!("localhost:{on_page}"), format!("127.0.0.1:{real}"))
        });
        lead_curl(self.folder.path(), servers.chain(memcached).chain(metrics).chain(nginx));
    }

    /// Ends the program that was started last, as Ctrl-C does.
    pub(crate) fn end(&mut self) -> Ran {
        let mut server = self.servers.pop().expect("it serves");
        let interrupt = format!("kill -INT {}", server.program.id());
        process::Command::new("sh")
            .args(["-c", &interrupt])
            .status()
            .expect("a signal is sent");
        while let Some(line) = next(&server.output) {
            server.said.push(line);
        }
        let status = server.program.wait().expect("its status can be read");
        self.lead_curl();
        let on_page = |line: &String| {
            server
                .addresses
                .iter()
                .fold(line.clone(), |line, [real, on_page]| line.replace(real, on_page))
        };
        let said = server.said.iter().map(on_page);
        let output = said.map(|line| TIME.replace(&line, "").into());
        let interrupted = status.signal() == Some(SIGINT);
        Ran { output: output.collect(), succeeds: status.success() || interrupted }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // They may have ended already; either way nothing is left behind.
        for child in self.servers.iter_mut().map(|it| &mut it.program).chain([&mut self.shell])
        {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The addresses in the line that says where the program listens, each with the one on the page.
/// There the first port is 8080, or that of `PORT=` in the command, and the next ones follow.
fn addresses(line: &str, command: &str) -> Vec<[String; 2]> {
    if !line.starts_with(LISTENING) {
        return Vec::new();
    }
    let on_page = PORT.captures(command).and_then(|found| found[1].parse::<u16>().ok());
    let ports = LOCAL.captures_iter(line).map(|found| found[1].to_owned());
    ports
        .zip(on_page.unwrap_or(8080)..)
        .map(|(real, on_page)| [format!("localhost:{real}"), format!("localhost:{on_page}")])
        .collect()
}

/// An address of this machine that nobody has.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address").to_string()
}

/// Has curl find whoever it asks for at another address, and nobody who is not named.
fn lead_curl(folder: &Path, found: impl IntoIterator<Item = (String, String)>) {
    let found =
        found.into_iter().map(|(on_page, real)| format!("connect-to = \"{on_page}:{real}\"\n"));
    // On the first port nobody listens.
    let nobody = "connect-to = \"::127.0.0.1:1\"\n".to_owned();
    let lines: String = found.chain([nobody]).collect();
    fs::write(folder.join("curl/.curlrc"), lines).expect("it can be written");
}

/// A shell that knows nothing of this machine but its programs.
fn shell(folder: &Path) -> process::Command {
    let mut command = process::Command::new("sh");
    command
        .current_dir(folder.join("work"))
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder.join("work"))
        .env("CURL_HOME", folder.join("curl"))
        .env("LC_ALL", "C.UTF-8");
    command
}

/// Starts a command, and reads what it says, the errors in between.
fn spawn(command: &mut process::Command) -> (Child, Receiver<String>) {
    let (output, end) = io::pipe().expect("a pipe");
    let errors = end.try_clone().expect("a pipe has more than one end");
    let child = command.stdout(end).stderr(errors).spawn().expect("a shell starts");
    // Else the pipe would stay open.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (said, lines) = mpsc::channel();
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line);
            if said.send(text.trim_end_matches(['\r', '\n']).to_owned()).is_err() {
                break;
            }
            line.clear();
        }
    });
    (child, lines)
}

/// The next line; None if there is none to come.
fn next(lines: &Receiver<String>) -> Option<String> {
    match lines.recv_timeout(PATIENCE) {
        Ok(line) => Some(line),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => panic!("it goes on and on"),
    }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern")
}
