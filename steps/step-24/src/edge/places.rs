//! How many requests run at a time, and how long each may.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use prometheus_client::metrics::counter::Counter;
use tokio::{sync::Semaphore, time};

use crate::{
    edge::capacity::Capacity,
    error::Error,
    watch::metrics::{Limit, Metrics},
};

/// The places of requests that run.
#[derive(Clone)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    time: Duration,
    full: Counter,
    late: Counter,
}

impl Places {
    pub(crate) fn new(capacity: Capacity, metrics: &Metrics) -> Self {
        Self {
            free: Arc::new(Semaphore::new(capacity.requests)),
            time: capacity.request,
            full: metrics.refusals_of(Limit::Requests),
            late: metrics.refusals_of(Limit::RequestSeconds),
        }
    }
}

/// Runs a request if there is a place for it, and for as long as it may have that. Then it
/// goes no further, as if its client had hung up: what it has done is done whole or not at
/// all, since each act is one call of the store.
pub(crate) async fn take(
    State(places): State<Places>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let only_looks = request.method().is_safe();
    let Ok(_place) = places.free.try_acquire() else {
        places.full.inc();
        return Err(Error::Full);
    };
    tokio::select! {
        biased;
        response = next.run(request) => Ok(response),
        // Only a request that is not answered at once needs a timer.
        () = async { time::sleep(places.time).await } => {
            places.late.inc();
            Err(Error::TooLate { only_looks })
        }
    }
}
