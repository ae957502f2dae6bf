// src/settings/read.rs
use std::{env, ffi::OsString, path::PathBuf};
use tracing::Level;
use zeroize::Zeroizing;
use crate::{
    edge::site::Site,
    members::credentials::is_good_password,
    moving::Moving,
    session::secret::Keys,
    settings::{
        distance, files, safe,
        show::show,
        store::Where,
        text::{refuse_blanks, shown, text},
        whole::{KeysFrom, Log, Settings},
    },
};

// src/settings/safe.rs
use crate::settings::{
    store::{Far, Password, Where},
    whole::{KeysFrom, Settings},
};

// src/store/memcached/records.rs
use std::collections::{BTreeMap, HashSet};
use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};
use crate::store::{
    memcached::{
        act::{Answer, CONNECTIONS, Memcached, Outcome},
        kept::{key, live, until, value},
    },
    name::Name,
    sessions::{Entry, Sessions, before, ended, member_of, stale, version_of},
    several,
};

// src/store/account_file/notes.rs
use rusqlite::{Connection, params};
use time::{Duration, OffsetDateTime};
use tower_sessions::session_store::Result;
use crate::store::{account_file::AccountFile, name::Name};

// src/start.rs
use std::{
    future::pending,
    io,
    net::{SocketAddr, TcpListener as Handed},
    time::Duration,
};
use step_24::{
    account_file::AccountFile,
    accounts::{Account, Accounts},
    apart::Apart,
    capacity::Capacity,
    key_file, lifetime,
    memcached::Memcached,
    orders::Orders,
    postgres::Postgres,
    redis::Redis,
    secret::{self, Keys, Ring},
    serve,
    sessions::Sessions,
    settings::{KeysFrom, Settings, Where},
    sqlite::Sqlite,
    sweep,
    watch::{Watch, page},
};
use tokio::net::TcpListener;
use crate::stop::stopped;
