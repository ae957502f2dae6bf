//! Serving connections: how many at a time, and how long each may keep its place.

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::{HeaderValue, header},
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
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{OwnedSemaphorePermit, Semaphore},
    time,
};
use tokio_io_timeout::TimeoutStream;

use crate::{
    edge::capacity::Capacity,
    watch::{Watch, metrics::OneMore, stopping::Stopping},
};

/// How long a server that leaves goes on as before, but that each answer closes its
/// connection. Whoever sends requests to several servers learns of it meanwhile.
pub const GOODBYE: Duration = Duration::from_millis(300);

/// How long it then leaves connections open on which nobody asks. If it closed one, a form
/// could meet that, and nobody would know whether it came: to give it up is up to who asks.
/// nginx does after a second.
pub const IDLE: Duration = Duration::from_secs(2);

/// Serves `app` to whoever connects, until `stop`. Then it leaves: it answers what is under
/// way and whoever comes in the next moments, and ends with the last connection.
///
/// Clients that are slow cost as much as all connections have heads at most, and keep
/// nobody waiting but for as long as they fill all the places: 512 connections do that,
/// for ten seconds, and again. A proxy in front, which waits for each request to be
/// whole, keeps them from here.
pub async fn serve<L: Listener<Addr = SocketAddr>>(
    mut listener: L,
    app: Router,
    capacity: Capacity,
    watch: Watch,
    stop: impl Future<Output = ()>,
) {
    let server = Server::new(app, capacity, watch);
    server.take_from(&mut listener, stop).await;
    server.watch.stopping.begin();
    server.take_from(&mut listener, time::sleep(GOODBYE)).await;
    // Whoever connects from now on is to hear so at once. Of a socket of our own, whoever
    // has been in its queue for less than a moment does too. One that is handed over keeps
    // them.
    drop(listener);
    server.end().await;
}

/// What all connections share.
struct Server {
    app: Router,
    capacity: Capacity,
    watch: Watch,
    places: Arc<Semaphore>,
    open: GracefulShutdown,
}

impl Server {
    fn new(app: Router, capacity: Capacity, watch: Watch) -> Self {
        Self {
            app,
            capacity,
            watch,
            places: Arc::new(Semaphore::new(capacity.connections)),
            open: GracefulShutdown::new(),
        }
    }

    /// Serves whoever connects, until then. Whoever is there already comes first.
    async fn take_from<L: Listener<Addr = SocketAddr>>(
        &self,
        listener: &mut L,
        until: impl Future<Output = ()>,
    ) {
        let mut until = pin!(until);
        loop {
            let next = async {
                let place = self.places.clone().acquire_owned().await;
                (place.expect("nobody closes it"), listener.accept().await)
            };
            tokio::select! {
                biased;
                (place, (client, peer)) = next => self.serve(client, peer, place),
                () = &mut until => break,
            }
        }
    }

    /// Serves a connection, which has this place for as long as it lives.
    fn serve<Io>(&self, client: Io, peer: SocketAddr, place: OwnedSemaphorePermit)
    where
        Io: AsyncRead + AsyncWrite + Send + 'static,
    {
        let mut client = Box::pin(TimeoutStream::new(client));
        let patience = self.capacity.patience;
        client.as_mut().set_write_timeout_pinned(Some(patience));
        let app = with_peer(self.app.clone(), peer, self.watch.stopping.clone());
        let served = self.http().serve_connection(TokioIo::new(client), app);
        let served = self.open.watch(served);
        let is_open = OneMore::of(&self.watch.metrics.connections);
        tokio::spawn(async move {
            if let Err(why) = served.await {
                tracing::debug!(%peer, %why, "a connection breaks off");
            }
            drop((place, is_open));
        });
    }

    /// HTTP/1.1 with its limits. Without a timer, hyper has no patience that ends.
    fn http(&self) -> http1::Builder {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.capacity.patience)
            .max_buf_size(self.capacity.head_bytes);
        http
    }

    /// Waits for the last connection.
    async fn end(self) {
        let all = self.capacity.connections.try_into().expect("few");
        let _ = time::timeout(IDLE, self.places.acquire_many(all)).await;
        self.open.shutdown().await;
    }
}

/// The app, which learns of each request who has connected. Once the server leaves, each
/// answer closes its connection.
fn with_peer(
    app: Router,
    peer: SocketAddr,
    stopping: Stopping,
) -> impl Service<
    Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send,
> {
    let app = TowerToHyperService::new(app);
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let (response, stopping) = (app.call(request), stopping.clone());
        async move {
            let mut response = response.await?;
            // It may have been told so since the request came.
            if stopping.has_begun() {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
            }
            Ok(response)
        }
    })
}
