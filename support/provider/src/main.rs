//! Serves the provider on <http://localhost:9000>, or on the port that `PORT` names. `ISSUER`
//! says what it calls itself, `CLIENT` and `REDIRECT` which client it knows.

use std::{env, process::ExitCode};

use provider::Client;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    let Err(why) = serve().await else { return ExitCode::SUCCESS };
    eprintln!("provider cannot start: {why}");
    ExitCode::FAILURE
}

async fn serve() -> Result<(), String> {
    let said = |name, usual: &str| env::var(name).unwrap_or(usual.to_owned());
    let client = said("CLIENT", "tea:a-secret-of-this-machine");
    let (id, secret) = client.split_once(':').ok_or("CLIENT is not such as tea:a-secret")?;
    let client = Client {
        id: id.to_owned(),
        secret: secret.to_owned(),
        redirect_uri: said("REDIRECT", "http://localhost:8080/signed-in"),
    };
    let port = said("PORT", "9000");
    let taken = |why| format!("port {port}: {why}. Choose another one, such as PORT=9001.");
    let number: u16 = port.parse().map_err(|_| format!("PORT={port} is no port"))?;
    // Whoever comes gets in: only this machine may come.
    let listener = TcpListener::bind(("127.0.0.1", number)).await.map_err(taken)?;
    let port = listener.local_addr().map_err(|why| why.to_string())?.port();
    let here = format!("http://localhost:{port}");
    println!("Listening on {here}");
    let app = provider::app(&said("ISSUER", &here), client);
    axum::serve(listener, app).await.map_err(|why| why.to_string())
}
