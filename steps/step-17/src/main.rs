//! Serves step 17 on <http://localhost:8080>, or on the port that `PORT` names, with
//! sessions in the Memcached that `MEMCACHED` names, and accounts in the file that `ACCOUNTS_DB`
//! names. The argument `new-key` makes a key instead,
//! `LOG=trace` tells what the session layer does.

use std::{
    env, io,
    net::SocketAddr,
    process::{self, ExitCode},
    time::Duration,
};

use step_17::{
    account_file::AccountFile,
    accounts::{Account, Accounts},
    apart::Apart,
    memcached::Memcached,
    secret,
};
use tokio::{net::TcpListener, signal, time};

// ANCHOR: near
/// Where Memcached is, unless `MEMCACHED` says otherwise.
const NEAR: &str = "localhost:11211";

const HOW: &str = "If none is there, start one with `memcached -l 127.0.0.1`, or say \
                   where it is, such as MEMCACHED=localhost:11211.";
// ANCHOR_END: near

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
            eprintln!("step-17 {why}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), String> {
    let key = secret::key()?;
    let port = env::var("PORT").unwrap_or("8080".to_owned());
    // ANCHOR: open
    let file = env::var_os("ACCOUNTS_DB").unwrap_or("accounts.db".into());
    let accounts = AccountFile::open(file)?;
    let address = env::var("MEMCACHED").unwrap_or(NEAR.to_owned());
    let store = Memcached::open(&address)
        .await
        .map_err(|why| format!("Memcached: {why}. {HOW}"))?;
    let accounts = Apart::new(accounts, store.clone());
    if let Ok(password) = env::var("ADMINISTRATOR_PASSWORD") {
        administer(&accounts, password).await?;
    }
    // ANCHOR_END: open
    let listener = listen(&port).await.map_err(|why| {
        format!("port {port}: {why}. Choose another one, such as PORT=8081.")
    })?;
    let address = listener.local_addr().map_err(|why| why.to_string())?;
    let stopped = stopped().map_err(|why| why.to_string())?;
    println!("Listening on http://localhost:{}", address.port());
    let app = step_17::app(store, key, accounts)
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(stopped)
        .await
        .map_err(|why| why.to_string())
}

/// Sees to it that there is an administrator. Who has been one keeps the password.
async fn administer(
    accounts: &impl Accounts,
    password: String,
) -> Result<(), String> {
    let account = Account::administrator(password).await?;
    let name = account.name.clone();
    let is_new = accounts.add(account).await.map_err(|why| why.to_string())?;
    let known = accounts.find(&name).await.map_err(|why| why.to_string())?;
    if !known.is_some_and(|account| account.is_administrator) {
        return Err(format!(
            "somebody else is called {name}. Delete that account from the database."
        ));
    }
    if !is_new {
        tracing::info!("there is an administrator already, whose password stays");
    }
    Ok(())
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
            eprintln!("step-17 ends with connections still open: {why}.");
            process::exit(1);
        });
    })
}
