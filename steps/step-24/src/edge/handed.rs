//! A socket on which somebody else has begun to listen.

use std::{io, net::TcpListener};

use listenfd::ListenFd;

/// The socket that whoever has started us hands over, as systemd does (`LISTEN_FDS`). It
/// stays open when we end: who connects in between waits in its queue for the next one.
///
/// Call it before there is a second thread: it changes the environment.
///
/// # Errors
/// Says in one line what it is instead of one socket for TCP.
pub fn listener() -> Result<Option<TcpListener>, String> {
    let mut handed = ListenFd::from_env();
    if handed.len() > 1 {
        return Err(format!(
            "LISTEN_FDS hands over {} sockets. Leave one.",
            handed.len()
        ));
    }
    take(&mut handed).map_err(|why| {
        format!("LISTEN_FDS hands over what is no socket to listen on: {why}.")
    })
}

fn take(handed: &mut ListenFd) -> io::Result<Option<TcpListener>> {
    let listener = handed.take_tcp_listener(0)?;
    #[cfg(target_os = "linux")]
    if let Some(it) = &listener
        && !socket2::SockRef::from(it).is_listener()?
    {
        return Err(io::Error::other("nobody listens on it"));
    }
    // Or each wait for the next connection would stop a thread.
    listener.iter().try_for_each(|it| it.set_nonblocking(true))?;
    Ok(listener)
}
