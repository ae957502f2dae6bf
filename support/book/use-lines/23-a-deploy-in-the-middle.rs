// src/edge/serve.rs
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

// src/edge/handed.rs
use std::{io, net::TcpListener};
use listenfd::ListenFd;
