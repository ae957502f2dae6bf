//! Serving connections: how many at a time, and how long each may keep its place.

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    serve::Listener,
};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;

/// So many connections are served at a time: half of the 1,024 files that a process may
/// have open, where nobody has said otherwise. The others wait with the system.
pub const CONNECTIONS: usize = 512;

/// How long a client may take for the head of a request, and as long to begin the next one.
/// So long an answer waits for a client that does not read on.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The longest head, in bytes. What other programs under our name have set comes along.
pub const LONGEST_HEAD: usize = 16 * 1024;

/// Serves `app` to whoever connects, until `stop`. Then it answers what is under way, and
/// ends with the last connection.
///
/// Clients that are slow cost `CONNECTIONS` × `LONGEST_HEAD` at most, and keep nobody
/// waiting but for as long as they fill all the places: 512 connections do that, for ten
/// seconds, and again. A proxy in front, which waits for each request to be whole, keeps
/// them from here.
pub async fn serve<L: Listener<Addr = SocketAddr>>(
    mut listener: L,
    app: Router,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (open, mut stop) = (GracefulShutdown::new(), pin!(stop));
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, (client, peer)) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let mut client = Box::pin(TimeoutStream::new(client));
        client.as_mut().set_write_timeout_pinned(Some(PATIENCE));
        let app = with_peer(app.clone(), peer);
        let served = http().serve_connection(TokioIo::new(client), app);
        let served = open.watch(served);
        tokio::spawn(async move {
            if let Err(why) = served.await {
                tracing::debug!(%peer, %why, "a connection breaks off");
            }
            drop(place);
        });
    }
    // Whoever connects from now on is to hear so at once.
    drop(listener);
    open.shutdown().await;
}

/// HTTP/1.1 with its limits. Without a timer, hyper has no patience that ends.
fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(LONGEST_HEAD);
    http
}

/// The app, which learns of each request who has connected.
fn with_peer(
    app: Router,
    peer: SocketAddr,
) -> impl Service<
    Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send,
> {
    let app = TowerToHyperService::new(app);
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        app.call(request)
    })
}
