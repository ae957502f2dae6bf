// src/edge/site.rs
use std::{fmt, sync::Arc};
use ipnet::IpNet;
use crate::edge::provider::Provider;

// src/edge/settings.rs
use std::{ffi::OsString, net::IpAddr, str::FromStr, sync::Arc};
use ipnet::IpNet;
use url::{Host, Url};
use zeroize::Zeroizing;
use crate::edge::{
    over_http::OverHttp,
    provider::{Agreed, Provider},
    site::{Origin, ProxyHeader, Site},
};

// src/edge/address.rs
use std::{
    convert::Infallible,
    fmt, mem,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};
use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, request::Parts},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;
use crate::edge::site::{ProxyHeader, Site};

// src/lib.rs
use std::sync::Arc;
use axum::{
    Router, middleware,
    routing::{get, post},
};
use tower_sessions::SessionStore;
#[cfg(not(target_family = "wasm"))]
pub use crate::{
    edge::serve,
    store::{account_file, apart, postgres, redis, sqlite},
};
use crate::{
    edge::{address, cors, limits::Limits, origin, site::Site},
    members::{door::Door, member},
    session::{body, cookie, forms, secret::Ring, strangers},
    store::{
        accounts::Accounts,
        again,
        front::{self, Front},
        orders::Orders,
        sessions::Sessions,
    },
};
pub use crate::{
    edge::{provider, site},
    members::{devices, step_up},
    session::{key_file, lifetime, secret},
    store::{accounts, name, orders, sessions, sweep},
};

// src/edge/origin.rs
use std::sync::Arc;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use crate::{
    edge::site::{Origin, Site},
    error::Error,
};

// src/pages/headers.rs
use std::sync::{Arc, LazyLock};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use time::Duration;
use crate::{
    edge::{
        provider::Provider,
        site::{Origin, Site},
    },
    pages::layout::{AGAIN, STYLE},
};

// src/edge/limits.rs
use std::time::Duration;
use crate::edge::{
    address::{Address, Network},
    tries::Tries,
};

// src/members/door.rs
use std::{sync::Arc, time::Duration};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use crate::{
    edge::{address::Address, limits::Limits, provider::Provider},
    error::{Error, brief, retry_after},
    members::{
        credentials::{is_good_name, is_text},
        password,
    },
    store::{
        accounts::{Account, Accounts},
        again,
        orders::Orders,
        sessions::Sessions,
    },
};

// src/session/strangers.rs
use std::sync::Arc;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tower_sessions::{Session, session};
use crate::{
    edge::{address::Address, limits::Limits},
    error::Error,
    store::sessions::BEFORE,
};

// src/edge/tries.rs
use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

// src/edge/serve.rs
use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use axum::{
    Router,
    extract::{ConnectInfo, Request},
    serve::Listener,
};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
