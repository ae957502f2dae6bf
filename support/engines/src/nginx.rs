//! An nginx of a test's own.

use std::{collections::BTreeMap, fs, path::Path, thread};

use crate::{
    authority::Certificate,
    engine::{Engine, free_port, give},
};

const CONF: &str = "nginx.conf";
const READY: &str = "start worker process ";

/// It stays in front, so that its end is seen, and says when it is ready.
const OURS: &str = "daemon off; error_log stderr notice;";

/// Where Debian has it, which is not on the path of each user.
const DEBIANS: &str = "/usr/sbin/nginx";

/// How the address of a `listen` begins, which nobody reaches from elsewhere.
const LISTEN: &str = "listen 127.0.0.1:";

/// An nginx, for as long as this value lives, and no longer than the program.
pub struct Nginx {
    engine: Engine,
    /// By the port that its configuration names, the one on which it listens.
    ports: BTreeMap<u16, u16>,
}

impl Nginx {
    /// One with this `nginx.conf`, with `tea.pem` and `tea.key` beside it. Each port of a
    /// `listen 127.0.0.1:8443` in it is another one in truth, wherever it stands.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(configuration: &str, certificate: &Certificate) -> Self {
        loop {
            let ports = ports(configuration);
            let folder = Engine::new_folder();
            for (file, text) in [
                (CONF, &with_ports(configuration, &ports)),
                ("tea.pem", &certificate.shown),
                ("tea.key", &certificate.key),
            ] {
                give(&folder.join("work").join(file), text);
            }
            let program = if Path::new(DEBIANS).exists() { DEBIANS } else { "nginx" };
            let program = [program, "-p", ".", "-c", CONF, "-e", "stderr", "-g", OURS];
            match Engine::start(folder, "TERM", &program, READY) {
                Ok(engine) => return Self { engine, ports },
                // Somebody else has taken a port since.
                Err(said) if said.contains("Address already in use") => {}
                Err(said) => panic!("nginx does not start: {said}"),
            }
        }
    }

    /// The port on which it listens instead of the one that its configuration names.
    ///
    /// # Panics
    /// If that names no such port.
    pub fn port(&self, named: u16) -> u16 {
        *self.ports.get(&named).expect("its configuration has a `listen` with this port")
    }

    /// Each port that its configuration names, with the one on which it listens instead.
    pub fn ports(&self) -> impl Iterator<Item = (u16, u16)> {
        self.ports.iter().map(|(named, port)| (*named, *port))
    }

    /// The processes that it consists of now, by number.
    pub fn processes(&self) -> Vec<u32> {
        self.engine.processes()
    }

    /// Waits until it has taken each connection and read each byte that was sent.
    ///
    /// # Panics
    /// If this is not Linux, which tells.
    pub fn wait_until_read(&self) {
        let ours: Vec<String> =
            self.ports.values().map(|port| format!(":{port:04X}")).collect();
        // The fifth field is the bytes to send and to read; of a listener, the connections to take.
        let is_unread = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            ours.iter().any(|port| fields[1].ends_with(port))
                && !fields[4].ends_with(":00000000")
        };
        let sockets =
            || fs::read_to_string("/proc/net/tcp").expect("Linux tells of its sockets");
        while sockets().lines().skip(1).any(is_unread) {
            thread::yield_now();
        }
    }
}

/// A free port for each that is listened on.
fn ports(configuration: &str) -> BTreeMap<u16, u16> {
    let after = configuration.split(LISTEN).skip(1);
    after.map(|after| (leading_number(after).expect("a port"), free_port())).collect()
}

/// The text, with the real port wherever it has one that is listened on.
fn with_ports(configuration: &str, ports: &BTreeMap<u16, u16>) -> String {
    let mut parts = configuration.split(':');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let real = leading_number(part).and_then(|named| Some((named, ports.get(&named)?)));
        match real {
            Some((named, port)) => {
                text += &format!(":{port}{}", &part[named.to_string().len()..]);
            }
            None => text = text + ":" + part,
        }
    }
    text
}

fn leading_number(text: &str) -> Option<u16> {
    let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}
