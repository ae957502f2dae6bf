// src/session/secret.rs
use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use time::{
    Duration, OffsetDateTime, PrimitiveDateTime,
    format_description::well_known::Rfc3339,
};
use tower_sessions::cookie::Key;
use zeroize::Zeroizing;

// src/session/cookie.rs
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use time::Duration;
use tower_sessions::{
    SessionManagerLayer, SessionStore,
    cookie::{Cookie, CookieJar},
    session::Id,
};
use crate::session::secret::{Keys, Ring};

// src/lib.rs
use axum::{
    Router, middleware,
    routing::{get, post},
};
use tower_sessions::SessionStore;
#[cfg(not(target_family = "wasm"))]
pub use crate::store::{account_file, apart, postgres, redis, sqlite};
pub use crate::{
    members::{devices, step_up},
    session::{key_file, lifetime, secret},
    store::{accounts, name, orders, sessions, sweep},
};
use crate::{
    members::{door::Door, member},
    session::{body, cookie, forms, secret::Ring},
    store::{
        accounts::Accounts,
        again,
        front::{self, Front},
        orders::Orders,
        sessions::Sessions,
    },
};

// src/session/lifetime.rs
use std::cmp;
use axum::{extract::Request, middleware::Next, response::Response};
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tower_sessions::{Expiry, Session, session};
use crate::{
    error::{Error, brief},
    session::cookie::MaxAge,
    store::sessions::Data,
};

// src/session/key_file.rs
use std::{
    env,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};
use zeroize::Zeroizing;
use crate::session::secret::{self, Keys, Ring};

// src/main.rs
use std::{
    env, io,
    net::SocketAddr,
    process::{self, ExitCode},
    time::Duration,
};
use step_20::{
    account_file::AccountFile,
    accounts::{Account, Accounts},
    apart::Apart,
    key_file, lifetime,
    orders::Orders,
    postgres::Postgres,
    redis::Redis,
    secret::Ring,
    sessions::Sessions,
    sqlite::Sqlite,
    sweep,
};
use tokio::{net::TcpListener, signal};
use tracing::Level;
use tracing_subscriber::{
    filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};
