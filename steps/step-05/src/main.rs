//! Serves step 05 on <http://localhost:8080>, or on the port that `PORT` names.

use std::{env, io, process::ExitCode};

use tokio::{net::TcpListener, signal};
use tower_sessions::MemoryStore;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("step-05 cannot start: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), String> {
    let port = env::var("PORT").unwrap_or("8080".to_owned());
    let listener = listen(&port).await.map_err(|why| {
        format!("port {port}: {why}. Choose another one, such as PORT=8081.")
    })?;
    let address = listener.local_addr().map_err(|why| why.to_string())?;
    println!("Listening on http://localhost:{}", address.port());
    let app = step_05::app(MemoryStore::default());
    axum::serve(listener, app)
        .with_graceful_shutdown(stopped())
        .await
        .map_err(|why| why.to_string())
}

async fn listen(port: &str) -> io::Result<TcpListener> {
    let port: u16 = port.parse().map_err(io::Error::other)?;
    TcpListener::bind(("127.0.0.1", port)).await
}

/// Ends with Ctrl-C, or with the SIGTERM that a service manager sends.
async fn stopped() {
    #[cfg(unix)]
    let mut terminated =
        signal::unix::signal(signal::unix::SignalKind::terminate())
            .expect("SIGTERM can be caught");
    #[cfg(unix)]
    let terminated = terminated.recv();
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    tokio::select! {
        _ = signal::ctrl_c() => {}
        _ = terminated => {}
    }
}
