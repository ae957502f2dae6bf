// src/main.rs
use std::{
    env, io,
    net::SocketAddr,
    process::{self, ExitCode},
    time::Duration,
};
use step_15::{
    accounts::{Account, Accounts},
    lifetime,
    postgres::Postgres,
    secret, sweep,
};
use tokio::{net::TcpListener, signal, time};

// src/store/postgres/schema.rs
use time::{Duration, OffsetDateTime};
use tokio::time::timeout;
use tower_sessions::session_store::{self, Error};
use crate::store::postgres::call::{Act, Failed, Postgres, why};

// src/store/postgres/session_rows.rs
use async_trait::async_trait;
use time::OffsetDateTime;
use tokio_postgres::Row;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};
use crate::store::{
    name::Name,
    postgres::call::{Act, Failed, Postgres, With},
    sessions::{self, Entry, Sessions, WAS_MEMBER, ended, member_of},
};

// src/store/postgres/account_rows.rs
use async_trait::async_trait;
use tokio_postgres::Row;
use tower_sessions::session_store::Result;
use crate::store::{
    accounts::{Account, Accounts, folded, new_stamp},
    name::Name,
    postgres::{
        call::{Failed, Postgres, With},
        session_rows::{end_locked, lock, sendable},
    },
};

// src/store/postgres/call.rs
use std::{
    fmt::{self, Debug, Formatter},
    ops::Deref,
    time::Duration,
};
use deadpool_postgres::{Manager, Object, Pool, PoolError};
use tokio::time;
use tokio_postgres::{Config, NoTls, Row, types::ToSql};
use tower_sessions::session_store::{self, Error};

// src/lib.rs
use axum::{
    Router, middleware,
    routing::{get, post},
};
use tower_sessions::{SessionStore, cookie::Key};
pub use crate::{
    members::{devices, step_up},
    session::{lifetime, secret},
    store::{accounts, name, postgres, sessions, sweep},
};
use crate::{
    members::{door::Door, member},
    session::{body, cookie, forms},
    store::{
        accounts::Accounts,
        front::{self, Front},
        sessions::Sessions,
    },
};
