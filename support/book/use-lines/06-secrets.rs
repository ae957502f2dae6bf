// src/lib.rs
use axum::{
    Form, Router,
    extract::rejection::FormRejection,
    http::{HeaderMap, StatusCode},
    middleware,
    response::Redirect,
    routing::{get, post},
};
use maud::Markup;
use tower_sessions::{Session, SessionStore, cookie::Key};
use crate::{
    basket::{Order, Shopper},
    error::Error,
};

// src/secret.rs
use std::{
    env,
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use tower_sessions::cookie::Key;

// src/main.rs
use std::{
    env, io,
    process::{self, ExitCode},
    time::Duration,
};
use step_06::secret;
use tokio::{net::TcpListener, signal, time};
use tower_sessions::MemoryStore;
