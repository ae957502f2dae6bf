// src/lib.rs
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use maud::Markup;

// src/page.rs
use axum::http::{HeaderMap, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};

// src/main.rs
use std::{
    env, io,
    process::{self, ExitCode},
    time::Duration,
};
use tokio::{net::TcpListener, signal, time};
