//! Two servers of the shop on one file.

use step_23::secret;
use tempfile::TempDir;
use trial::{Program, Start};

use crate::client::{Client, Visitor};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-23");

/// Where a browser finds the shop.
pub(crate) const ORIGIN: (&str, &str) = ("ORIGIN", "https://localhost:8443");

/// What the nginx of the chapter is to the servers.
pub(crate) const PROXIES: (&str, &str) = ("PROXIES", "127.0.0.1");

pub(crate) struct Shop {
    programs: [Program; 2],
    _folder: TempDir,
}

impl Shop {
    /// Servers that are told this of where they stand.
    pub(crate) fn open(site: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (key, file) = (secret::new_key(), folder.path().join("shop.db"));
        let store = format!("sqlite:{}", file.display());
        let own = [("SESSION_KEY", key.as_str()), ("STORE", store.as_str())];
        let environment = [&own, site].concat();
        let how = Start { program: PROGRAM, environment: &environment };
        Self {
            programs: [Program::start(how), Program::start(how)],
            _folder: folder,
        }
    }

    pub(crate) fn ports(&self) -> [u16; 2] {
        self.programs.each_ref().map(Program::port)
    }

    /// Who gets past the proxy, to the first of the servers.
    pub(crate) fn past(&self, from: &'static str) -> Visitor {
        Visitor::new(Client::past(from, self.ports()[0]))
    }
}
