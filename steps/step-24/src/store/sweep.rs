//! Giving the room of what has expired back.

use std::{sync::Arc, time::Duration};

use crate::{
    error::brief,
    store::{name::Name, sessions::Sessions, watched::Watched},
    watch::metrics::{End, Metrics},
};

/// Sweeps the store again and again, for as long as the server runs.
pub async fn every(period: Duration, store: impl Sessions, metrics: Arc<Metrics>) {
    let store = Watched::new(store, &metrics);
    let mut ticks = tokio::time::interval(period);
    loop {
        ticks.tick().await;
        match store.delete_expired().await {
            Ok(names) => {
                metrics.ended(End::Expired, names.len());
                tell(&names);
            }
            Err(cause) => {
                tracing::error!(
                    cause = brief(&cause),
                    "the sweep failed; the next one tries again"
                )
            }
        }
    }
}

fn tell(names: &[Name]) {
    for name in names {
        tracing::info!(session = name.brief(), "a session has expired");
    }
    if !names.is_empty() {
        tracing::info!(count = names.len(), "expired sessions are deleted");
    }
}
