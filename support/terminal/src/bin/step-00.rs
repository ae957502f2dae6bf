//! A server for the tests of the player: a shop as small as it can be.

use std::{
    env,
    error::Error,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

fn main() -> Result<(), Box<dyn Error>> {
    if env::args().any(|argument| argument == "without-tea") {
        return Err("there is no tea".into());
    }
    let port = env::var("PORT").unwrap_or("8080".to_owned());
    let first = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    let second = TcpListener::bind("127.0.0.1:0")?;
    if env::var_os("TWO_PORTS").is_none() {
        println!("Listening on {}", url(&first)?);
        return serve(&first, "Tea");
    }
    println!("Listening on {} and {}", url(&first)?, url(&second)?);
    thread::spawn(move || serve(&second, "Coffee").is_ok());
    serve(&first, "Tea")
}

fn url(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://localhost:{}", listener.local_addr()?.port()))
}

fn serve(listener: &TcpListener, drink: &str) -> Result<(), Box<dyn Error>> {
    let mut visits = 0;
    for client in listener.incoming() {
        visits += 1;
        answer(client?, visits, drink)?;
    }
    Ok(())
}

fn answer(mut client: TcpStream, visits: u128, drink: &str) -> Result<(), Box<dyn Error>> {
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
    let body = format!("{drink}\n");
    write!(client, "HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())?;
    Ok(())
}
