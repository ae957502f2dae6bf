//! A step's own program, started as a reader starts it.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpStream,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use ureq::Agent;

/// How long a server may take to end. It takes milliseconds; a broken one takes for ever.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running step. It ends with the test that started it.
pub struct Program {
    /// There until somebody waits for its end.
    child: Option<Child>,
    address: String,
}

impl Program {
    /// Starts the program at this path on a free port and waits until it listens.
    ///
    /// # Panics
    /// If the program does not print the address that it listens on.
    pub fn start(path: &str) -> Self {
        let mut child = command(path, "0").spawn().expect("the step's program starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let mut line = String::new();
        output.read_line(&mut line).expect("it prints text");
        let address = line.trim().strip_prefix("Listening on ");
        let address = address.unwrap_or_else(|| panic!("not an address: {line:?}")).to_owned();
        Self { child: Some(child), address }
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

    /// Opens a bare connection.
    ///
    /// # Panics
    /// If the program does not take it.
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port())).expect("the step takes a connection")
    }

    /// Sends a signal, `INT` as Ctrl-C does or `TERM` as a service manager does, and waits for
    /// the end.
    ///
    /// # Panics
    /// If the signal cannot be sent, or the program goes on.
    pub fn end(mut self, name: &str) -> ExitStatus {
        let mut child = self.child.take().expect("it is running");
        let pid = child.id();
        assert!(signal(name, pid), "SIG{name} is sent");
        let (ended, end) = mpsc::channel();
        thread::spawn(move || ended.send(child.wait()));
        match end.recv_timeout(PATIENCE) {
            Ok(status) => status.expect("its status can be read"),
            Err(_) => {
                signal("KILL", pid);
                panic!("SIG{name} did not end it");
            }
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

fn command(path: &str, port: &str) -> Command {
    let mut command = Command::new(path);
    command
        .env("PORT", port)
        .stdin(Stdio::null())
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
        let mut response = self.0.get(url).call().expect("the step answers");
        let cookies = response.headers().get_all("set-cookie").iter();
        let set_cookie = cookies.map(|value| String::from_utf8_lossy(value.as_bytes()).into());
        Reply {
            status: response.status().as_u16(),
            set_cookie: set_cookie.collect(),
            body: response.body_mut().read_to_string().expect("the body is text"),
        }
    }

    /// Sends an empty POST request.
    ///
    /// # Panics
    /// If no answer comes.
    pub fn post(&self, url: &str) -> u16 {
        self.0.post(url).send_empty().expect("the step answers").status().as_u16()
    }
}

/// A second server on the same port ends at once, with one line that says why and what to do.
///
/// # Panics
/// If it does not.
pub fn refuses_a_taken_port(path: &str) {
    let first = Program::start(path);
    let Output { status, stderr, .. } =
        command(path, &first.port().to_string()).output().expect("the step's program starts");
    let message = String::from_utf8_lossy(&stderr);
    assert!(!status.success(), "a server without a port must fail");
    assert_eq!(message.lines().count(), 1, "one line, not: {message}");
    assert!(message.contains("cannot start: port "), "it says why: {message}");
    assert!(message.contains("PORT="), "it says what to do: {message}");
}

/// A signal, such as `INT` or `TERM`, ends the server cleanly, even while browsers keep connections
/// open.
///
/// # Panics
/// If it does not.
pub fn ends_when_told(path: &str, signal: &str) {
    let server = Program::start(path);
    let browser = Browser::default();
    assert_eq!(browser.get(&server.url("/")).status, 200);
    // Chromium opens a spare connection before it knows what to ask.
    let mut spare = server.connect();
    // An answer on a later connection shows that the spare one was taken.
    assert_eq!(Browser::default().get(&server.url("/")).status, 200);
    assert!(server.end(signal).success(), "SIG{signal} is a clean end");
    let mut rest = Vec::new();
    let _ = spare.read_to_end(&mut rest);
    assert!(rest.is_empty(), "nothing was asked, nothing is answered");
}
