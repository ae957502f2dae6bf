//! The program, as a reader starts it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

/// The running program, which ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already; either way nothing is left behind.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(port: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_provider"));
    command.env("PORT", port).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The program on a free port, and the line that it prints.
fn start() -> (Running, String) {
    let mut child = command("0").spawn().expect("it starts");
    let output = child.stdout.take().expect("a pipe");
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).expect("text");
    (Running(child), line.trim().to_owned())
}

#[test]
fn it_prints_its_address_and_answers_there() {
    let (_running, line) = start();
    let port = line.strip_prefix("Listening on http://localhost:").expect("an address");
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("it listens");
    let asked =
        "GET /authorize?client_id=x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(asked.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("No such client"), "{answer}");
}

#[test]
fn a_port_that_is_taken_or_none_is_one_line_with_what_to_do() {
    let (_running, line) = start();
    let port = line.rsplit(':').next().expect("a port").to_owned();
    for (port, why) in [(port.as_str(), "PORT=9001"), ("none", "PORT=none is no port")] {
        let ended = command(port).output().expect("it ends");
        let line = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success() && line.contains(why), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
    let ended = command("0").env("CLIENT", "tea").output().expect("it ends");
    let line = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(line.contains("CLIENT is not such as tea:a-secret"), "{line}");
}
