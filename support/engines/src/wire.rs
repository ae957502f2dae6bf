//! A stretch of network that can go silent.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

/// Passes on what is said to a server and back, until it goes silent.
pub struct Wire {
    port: u16,
    /// How often it has gone silent: what was connected before stays so.
    silences: Arc<AtomicU32>,
}

impl Wire {
    /// A wire to the server on this port of the same machine.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let silences = Arc::new(AtomicU32::new(0));
        let now = Arc::clone(&silences);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A client whom nobody takes sees its connection closed.
                if let Ok(server) = TcpStream::connect(("127.0.0.1", server)) {
                    join(client, server, &now);
                }
            }
        });
        Self { port, silences }
    }

    /// The port at its other end.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on nothing passes on the connections that there are: they stay open, and nobody
    /// is told. New ones are well.
    pub fn go_silent(&self) {
        self.silences.fetch_add(1, Ordering::SeqCst);
    }
}

fn join(client: TcpStream, server: TcpStream, silences: &Arc<AtomicU32>) {
    for (from, to) in [(&client, &server), (&server, &client)] {
        let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { return };
        let silences = Arc::clone(silences);
        let born = silences.load(Ordering::SeqCst);
        thread::spawn(move || pass_on(from, to, || silences.load(Ordering::SeqCst) > born));
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, is_silent: impl Fn() -> bool) {
    let mut bytes = [0; 16 * 1024];
    // What comes after the silence is swallowed, and the end as well.
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        if !is_silent() && to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    if !is_silent() {
        let _ = to.shutdown(Shutdown::Write);
    } else {
        thread::park();
    }
}
