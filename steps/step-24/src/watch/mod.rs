//! What tells how this server is: it knows of no member, and nothing in it opens a session.

use std::sync::Arc;

pub(crate) mod health;
pub mod log;
pub mod metrics;
pub mod page;
pub(crate) mod requests;
pub mod stopping;

use metrics::Metrics;
use stopping::Stopping;

/// What this server tells of itself, and whether it is to stop. A clone is the same one.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether it is to stop.
    pub stopping: Stopping,
}
