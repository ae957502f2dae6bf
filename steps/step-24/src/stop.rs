//! When the program ends.

use std::{io, process, time::Duration};

use tokio::signal;

/// How long, once the server is told to stop, what is under way may take.
const GRACE: Duration = Duration::from_secs(10);

/// Done at Ctrl-C, or at the SIGTERM that a service manager sends. At the next one,
/// or when `GRACE` is over, the program ends, whatever a client holds open.
pub(crate) fn stopped() -> io::Result<impl Future<Output = ()>> {
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
                () = tokio::time::sleep(GRACE) => "the time is up",
            };
            eprintln!("step-24 ends with connections still open: {why}.");
            process::exit(1);
        });
    })
}
