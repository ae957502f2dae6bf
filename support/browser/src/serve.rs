//! Puts a router on a free port, as a step's `main` does.

use std::thread;

use anyhow::Result;
use axum::Router;
use tokio::{net::TcpListener, runtime};

/// Serves `app` on a free port of this machine until the test's process ends, and returns the
/// address, such as `http://localhost:40123`.
///
/// # Errors
/// If there is no port to be had.
pub fn serve(app: Router) -> Result<String> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    let address = format!("http://localhost:{}", listener.local_addr()?.port());
    thread::spawn(move || runtime.block_on(async { axum::serve(listener, app).await }));
    Ok(address)
}
