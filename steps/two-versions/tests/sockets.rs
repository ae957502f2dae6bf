//! The two versions over sockets, with a browser that goes from one to the other.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use trial::Browser;

const PROGRAM: &str = env!("CARGO_BIN_EXE_two-versions");

/// The program, and the addresses of the old version and the new one.
struct Server {
    program: Child,
    old: String,
    new: String,
}

impl Server {
    fn start() -> Self {
        let mut command = Command::new(PROGRAM);
        command.env("PORT", "0").stdout(Stdio::piped());
        let mut program = command.spawn().expect("it starts");
        let mut line = String::new();
        let mut output =
            BufReader::new(program.stdout.take().expect("its output is a pipe"));
        output.read_line(&mut line).expect("it prints text");
        let addresses = line.trim().strip_prefix("Listening on ");
        let (old, new) =
            addresses.and_then(|it| it.split_once(" and ")).expect("two addresses");
        Self { program, old: old.to_owned(), new: new.to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; either way nothing is left behind.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn both_versions_have_one_session_and_the_old_one_drops_what_it_does_not_know() {
    let server = Server::start();
    let (ada, grace) = (Browser::default(), Browser::default());
    let mut heard = Vec::new();
    for address in [&server.old, &server.new, &server.new, &server.old, &server.new]
    {
        heard.push(ada.get(address).body);
    }
    assert_eq!(
        heard,
        [
            "Visits { count: 1 }\n",
            "Visits { count: 2, here: 1 }\n",
            "Visits { count: 3, here: 2 }\n",
            "Visits { count: 4 }\n",
            "Visits { count: 5, here: 1 }\n",
        ]
    );
    assert_eq!(grace.get(&server.new).body, "Visits { count: 1, here: 1 }\n");
}
