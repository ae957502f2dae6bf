// src/basket.rs
use std::{collections::BTreeMap, fmt};
use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Id};
use crate::error::Error;

// src/lib.rs
use axum::{
    Form, Router,
    extract::rejection::FormRejection,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware,
    response::{Redirect, Response},
    routing::{get, post},
};
use maud::Markup;
use tower_sessions::{Session, SessionStore, cookie::Key};
use crate::{
    basket::{Order, Shopper},
    error::Error,
};

// src/try_out/kinds.rs
use axum::{
    Router,
    body::Body,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use futures_util::stream;
use tower_sessions::{Session, session};
use crate::error::Error;

// src/try_out.rs
use axum::{Router, middleware::from_fn, routing::get};
use tower_sessions::{SessionStore, cookie::Key};
use crate::{cookie, page};

// src/main.rs
use std::{
    env, io,
    process::{self, ExitCode},
    time::Duration,
};
use step_07::secret;
use tokio::{net::TcpListener, signal, time};
use tower_sessions::MemoryStore;

// src/try_out/settings.rs
use axum::{extract::Request, middleware::Next, response::Response};
use tower_sessions::Session;
use crate::error::Error;
