//! How much this server takes on, and for how long. What is not limited, one client has for
//! itself.

use std::time::Duration;

/// How much this server takes on. Each limit is a setting: how much memory there is, and
/// how far away its clients are, is known where it runs and not here.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// The longest head of a request, in bytes. What other programs under our name have set
    /// as cookies comes along.
    pub head_bytes: usize,
    /// The longest body of a request, in bytes. Our longest form is a name and two
    /// passwords, and stays well below.
    pub body_bytes: usize,
    /// How long a client may take for the head of a request, for its body, and to begin the
    /// next one. So long an answer waits for a client that does not read on.
    pub patience: Duration,
    /// How long a request may take once it is here: longer than a store that is away keeps
    /// it, and a password hash that waits for others.
    pub request: Duration,
    /// So many connections are served at a time: half of the 1,024 files that a process may
    /// have open, where nobody has said otherwise. The others wait with the system.
    pub connections: usize,
    /// So many requests are run at a time. Others are sent away at once: if they waited,
    /// each would take as long as it is willing to wait.
    pub requests: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self {
            head_bytes: 16 * 1024,
            body_bytes: 8 * 1024,
            patience: Duration::from_secs(10),
            request: Duration::from_secs(30),
            connections: 512,
            requests: 256,
        }
    }
}
