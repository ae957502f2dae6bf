// src/watch/log.rs
use std::{env, io};
use tracing::Level;
use tracing_subscriber::{
    filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

// src/watch/requests.rs
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use tower_sessions::session::Id;
use tracing::Instrument;
use crate::watch::{Watch, metrics::OneMore};

// src/watch/metrics.rs
use std::{fmt, time::Duration};
use axum::http::StatusCode;
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, text},
    metrics::{
        counter::Counter, family::Family, gauge::Gauge, histogram::Histogram,
    },
    registry::{Registry, Unit},
};

// src/store/front.rs
use std::sync::Arc;
use async_trait::async_trait;
use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::task_local;
use tower_sessions::{
    Session, SessionStore,
    session::{self, Id, Record},
    session_store::Result,
};
use crate::{
    error::Error,
    store::{
        again,
        failed::{self, noted},
        name::Name,
        sessions::{self, BEFORE, Entry, Sessions, VERSION, WAS_MEMBER},
    },
    watch::{
        health::Vital,
        metrics::{End, Metrics},
    },
};

// src/store/watched.rs
use std::sync::Arc;
use async_trait::async_trait;
use tokio::time::Instant;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};
use crate::{
    store::{
        accounts::{Account, Accounts},
        name::Name,
        orders::{Order, Orders},
        sessions::{Entry, Sessions, is_end, is_stale},
    },
    watch::metrics::{Call, Metrics, Outcome},
};

// src/watch/page.rs
use std::sync::Arc;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use crate::watch::metrics::Metrics;

// src/main.rs
use std::{
    env,
    future::pending,
    io,
    net::{SocketAddr, TcpListener as Handed},
    process::{self, ExitCode},
    time::Duration,
};
use step_23::{
    account_file::AccountFile,
    accounts::{Account, Accounts},
    apart::Apart,
    capacity::Capacity,
    handed, key_file, lifetime,
    orders::Orders,
    postgres::Postgres,
    redis::Redis,
    secret::Ring,
    serve,
    sessions::Sessions,
    site::Site,
    sqlite::Sqlite,
    sweep,
    watch::{Watch, log, page},
};
use tokio::{net::TcpListener, signal};

// src/edge/settings.rs
use std::{
    ffi::OsString,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use ipnet::IpNet;
use url::{Host, Url};
use zeroize::Zeroizing;
use crate::edge::{
    capacity::Capacity,
    over_http::OverHttp,
    provider::{Agreed, Provider},
    site::{Origin, ProxyHeader, Site, Tokens},
};

// src/watch/health.rs
use std::{sync::Arc, time::Duration};
use async_trait::async_trait;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use crate::watch::stopping::Stopping;

// src/edge/capacity.rs
use std::time::Duration;

// src/edge/places.rs
use std::{sync::Arc, time::Duration};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use prometheus_client::metrics::counter::Counter;
use tokio::{sync::Semaphore, time};
use crate::{
    edge::capacity::Capacity,
    error::Error,
    watch::metrics::{Limit, Metrics},
};
