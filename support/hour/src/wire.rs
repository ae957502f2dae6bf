//! A connection to one server, on which one visitor asks.

use std::{
    io::{self, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

/// When an answer that does not come is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// A connection that is opened when somebody asks, and kept as long as the server keeps it.
pub(crate) struct Wire {
    port: u16,
    /// The address for which a proxy would say that it asks.
    address: String,
    open: Option<BufReader<TcpStream>>,
}

/// What the server answers.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The name and the value of each cookie that it sets.
    pub(crate) cookies: Vec<String>,
    /// Where it leads, or nothing.
    pub(crate) location: String,
    pub(crate) body: String,
}

impl Wire {
    pub(crate) fn to(port: u16, address: String) -> Self {
        Self { port, address, open: None }
    }

    /// Asks once: where the connection breaks off, nobody knows what became of it.
    pub(crate) fn ask(
        &mut self,
        (method, path): (&str, &str),
        cookie: &str,
        form: &str,
    ) -> io::Result<Answer> {
        let request = self.request((method, path), cookie, form);
        let mut wire = match self.open.take() {
            Some(wire) => wire,
            None => connect(self.port)?,
        };
        wire.get_mut().write_all(request.as_bytes())?;
        let head = trial::head(&mut wire)?;
        let lines = || head.lines().filter_map(|line| line.split_once(": "));
        let values =
            |name| lines().filter(move |it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1);
        let length = values("content-length").next().and_then(|it| it.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        wire.read_exact(&mut body)?;
        if !values("connection").any(|it| it == "close") {
            self.open = Some(wire);
        }
        let pair = |cookie: &str| cookie.split(';').next().unwrap_or_default().to_owned();
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
        Ok(Answer {
            status: status.unwrap_or(0),
            cookies: values("set-cookie").map(pair).collect(),
            location: values("location").next().unwrap_or_default().to_owned(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    /// Sends so many quarters of a request, on a connection of its own, and hangs up.
    pub(crate) fn hang_up(
        &self,
        what: (&str, &str),
        cookie: &str,
        form: &str,
        quarters: usize,
    ) -> io::Result<()> {
        let request = self.request(what, cookie, form);
        let length = request.len() * quarters / 4;
        connect(self.port)?.get_mut().write_all(&request.as_bytes()[..length])
    }

    fn request(&self, (method, path): (&str, &str), cookie: &str, form: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {}\r\nCookie: \
             {cookie}\r\nContent-Length: {}\r\nContent-Type: \
             application/x-www-form-urlencoded\r\n\r\n{form}",
            self.address,
            form.len(),
        )
    }
}

fn connect(port: u16) -> io::Result<BufReader<TcpStream>> {
    let wire = TcpStream::connect(("127.0.0.1", port))?;
    wire.set_read_timeout(Some(PATIENCE))?;
    wire.set_nodelay(true)?;
    Ok(BufReader::new(wire))
}
