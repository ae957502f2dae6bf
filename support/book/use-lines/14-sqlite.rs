// src/store/sqlite/file.rs
use std::{
    fs::File,
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

// src/store/sqlite/rows.rs
use rusqlite::{
    Connection, OptionalExtension, ToSql, params,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use time::OffsetDateTime;
use tower_sessions::{
    session::{Id, Record},
    session_store::Error,
};
use super::threads::Outcome;
use crate::store::{
    name::Name,
    sessions::{self, Data, Entry, WAS_MEMBER, ended, member_of, was_member},
};

// src/store/sqlite/threads.rs
use std::{
    iter,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};
use rusqlite::{Connection, TransactionBehavior};
use tokio::{sync::oneshot, time};
use tower_sessions::session_store;
use super::file;

// src/store/sqlite/mod.rs
use std::{
    fmt::{self, Debug, Formatter},
    path::{self, Path},
};
use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};
pub use self::rows::LONGEST;
use self::threads::Threads;
use crate::store::{
    accounts::{Account, Accounts},
    name::Name,
    sessions::{Entry, Sessions},
};

// src/store/sessions.rs
use std::collections::HashMap;
use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::Record,
    session_store::{Error, Result},
};
use crate::store::name::Name;

// src/members/devices.rs
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Id};
use crate::{
    error::Error,
    members::{client::Client, door::Door},
    store::{
        name::Name,
        sessions::{Data, Entry, ended, stamp_of},
    },
};

// src/store/accounts.rs
use async_trait::async_trait;
use tower_sessions::{session::Id, session_store::Result};
use unicode_normalization::UnicodeNormalization;
use crate::store::name::Name;

// src/store/sqlite/members.rs
use rusqlite::{Connection, OptionalExtension, Row, params};
use super::{rows, threads::Outcome};
use crate::store::{
    accounts::{Account, folded, new_stamp},
    name::Name,
};

// src/main.rs
use std::{
    env, io,
    net::SocketAddr,
    process::{self, ExitCode},
    time::Duration,
};
use step_14::{
    accounts::{Account, Accounts},
    secret,
    sqlite::Sqlite,
    sweep,
};
use tokio::{net::TcpListener, signal, time};
