//! Those who visit a server, again and again, each with a session of its own.

use std::{cell::Cell, io, rc::Rc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Somebody with a cookie.
pub(crate) struct Visitor {
    request: Vec<u8>,
    /// How often the server says that they have been there.
    visits: u64,
}

impl Visitor {
    /// Comes for the first time, and gets a cookie.
    pub(crate) async fn new(connection: &mut Connection) -> io::Result<Self> {
        let answer = connection.ask(&request("")).await?;
        let cookie = header(answer.head, "set-cookie").unwrap_or_default();
        let pair = cookie.split(';').next().unwrap_or_default();
        assert!(!pair.is_empty(), "no cookie came: {}", answer.head);
        let request = request(&format!("cookie: {pair}\r\n"));
        Ok(Self { request, visits: visits(answer.body) })
    }

    /// Comes again.
    ///
    /// # Panics
    /// If the server has not counted each visit before: then it was compared for something else.
    async fn visit(&mut self, connection: &mut Connection) -> io::Result<()> {
        let answer = connection.ask(&self.request).await?;
        self.visits += 1;
        assert_eq!(visits(answer.body), self.visits, "a visit is lost: {}", answer.head);
        Ok(())
    }
}

fn request(cookie: &str) -> Vec<u8> {
    format!("GET / HTTP/1.1\r\nhost: localhost\r\n{cookie}\r\n").into_bytes()
}

fn visits(body: &str) -> u64 {
    let visits = body.strip_prefix("visits: ").and_then(|visits| visits.parse().ok());
    visits.unwrap_or_else(|| panic!("not a number of visits: {body}"))
}

/// How it is told that the visits are over, and how many there were.
#[derive(Clone, Default)]
pub(crate) struct Visits {
    pub(crate) count: Rc<Cell<u64>>,
    pub(crate) are_over: Rc<Cell<bool>>,
}

/// Lets these visitors come one after the other over one connection, until it is over.
pub(crate) async fn come(
    port: u16,
    mut visitors: Vec<Visitor>,
    visits: Visits,
) -> io::Result<Vec<Visitor>> {
    let mut connection = Connection::open(port).await?;
    while !visits.are_over.get() {
        for visitor in &mut visitors {
            visitor.visit(&mut connection).await?;
            visits.count.set(visits.count.get() + 1);
            if visits.are_over.get() {
                break;
            }
        }
    }
    Ok(visitors)
}

/// A connection that is kept, over which one request is under way at a time.
pub(crate) struct Connection {
    stream: TcpStream,
    /// What has come so far.
    came: Vec<u8>,
}

struct Answer<'a> {
    head: &'a str,
    body: &'a str,
}

impl Connection {
    pub(crate) async fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, came: Vec::with_capacity(4096) })
    }

    async fn ask(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.came.clear();
        let ends = loop {
            if self.stream.read_buf(&mut self.came).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(ends) = ends(&self.came) {
                break ends;
            }
        };
        let text = str::from_utf8(&self.came).map_err(io::Error::other)?;
        let (head, body) = text.split_at(ends);
        assert!(head.starts_with("HTTP/1.1 200 "), "refused: {text}");
        Ok(Answer { head, body })
    }
}

/// Where the head of a whole answer ends.
fn ends(came: &[u8]) -> Option<usize> {
    let text = str::from_utf8(came).ok()?;
    let ends = text.find("\r\n\r\n")? + 4;
    let length: usize = header(&text[..ends], "content-length")?.parse().ok()?;
    (came.len() >= ends + length).then_some(ends)
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (called, value) = line.split_once(": ")?;
        called.eq_ignore_ascii_case(name).then_some(value)
    })
}
