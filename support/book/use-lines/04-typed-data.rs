// src/visits.rs
use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{Session, session::Id};
use crate::error::Error;

// src/lib.rs
use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    response::Redirect,
    routing::{get, post},
};
use maud::Markup;
use tower_sessions::{Session, SessionManagerLayer, SessionStore};
use crate::{error::Error, visits::Visitor};

// src/error.rs
use std::fmt::Display;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tower_sessions::session;
use crate::page;

// src/main.rs
use std::{
    env, io,
    process::{self, ExitCode},
    time::Duration,
};
use tokio::{net::TcpListener, signal, time};
use tower_sessions::MemoryStore;
