//! A server for the tests of the player: a shop as small as it can be.

use std::{
    env,
    error::Error,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

fn main() -> Result<(), Box<dyn Error>> {
    if env::args().any(|argument| argument == "without-tea") {
        return Err("there is no tea".into());
    }
    let port = env::var("PORT").unwrap_or("8080".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    println!("Listening on http://localhost:{}", listener.local_addr()?.port());
    let mut visits = 0;
    for client in listener.incoming() {
        visits += 1;
        answer(client?, visits)?;
    }
    Ok(())
}

fn answer(mut client: TcpStream, visits: u128) -> Result<(), Box<dyn Error>> {
    let mut bytes = [0; 4096];
    let length = client.read(&mut bytes)?;
    let request = String::from_utf8_lossy(&bytes[..length]);
    eprintln!("2026-11-27T00:00:00.000000Z  INFO a visit");
    let head = if request.starts_with("GET ") {
        format!("200 OK\r\nset-cookie: id={visits:032x}\r\ncontent-type: text/plain")
    } else if request.contains("tea=") {
        "303 See Other\r\nlocation: /".to_owned()
    } else {
        "422 Unprocessable Content".to_owned()
    };
    let body = "Tea\n";
    write!(client, "HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())?;
    Ok(())
}
