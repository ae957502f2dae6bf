// src/main.rs
use std::{
    env, io,
    net::SocketAddr,
    process::{self, ExitCode},
    time::{Duration, Instant},
};
use step_18::{
    accounts::{Account, Accounts},
    cache::Cache,
    cached::Cached,
    lifetime,
    postgres::Postgres,
    secret, sweep,
};
use tokio::{net::TcpListener, signal, time};

// src/store/look.rs
use std::cell::Cell;
use axum::{
    body::Body, extract::Request, http::request::Parts, middleware::Next,
    response::Response,
};
use tokio::task_local;

// src/store/cached.rs
use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};
use crate::store::{
    cache::Cache,
    look,
    name::Name,
    sessions::{Entry, Sessions},
};

// src/store/cache.rs
use std::{
    fmt::{self, Debug, Formatter},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use moka::{ops::compute::Op, sync};
use time::OffsetDateTime;
use crate::store::{name::Name, sessions::Entry};

// src/store/postgres/schema.rs
use time::{Duration, OffsetDateTime};
use tokio::time::timeout;
use tower_sessions::session_store::{self, Error};
use crate::store::postgres::call::{Act, Failed, Postgres, why};

// src/store/postgres/messages.rs
use std::future::{pending, poll_fn};
use tokio::time::{self, Duration};
use tokio_postgres::{AsyncMessage, NoTls};
use crate::store::{
    cache::Cache,
    name::Name,
    postgres::call::{Failed, Postgres, why},
};
