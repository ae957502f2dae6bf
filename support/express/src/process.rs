//! Node, and what can be asked of it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;

/// A Node process that prints its port and then answers one line with one line.
pub(crate) struct Node {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Node {
    /// Starts it and waits until it listens.
    pub(crate) fn start(command: &mut Command) -> (Self, u16) {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.stderr(Stdio::piped()).spawn().expect("Node.js starts");
        let input = process.stdin.take().expect("its input is a pipe");
        let output = BufReader::new(process.stdout.take().expect("its output is a pipe"));
        let mut node = Self { process, input, output };
        let line = node.line();
        let port = line.trim().parse();
        (node, port.unwrap_or_else(|_| panic!("not a port: {line:?}")))
    }

    pub(crate) fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.input, "{question}").expect("it listens");
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line:?}"))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it prints text");
        if line.is_empty() {
            panic!("it has ended: {}", self.end());
        }
        line
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
