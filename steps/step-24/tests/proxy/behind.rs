//! What stands behind the proxy, and tells what it gets.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// A server that answers each request with the head that it has got.
pub(crate) struct Echo {
    port: u16,
    requests: Arc<AtomicUsize>,
    is_broken: Arc<AtomicBool>,
}

impl Echo {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let echo =
            Self { port, requests: Arc::default(), is_broken: Arc::default() };
        let (requests, is_broken) = (echo.requests.clone(), echo.is_broken.clone());
        // It ends with the test's program.
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let (requests, is_broken) = (requests.clone(), is_broken.clone());
                thread::spawn(move || serve(&connection, &requests, &is_broken));
            }
        });
        echo
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many requests have come so far.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// From now on each request ends it, as far as the proxy sees; or none does any more.
    pub(crate) fn set_broken(&self, is_broken: bool) {
        self.is_broken.store(is_broken, Ordering::SeqCst);
    }
}

/// Answers one request after the other, until the client has enough.
fn serve(
    connection: &TcpStream,
    requests: &AtomicUsize,
    is_broken: &AtomicBool,
) -> io::Result<()> {
    let (mut reader, mut writer) = (BufReader::new(connection), connection);
    loop {
        let head = head(&mut reader)?;
        let length = value(&head, "content-length").and_then(|it| it.parse().ok());
        reader.read_exact(&mut vec![0; length.unwrap_or(0)])?;
        requests.fetch_add(1, Ordering::SeqCst);
        if is_broken.load(Ordering::SeqCst) {
            return Ok(());
        }
        write!(
            writer,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}",
            head.len()
        )?;
        if value(&head, "connection").is_some_and(|it| it == "close") {
            return Ok(());
        }
    }
}

fn head(reader: &mut impl BufRead) -> io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}

/// The value of a header.
fn value<'a>(head: &'a str, name: &'a str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (its, value) = line.split_once(": ")?;
        its.eq_ignore_ascii_case(name).then_some(value.trim_end())
    })
}
