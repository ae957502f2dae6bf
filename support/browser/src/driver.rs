//! chromedriver, the program that Chromium is driven with.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
};

use crate::shared::Shared;

/// A chromedriver on a free port. It ends when nobody uses it any more.
pub(crate) struct Driver {
    process: Child,
    /// Kept open: chromedriver would fail to write to a closed pipe.
    _output: BufReader<ChildStdout>,
    port: u16,
}

impl Driver {
    /// The one chromedriver of this process.
    pub(crate) fn shared() -> Arc<Self> {
        static DRIVER: Shared<Driver> = Shared::new();
        DRIVER.get(Self::start)
    }

    fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts: apt-get install chromium chromium-driver");
        let mut output = BufReader::new(process.stdout.take().expect("its output is a pipe"));
        let port = port(&mut output);
        Self { process, _output: output, port }
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

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended already; either way nothing is left behind.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
