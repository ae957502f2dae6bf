// src/lifetime.rs
use std::cmp;
use axum::{extract::Request, middleware::Next, response::Response};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use tower_sessions::{Expiry, Session, session};
use crate::{
    cookie::UntilBrowserCloses,
    error::{Error, brief},
};

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
    lifetime::Choice,
};

// src/cookie.rs
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tower_sessions::{
    SessionManagerLayer, SessionStore,
    cookie::{Cookie, SameSite},
};

// src/sweep.rs
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time,
};
use ::time::OffsetDateTime;
use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};
use crate::{error::brief, sorted::Sorted};

// src/sorted.rs
use std::collections::{BTreeSet, HashMap};
use tower_sessions::session::Id;

// src/main.rs
use std::{
    env, io,
    process::{self, ExitCode},
    time::Duration,
};
use step_08::{
    secret,
    sweep::{self, Swept},
};
use tokio::{net::TcpListener, signal, time};
use tower_sessions::MemoryStore;
