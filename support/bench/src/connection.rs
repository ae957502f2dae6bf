//! A connection to a server, as a client has it that does not wait for anything else.

use std::{io, net::Ipv4Addr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// A connection that is kept, over which one request is under way at a time.
pub(crate) struct Connection {
    stream: TcpStream,
    /// What has come so far.
    came: Vec<u8>,
}

pub(crate) struct Answer<'a> {
    pub(crate) head: &'a str,
    pub(crate) body: &'a str,
}

impl Connection {
    pub(crate) async fn open(port: u16) -> io::Result<Self> {
        Self::open_from(Ipv4Addr::LOCALHOST, port).await
    }

    /// From one of the addresses of this machine's own network, which has 127.0.0.0/8.
    pub(crate) async fn open_from(address: Ipv4Addr, port: u16) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((address, 0).into())?;
        let stream = socket.connect((Ipv4Addr::LOCALHOST, port).into()).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, came: Vec::with_capacity(4096) })
    }

    pub(crate) async fn ask(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
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
        Ok(Answer { head, body })
    }
}

impl Answer<'_> {
    pub(crate) fn has_status(&self, status: &str) -> bool {
        self.head.strip_prefix("HTTP/1.1 ").is_some_and(|rest| rest.starts_with(status))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
}

/// Where the head of a whole answer ends.
fn ends(came: &[u8]) -> Option<usize> {
    // A character may have come by half.
    let head = came.windows(4).position(|it| it == b"\r\n\r\n")? + 4;
    let length = header(str::from_utf8(&came[..head]).ok()?, "content-length")?;
    let length: usize = length.parse().ok()?;
    (came.len() >= head + length).then_some(head)
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (called, value) = line.split_once(": ")?;
        called.eq_ignore_ascii_case(name).then_some(value)
    })
}
