//! What several Redis have in common that stand in for one another.

use std::{thread, time::Duration};

use crate::redis::Redis;

const PAUSE: Duration = Duration::from_millis(10);

/// Settings with which replicas follow at once, and keep nothing on disk.
pub(crate) const FOLLOWING: [&str; 3] =
    ["save \"\"", "repl-diskless-sync-delay 0", "repl-ping-replica-period 1"];

/// Several Redis: what one is told is copied to its replicas, and when it dies one of them takes
/// its place.
pub trait Replicated {
    /// The URL of all of them, as `REDIS_URL` has it.
    fn url(&self) -> String;

    /// All of them, in the order of their start.
    fn servers(&self) -> &[Redis];

    /// The one that is asked for this key.
    fn primary_of(&self, key: &str) -> &Redis;

    /// Whether all who live know that another one has taken the place of the one that was killed
    /// on this port.
    fn has_replaced(&self, lost: u16) -> bool;

    /// All that are replicas.
    fn replicas(&self) -> Vec<&Redis> {
        self.living()
            .filter(|server| matches!(Role::of(server), Role::Replica { .. }))
            .collect()
    }

    /// All that run.
    fn living(&self) -> impl Iterator<Item = &Redis> {
        self.servers().iter().filter(|server| server.is_up())
    }

    /// All that others follow.
    fn primaries(&self) -> Vec<&Redis> {
        self.living()
            .filter(|server| matches!(Role::of(server), Role::Primary { .. }))
            .collect()
    }

    /// Waits until the replicas have everything that was written before.
    fn wait_until_followed(&self) {
        for server in self.primaries() {
            let Role::Primary { offset: written, .. } = Role::of(server) else { continue };
            until(|| Role::of(server).is_followed_to(written));
        }
    }

    /// Cuts the replicas off, and has them hang (SIGSTOP): they hear of nothing that is written
    /// from now on.
    fn cut_off_replicas(&self) {
        let primaries = self.primaries();
        self.replicas().into_iter().for_each(Redis::freeze);
        for server in primaries {
            // What is in the network's buffers would reach them even after its end.
            server.cli(&["CLIENT", "KILL", "TYPE", "replica"]);
        }
    }

    /// Lets those go on that hang.
    fn thaw(&self) {
        self.living().for_each(Redis::thaw);
    }

    /// Kills the one that is asked for this key (SIGKILL). The port on which it was.
    fn kill_primary_of(&self, key: &str) -> u16 {
        let primary = self.primary_of(key);
        primary.kill();
        primary.port()
    }

    /// Waits until another one has taken the place of the one that was killed on this port.
    fn wait_until_replaced(&self, lost: u16) {
        until(|| self.has_replaced(lost));
    }
}

/// What a server says that it is.
pub(crate) enum Role {
    /// Has written so much, and its replicas have told that they have so much of it.
    Primary { offset: u64, followers: Vec<u64> },
    /// Follows another one, or tries to.
    Replica { is_linked: bool },
}

impl Role {
    pub(crate) fn of(server: &Redis) -> Self {
        let said = server.cli(&["ROLE"]);
        let lines: Vec<&str> = said.lines().collect();
        let number = |line: &&str| line.parse().expect("an offset");
        match lines[..] {
            ["slave", _, _, state, _] => Self::Replica { is_linked: state == "connected" },
            ["master", ref offset, ref rest @ ..] => {
                // Of each: address, port, offset.
                let followers = rest.chunks_exact(3).map(|it| number(&it[2])).collect();
                Self::Primary { offset: number(offset), followers }
            }
            _ => panic!("neither a primary nor a replica: {said}"),
        }
    }

    /// Whether all replicas have everything up to there.
    fn is_followed_to(&self, written: u64) -> bool {
        match self {
            Self::Primary { followers, .. } => followers.iter().all(|it| *it >= written),
            Self::Replica { .. } => false,
        }
    }
}

/// Whether so many follow all the primaries among these, and nobody else would like to.
pub(crate) fn are_linked(servers: &[Redis], replicas: usize) -> bool {
    let mut count = 0;
    for server in servers {
        match Role::of(server) {
            Role::Primary { followers, .. } => count += followers.len(),
            Role::Replica { is_linked: true } => {}
            Role::Replica { is_linked: false } => return false,
        }
    }
    count == replicas
}

/// Waits for something that comes by itself.
pub(crate) fn until(holds: impl Fn() -> bool) {
    while !holds() {
        thread::sleep(PAUSE);
    }
}
