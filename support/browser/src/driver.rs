//! The chromedriver process, which starts the browsers and tells them what to do.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{LazyLock, Mutex},
};

use crate::leftovers;

/// A chromedriver on a free port. It ends with this process, and its browsers with it.
pub(crate) struct Driver {
    _process: Child,
    /// Kept open: chromedriver would fail to write to a closed pipe.
    _output: Mutex<BufReader<ChildStdout>>,
    port: u16,
}

static DRIVER: LazyLock<Driver> = LazyLock::new(Driver::start);

impl Driver {
    /// The one chromedriver of this process.
    pub(crate) fn shared() -> &'static Self {
        &DRIVER
    }

    fn start() -> Self {
        let mut command = Command::new("chromedriver");
        command
            .args(["--port=0", "--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = leftovers::spawn(&mut command)
            .expect("chromedriver starts: apt-get install chromium chromium-driver");
        let mut output = BufReader::new(process.stdout.take().expect("its output is a pipe"));
        let port = port(&mut output);
        Self { _process: process, _output: Mutex::new(output), port }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Reads up to the line `ChromeDriver was started successfully on port 41395.`
fn port(output: &mut impl BufRead) -> u16 {
    let lines = output.lines().map(|line| line.expect("chromedriver prints text"));
    let mut ports = lines.filter_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    ports.next().expect("chromedriver prints its port")
}
