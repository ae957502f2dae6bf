//! Two servers on one store.

use std::path::Path;

use step_24::key_file;
use tempfile::TempDir;
use trial::{Program, Start};

/// The administrator's password.
pub const ADMINISTRATOR: &str = "a pot before dawn";

/// Two servers on one store.
pub struct Shop {
    servers: [Program; 2],
    _folder: TempDir,
}

impl Shop {
    /// Starts a program twice: on `store`, or else on a file of SQLite's. `faults` are those of
    /// `faulty`, and nothing to another program.
    ///
    /// # Panics
    /// If one of them does not start.
    pub fn start(program: &str, store: Option<&str>, faults: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str| folder.path().join(name).display().to_string();
        let store = store.map_or_else(|| format!("sqlite:{}", file("shop.db")), str::to_owned);
        let (key, accounts) = (file("session.key"), file("accounts.db"));
        key_file::add_new_key(Path::new(&key)).expect("a key of their own");
        let environment = [
            ("SESSION_KEY_FILE", &*key),
            ("STORE", &store),
            ("ACCOUNTS_DB", &accounts),
            ("ADMINISTRATOR_PASSWORD", ADMINISTRATOR),
            // Each visitor comes from another address.
            ("ORIGIN", "http://localhost:8080"),
            ("PROXIES", "127.0.0.1"),
            // On a busy machine a hash takes a while, and so does whoever holds a request open.
            ("REQUEST_SECONDS", "5"),
            ("PATIENCE_SECONDS", "300"),
            ("TOKIO_WORKER_THREADS", "4"),
            ("LOG", "error"),
            ("FAULTS", faults),
        ];
        let how = Start { program, environment: &environment };
        let servers = [(); 2].map(|()| Program::start(how));
        Self { servers, _folder: folder }
    }

    /// Where they listen.
    pub fn ports(&self) -> [u16; 2] {
        [self.servers[0].port(), self.servers[1].port()]
    }

    /// Tells both to end, and says what they have said on stderr.
    ///
    /// # Panics
    /// If one of them does not end well.
    pub fn end(self) -> String {
        let ended = self.servers.map(|server| {
            server.signal("TERM");
            let end = server.wait();
            let said = String::from_utf8_lossy(&end.stderr).into_owned();
            assert!(end.status.success(), "{said}");
            said
        });
        ended.concat()
    }
}
