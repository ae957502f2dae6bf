//! Serves step 02 on <http://localhost:8080>, or on the port that `PORT` names.

use std::{
    env, io,
    process::{self, ExitCode},
    time::Duration,
};

use tokio::{net::TcpListener, signal, time};

/// How long, once the server is told to stop, what is under way may take.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("step-02 cannot start: {why}");
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
    let stopped = stopped().map_err(|why| why.to_string())?;
    println!("Listening on http://localhost:{}", address.port());
    let app = step_02::app(step_02::Sessions::default());
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
            eprintln!("step-02 ends with connections still open: {why}.");
            process::exit(1);
        });
    })
}
