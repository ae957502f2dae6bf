//! HTTP over a socket, without a client that knows better.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderName, Request, Response, StatusCode, header},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Hands a request over to the program on this port, and its answer back.
pub(crate) async fn forward(port: u16, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    let mut bytes =
        format!("{} {} HTTP/1.1\r\n", head.method, head.uri).into_bytes();
    for (name, value) in &head.headers {
        bytes.extend(
            [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat(),
        );
    }
    let length =
        format!("connection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    bytes.extend(length.into_bytes());
    bytes.extend(body);
    parsed(&ask(port, &bytes).await)
}

/// All that the program says to these bytes, until it closes the connection.
pub(crate) async fn ask(port: u16, bytes: &[u8]) -> Vec<u8> {
    let mut wire = open(port).await;
    // Whoever is refused by the head alone need not read the body.
    let _ = wire.write_all(bytes).await;
    rest(&mut wire).await
}

pub(crate) async fn open(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).await.expect("the program listens")
}

/// What still comes, until the program closes the connection.
pub(crate) async fn rest(wire: &mut TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    // A connection may also break at its end.
    let _ = wire.read_to_end(&mut answer).await;
    answer
}

/// The answer, of which each has a length.
pub(crate) fn parsed(bytes: &[u8]) -> Response<Body> {
    let end =
        bytes.windows(4).position(|it| it == b"\r\n\r\n").expect("a whole head");
    let (head, body) = (&bytes[..end], &bytes[end + 4..]);
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first =
        String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let status =
        first.split(' ').nth(1).and_then(|it| it.parse::<StatusCode>().ok());
    let mut answer = Response::builder().status(status.expect("a status"));
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':').expect("a header");
        let name = HeaderName::from_bytes(&line[..colon]).expect("a name");
        assert_ne!(name, header::TRANSFER_ENCODING, "each answer has a length");
        answer = answer.header(name, line[colon + 1..].trim_ascii());
    }
    answer.body(Body::from(body.to_vec())).expect("well formed")
}
