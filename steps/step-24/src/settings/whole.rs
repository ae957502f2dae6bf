//! What all settings come to.

use std::{
    fmt::{self, Debug, Formatter},
    path::PathBuf,
};

use tracing::Level;
use zeroize::Zeroizing;

use crate::{
    edge::site::Site, moving::Moving, session::secret::Keys, settings::store::Where,
};

/// All settings. Nothing of it is opened yet.
pub struct Settings {
    /// Where it stands, who may speak for others, how much it takes on, and who is told.
    pub site: Site,
    /// On which port of this machine it listens.
    pub port: u16,
    /// What signs the session's cookie.
    pub keys: KeysFrom,
    /// Where sessions are.
    pub store: Where,
    /// Where accounts are, if not there.
    pub accounts: PathBuf,
    /// The first password of the administrator.
    pub administrator: Option<Zeroizing<String>>,
    /// The program whose visitors move here.
    pub moving: Option<Moving>,
    /// Where that one keeps its sessions.
    pub(super) moving_from: Option<Where>,
    /// What is written to stderr.
    pub log: Log,
    /// What the log is told when it begins: what is set so may be meant, and may be not.
    pub doubts: Vec<String>,
}

/// Where the keys come from.
#[derive(Debug)]
pub enum KeysFrom {
    /// These are they.
    Here(Keys),
    /// A file, which may change.
    File(PathBuf),
    /// Nowhere: they last as long as the program.
    Nowhere,
}

/// What is written to stderr, and how.
#[derive(Debug)]
pub struct Log {
    /// From which level on.
    pub level: Level,
    /// Whether in JSON.
    pub is_json: bool,
}

impl Settings {
    /// Whether strangers use it, and not only whoever tries it out.
    pub(super) fn is_public(&self) -> bool {
        let is_https = self.site.origin.as_ref().is_some_and(|it| it.is_https());
        is_https || !self.site.proxies.is_empty()
    }
}

impl Debug for Settings {
    /// Without the administrator's password.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("site", &self.site)
            .field("port", &self.port)
            .field("keys", &self.keys)
            .field("store", &self.store)
            .field("accounts", &self.accounts)
            .field("log", &self.log)
            .field("doubts", &self.doubts)
            .finish_non_exhaustive()
    }
}
