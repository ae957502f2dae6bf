// src/store/name.rs
use std::fmt::{self, Debug, Display, Formatter};
use sha2::{Digest, Sha256};
use tower_sessions::session::Id;

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
        front::{Turn, Turns},
        sessions::{Data, Entry, stamp_of},
    },
};

// src/store/memory.rs
use std::{
    collections::BTreeMap,
    fmt::{self, Debug, Formatter},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use async_trait::async_trait;
use time::UtcDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};
use crate::store::{
    name::Name,
    order::Order,
    sessions::{
        self, Data, Entry, Sessions, WAS_MEMBER, ended, member_of, was_member,
    },
};

// src/main.rs
use std::{
    env, io,
    net::SocketAddr,
    process::{self, ExitCode},
    time::Duration,
};
use step_13::{
    accounts::{Account, Accounts, InMemory},
    memory::Memory,
    secret, sweep,
};
use tokio::{net::TcpListener, signal, time};

// src/store/front.rs
use std::{cell::Cell, sync::Arc};
use async_trait::async_trait;
use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    task_local,
};
use tower_sessions::{
    Session, SessionStore,
    session::{self, Id, Record},
    session_store::Result,
};
use crate::{
    error::Error,
    store::{
        name::Name,
        sessions::{self, BEFORE, Entry, Sessions, WAS_MEMBER, ended, is_end},
    },
};
