//! Node, and what can be asked of it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;

/// A Node process that answers one line with one line.
pub(crate) struct Node {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Node {
    /// Starts `server.js` with this `NODE_ENV`.
    pub(crate) fn start(environment: &str) -> Self {
        let mut process = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("server.js"))
            .env("NODE_ENV", environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Node.js starts");
        let input = process.stdin.take().expect("its input is a pipe");
        let output = BufReader::new(process.stdout.take().expect("its output is a pipe"));
        Self { process, input, output }
    }

    pub(crate) fn ask(&mut self, question: &Value) -> Value {
        let asked = writeln!(self.input, "{question}");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it prints text");
        if asked.is_err() || line.is_empty() {
            panic!("Node.js has ended at {question}: {}", self.end());
        }
        serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line:?}"))
    }

    /// Ends it, and returns what it wrote to standard error.
    pub(crate) fn end(&mut self) -> String {
        // It may have ended already; either way nothing is left behind.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let mut said = String::new();
        if let Some(mut errors) = self.process.stderr.take() {
            errors.read_to_string(&mut said).expect("it prints text");
        }
        said
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.end();
    }
}
