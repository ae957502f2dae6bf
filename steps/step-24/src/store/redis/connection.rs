//! A connection to Redis, of whichever kind.

use std::time::Duration;

use redis::{
    aio::{ConnectionLike, ConnectionManager},
    cluster_async::ClusterConnection,
};

/// So long may a call take, whatever it waits for: a connection, or the answers.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// A connection that many use at once: each answer finds whoever has asked.
#[derive(Clone)]
pub(super) enum Connection {
    One(ConnectionManager),
    Cluster(ClusterConnection),
}

impl Connection {
    pub(super) fn inner(&mut self) -> &mut (dyn ConnectionLike + Send) {
        match self {
            Self::One(manager) => manager,
            Self::Cluster(cluster) => cluster,
        }
    }
}
