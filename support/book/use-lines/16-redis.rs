// src/main.rs
use std::{
    env, io,
    net::SocketAddr,
    process::{self, ExitCode},
    time::Duration,
};
use step_16::{
    account_file::AccountFile,
    accounts::{Account, Accounts},
    apart::Apart,
    lifetime,
    redis::Redis,
    secret, sweep,
};
use tokio::{net::TcpListener, signal, time};

// src/store/redis/kept.rs
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{
    session::Record,
    session_store::{Error, Result},
};
use crate::store::{
    name::Name,
    sessions::{self, Data, WAS_MEMBER},
};

// src/store/redis/records.rs
use std::collections::{BTreeMap, HashSet};
use async_trait::async_trait;
use redis::cmd;
use tokio::task::JoinSet;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};
use crate::store::{
    name::Name,
    redis::{
        call::{Outcome, Redis},
        kept::{Kept, decoded, encoded, milliseconds, session},
    },
    sessions::{BEFORE, Entry, Sessions, WAS_MEMBER, ended, member_of},
};

// src/store/redis/call.rs
use std::fmt::{self, Debug, Formatter};
use redis::RedisError;
use tokio::time;
use tower_sessions::session_store::{Error, Result};
use crate::store::redis::{connection::PATIENCE, way::Way};

// src/store/redis/notes.rs
use redis::{cmd, pipe};
use time::OffsetDateTime;
use tokio::try_join;
use crate::store::{
    name::Name,
    redis::{
        call::{Outcome, Redis},
        kept::{ENDS, member, milliseconds, next, session},
    },
};

// src/store/account_file/ask.rs
use std::{
    fmt::{self, Debug, Formatter},
    path::{self, Path},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
    time::Duration,
};
use rusqlite::Connection;
use tokio::{sync::oneshot, time};
use tower_sessions::session_store::{Error, Result};
use crate::store::account_file::file;

// src/store/account_file/rows.rs
use rusqlite::{Connection, OptionalExtension, Row, params};
use tower_sessions::session_store::Result;
use crate::store::{
    account_file::AccountFile,
    accounts::{Account, folded},
};

// src/store/apart.rs
use async_trait::async_trait;
use tower_sessions::session_store::{Error, Result};
use crate::store::{
    account_file::AccountFile,
    accounts::{Account, Accounts, new_stamp},
    name::Name,
    sessions::{Sessions, is_end, stamp_of},
};

// src/store/redis/place.rs
use redis::{
    Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cluster::ClusterClient,
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
    sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType},
};
use crate::store::redis::connection::{Connection, PATIENCE};

// src/store/redis/way.rs
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use redis::{
    Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, Value,
    aio::ConnectionLike,
};
use tokio::time;
use crate::store::redis::{
    connection::{Connection, PATIENCE},
    place::Place,
};

// src/store/redis/check.rs
use std::collections::HashMap;
use redis::{RedisError, Value, cmd, from_redis_value};
use time::{Duration, OffsetDateTime};
use tower_sessions::session_store::{Error, Result};
use crate::store::redis::{
    call::{Failed, Outcome, Redis},
    place::Place,
    way::Way,
};
