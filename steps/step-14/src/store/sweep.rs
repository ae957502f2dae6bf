//! Giving the room of what has expired back.

use std::time::Duration;

use crate::{error::brief, store::sessions::Sessions};

/// Sweeps the store again and again, for as long as the server runs.
pub async fn every(period: Duration, store: impl Sessions) {
    let mut ticks = tokio::time::interval(period);
    loop {
        ticks.tick().await;
        match store.delete_expired().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "expired sessions are deleted"),
            Err(cause) => {
                tracing::error!(
                    cause = brief(&cause),
                    "the sweep failed; the next one tries again"
                )
            }
        }
    }
}
