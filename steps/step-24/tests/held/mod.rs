//! The shop on a socket that is held for it, as systemd holds one.

use std::{net::TcpListener, path::Path, process::Output};

use step_24::secret;
use tempfile::TempDir;
use trial::{Program, Start};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-24");

/// What all programs of a shop share: a key, and the file with the sessions.
pub(crate) struct Shop {
    folder: TempDir,
    key: String,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, key: secret::new_key().to_string() }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a program by whatever takes how to start it.
    pub(crate) fn with<T>(&self, start: impl FnOnce(Start<'_>) -> T) -> T {
        let store = format!("sqlite:{}", self.folder().join("shop.db").display());
        let environment = [("SESSION_KEY", self.key.as_str()), ("STORE", &store)];
        start(Start { program: PROGRAM, environment: &environment })
    }

    pub(crate) fn start_on(&self, socket: &TcpListener) -> Program {
        self.with(|how| Program::start_on(socket, how))
    }
}

/// A socket that nobody has taken yet. Whoever connects waits.
pub(crate) fn socket() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

/// Its port.
pub(crate) fn port(socket: &TcpListener) -> u16 {
    socket.local_addr().expect("it has an address").port()
}

/// Tells a program to stop, and waits until it has.
pub(crate) fn stop(program: Program) {
    program.signal("TERM");
    let Output { status, stderr, .. } = program.wait();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
}
