//! A step's own program, started as a reader starts it.

use std::{
    fs,
    io::{self, BufRead, BufReader},
    net::{TcpListener, TcpStream},
    os::fd::OwnedFd,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use ureq::Agent;

/// When a server that does not end is given up. A busy machine may take seconds, a broken server
/// takes for ever.
const PATIENCE: Duration = Duration::from_secs(600);

/// How a step is started: its program, and what its environment says besides `PORT`.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The path of the program.
    pub program: &'a str,
    /// Names and values.
    pub environment: &'a [(&'a str, &'a str)],
}

impl<'a> From<&'a str> for Start<'a> {
    fn from(program: &'a str) -> Self {
        Self { program, environment: &[] }
    }
}

/// A running step. It ends with the test that started it.
pub struct Program {
    /// There until somebody waits for its end.
    child: Option<Child>,
    address: String,
    /// Reads what the program says on stderr, so that a long log does not stop it.
    log: Option<JoinHandle<io::Result<String>>>,
}

impl Program {
    /// Starts a step on a free port and waits until it listens.
    ///
    /// # Panics
    /// If the program does not print the address that it listens on.
    pub fn start<'a>(how: impl Into<Start<'a>>) -> Self {
        Self::run(command(how.into(), "0"))
    }

    /// The same, on this port.
    ///
    /// # Panics
    /// If the program does not print the address that it listens on.
    pub fn start_at<'a>(port: u16, how: impl Into<Start<'a>>) -> Self {
        Self::run(command(how.into(), &port.to_string()))
    }

    /// Starts a step on a socket that it is handed, as systemd does, and waits until it has taken
    /// it. The socket stays open when the step ends.
    ///
    /// # Panics
    /// If the program does not print the address that it listens on.
    pub fn start_on<'a>(socket: &TcpListener, how: impl Into<Start<'a>>) -> Self {
        let socket = socket.try_clone().expect("a socket can be shared");
        Self::run(with_socket(socket.into(), how.into(), "1"))
    }

    fn run(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the step's program starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let mut line = String::new();
        output.read_line(&mut line).expect("it prints text");
        let address = line.trim().strip_prefix("Listening on ");
        let address = address.unwrap_or_else(|| panic!("not an address: {line:?}")).to_owned();
        let log = child.stderr.take().expect("its log is a pipe");
        let log = Some(thread::spawn(|| io::read_to_string(log)));
        Self { child: Some(child), address, log }
    }

    /// The address of a path on this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// The port it listens on.
    ///
    /// # Panics
    /// If the printed address has no port.
    pub fn port(&self) -> u16 {
        let port = self.address.rsplit(':').next().unwrap_or_default();
        port.parse().expect("the address ends with a port")
    }

    /// Its number among the processes.
    ///
    /// # Panics
    /// If somebody has waited for its end.
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("it is running").id()
    }

    /// Opens a bare connection.
    ///
    /// # Panics
    /// If the program does not take it.
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port())).expect("the step takes a connection")
    }

    /// Sends a signal: `INT` as Ctrl-C does, or `TERM` as a service manager does.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn signal(&self, name: &str) {
        assert!(signal(name, self.id()), "SIG{name} is sent");
    }

    /// Waits until it has taken each connection and read each byte that was sent. Linux tells; on
    /// other systems it does not wait.
    pub fn wait_until_read(&self) {
        let here = format!(":{:04X}", self.port());
        // The fourth field is the bytes to send and to read; of a listener, the connections to take.
        let unread = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            fields[1].ends_with(&here) && !fields[4].ends_with(":00000000")
        };
        let sockets = || fs::read_to_string("/proc/net/tcp").unwrap_or_default();
        while sockets().lines().skip(1).any(unread) {
            thread::yield_now();
        }
    }

    /// Waits until it takes no connection any more.
    pub fn wait_until_closed(&self) {
        while TcpStream::connect(("127.0.0.1", self.port())).is_ok() {
            thread::yield_now();
        }
    }

    /// Waits for the end: its status, and what it has said on stderr.
    ///
    /// # Panics
    /// If it never comes.
    pub fn wait(mut self) -> Output {
        let mut child = self.child.take().expect("it is running");
        let pid = child.id();
        let (ended, end) = mpsc::channel();
        thread::spawn(move || ended.send(child.wait()));
        let Ok(status) = end.recv_timeout(PATIENCE) else {
            signal("KILL", pid);
            panic!("it goes on and on");
        };
        let log = self.log.take().expect("nobody else reads it").join().expect("it is read");
        Output {
            status: status.expect("its status can be read"),
            stdout: Vec::new(),
            stderr: log.expect("it is text").into_bytes(),
        }
    }
}

fn signal(name: &str, pid: u32) -> bool {
    let kill = format!("kill -{name} {pid}");
    Command::new("sh").args(["-c", &kill]).status().is_ok_and(|status| status.success())
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended already; either way nothing is left behind.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn command(how: Start<'_>, port: &str) -> Command {
    let mut command = Command::new(how.program);
    command
        .envs(how.environment.iter().copied())
        .env("PORT", port)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Hands a socket over, and says that there are so many. What has the number three, no program gets
/// of `Command` without a line of unsafe code: a shell arranges it, and becomes the program.
fn with_socket(socket: OwnedFd, how: Start<'_>, count: &str) -> Command {
    let become_it = r#"exec 3<&0 0</dev/null; export LISTEN_PID=$$; exec "$0""#;
    let its = command(how, "0");
    let mut command = Command::new("sh");
    command
        .args(["-c", become_it, how.program])
        .envs(its.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("LISTEN_FDS", count)
        .stdin(socket)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What the server answered.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The `Set-Cookie` headers.
    pub set_cookie: Vec<String>,
    /// The body.
    pub body: String,
}

/// A real HTTP client with a cookie jar of its own.
pub struct Browser(Agent);

impl Default for Browser {
    fn default() -> Self {
        let config = Agent::config_builder().http_status_as_error(false).build();
        Self(config.new_agent())
    }
}

impl Browser {
    /// Sends a GET request.
    ///
    /// # Panics
    /// If no answer comes.
    pub fn get(&self, url: &str) -> Reply {
        Reply::of(self.0.get(url).call().expect("the step answers"))
    }

    /// Sends a form, and follows where the answer sends it.
    ///
    /// # Panics
    /// If no answer comes.
    pub fn send_form(&self, url: &str, fields: &[(&str, &str)]) -> Reply {
        let fields = fields.iter().copied();
        Reply::of(self.0.post(url).send_form(fields).expect("the step answers"))
    }

    /// Sends an empty POST request.
    ///
    /// # Panics
    /// If no answer comes.
    pub fn post(&self, url: &str) -> u16 {
        self.0.post(url).send_empty().expect("the step answers").status().as_u16()
    }
}

impl Reply {
    fn of(mut response: ureq::http::Response<ureq::Body>) -> Self {
        let cookies = response.headers().get_all("set-cookie").iter();
        let set_cookie = cookies.map(|value| String::from_utf8_lossy(value.as_bytes()).into());
        Reply {
            status: response.status().as_u16(),
            set_cookie: set_cookie.collect(),
            body: response.body_mut().read_to_string().expect("the body is text"),
        }
    }
}

/// A second server on the same port ends at once, with one line that says why and what to do.
///
/// # Panics
/// If it does not.
pub fn refuses_a_taken_port<'a>(how: impl Into<Start<'a>>) {
    let how = how.into();
    let first = Program::start(how);
    let message = refusal(command(how, &first.port().to_string()));
    assert!(message.contains("cannot start: port "), "it says why: {message}");
    assert!(message.contains("PORT="), "it says what to do: {message}");
}

/// The one line with which a step says why it cannot start.
///
/// # Panics
/// If it starts, or says more than one line.
pub fn refuses_to_start<'a>(how: impl Into<Start<'a>>) -> String {
    refusal(command(how.into(), "0"))
}

/// The one line with which a step says why it does not take what it is handed: this, and that it is
/// so many sockets.
///
/// # Panics
/// If it starts, or says more than one line.
pub fn refuses_a_socket<'a>(
    socket: impl Into<OwnedFd>,
    count: &str,
    how: impl Into<Start<'a>>,
) -> String {
    refusal(with_socket(socket.into(), how.into(), count))
}

fn refusal(mut command: Command) -> String {
    let Output { status, stderr, .. } = command.output().expect("the step's program starts");
    let message = String::from_utf8_lossy(&stderr).into_owned();
    assert!(!status.success(), "it must fail");
    assert_eq!(message.lines().count(), 1, "one line, not: {message}");
    message
}
