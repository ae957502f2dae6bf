//! Serves step 12 on <http://localhost:8080>, or on the port that `PORT` names. The argument
//! `new-key` makes a key instead, `LOG=trace` tells what the session layer does.

use std::{
    env, io,
    net::SocketAddr,
    process::{self, ExitCode},
    time::Duration,
};

use step_12::{
    accounts::{Account, Accounts, InMemory},
    secret,
    sweep::{self, Swept},
};
use tokio::{net::TcpListener, signal, time};
use tower_sessions::MemoryStore;

/// How often expired records are deleted.
const SWEEP: Duration = Duration::from_secs(60);

/// How long, once the server is told to stop, what is under way may take.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    let level = env::var("LOG").ok().and_then(|level| level.parse().ok());
    tracing_subscriber::fmt()
        .with_max_level(level.unwrap_or(tracing::Level::INFO))
        .with_writer(io::stderr)
        .init();
    let mut arguments = env::args_os().skip(1);
    let done = match arguments.next() {
        Some(word) if word == "new-key" => {
            let file = arguments.next().unwrap_or("session.key".into());
            secret::write_new_key(file.as_ref())
                .map_err(|why| format!("makes no key: {why}"))
        }
        _ => serve().await.map_err(|why| format!("cannot start: {why}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("step-12 {why}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), String> {
    let key = secret::key()?;
    let port = env::var("PORT").unwrap_or("8080".to_owned());
    let listener = listen(&port).await.map_err(|why| {
        format!("port {port}: {why}. Choose another one, such as PORT=8081.")
    })?;
    let address = listener.local_addr().map_err(|why| why.to_string())?;
    let stopped = stopped().map_err(|why| why.to_string())?;
    println!("Listening on http://localhost:{}", address.port());
    let store = Swept::new(MemoryStore::default());
    tokio::spawn(sweep::every(SWEEP, store.clone()));
    let accounts = InMemory::default();
    if let Ok(password) = env::var("ADMINISTRATOR_PASSWORD") {
        accounts.add(Account::administrator(password).await?).await;
    }
    // ANCHOR: connect_info
    let app = step_12::app(store, key, accounts)
        .into_make_service_with_connect_info::<SocketAddr>();
    // ANCHOR_END: connect_info
    axum::serve(listener, app)
        .with_graceful_shutdown(stopped)
        .await
        .map_err(|why| why.to_string())
}

async fn listen(port: &str) -> io::Result<TcpListener> {
    let port: u16 = port.parse().map_err(io::Error::other)?;
    TcpListener::bind(("127.0.0.1", port)).await
}

/// Done at Ctrl-C, or at the SIGTERM that a service manager sends. At the next one,
/// or when `GRACE` is over, the program ends, whatever a client holds open.
fn stopped() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let (mut ctrl_c, mut sigterm) = {
        use signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    #[cfg(windows)]
    let (mut ctrl_c, mut sigterm) =
        (signal::windows::ctrl_c()?, signal::windows::ctrl_close()?);
    Ok(async move {
        tokio::select! {
            _ = ctrl_c.recv() => {}
            _ = sigterm.recv() => {}
        }
        tokio::spawn(async move {
            let why = tokio::select! {
                _ = ctrl_c.recv() => "a second signal came",
                _ = sigterm.recv() => "a second signal came",
                () = time::sleep(GRACE) => "the time is up",
            };
            eprintln!("step-12 ends with connections still open: {why}.");
            process::exit(1);
        });
    })
}
