// src/main.rs
use std::{
    env, io,
    net::SocketAddr,
    process::{self, ExitCode},
    time::Duration,
};
use step_17::{
    account_file::AccountFile,
    accounts::{Account, Accounts},
    apart::Apart,
    memcached::Memcached,
    secret,
};
use tokio::{net::TcpListener, signal, time};

// src/store/memcached/act.rs
use std::{
    fmt::{self, Debug, Formatter},
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use async_memcached::{Client, Error, ErrorKind, MetaProtocol, Status};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time,
};
use tower_sessions::session_store;

// src/store/memcached/records.rs
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};
use crate::store::{
    memcached::act::{Act, Answer, Found, Memcached, Outcome},
    name::Name,
    sessions::{self, Data, Entry, Sessions, WAS_MEMBER, ended, member_of},
};

// src/members/devices.rs
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Id};
use crate::{
    error::Error,
    members::{client::Client, door::Door},
    store::{
        accounts::Account,
        front,
        name::Name,
        sessions::{STAMP, ended},
    },
};

// src/store/apart.rs
use async_trait::async_trait;
use tower_sessions::session_store::{Error, Result};
use crate::store::{
    account_file::AccountFile,
    accounts::{Account, Accounts, new_stamp},
    name::Name,
    sessions::{Sessions, ended, is_end, member_of, stamp_of},
};

// src/store/account_file/rows.rs
use rusqlite::{Connection, OptionalExtension, Row, params};
use tower_sessions::session_store::Result;
use crate::store::{
    account_file::AccountFile,
    accounts::{Account, folded},
};
