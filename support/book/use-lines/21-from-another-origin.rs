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

// src/routes/api.rs
use axum::Json;
use serde::Serialize;
use crate::{
    error::Error,
    session::forms::{self, OwnJson},
    shop::basket::{Basket, Packet, Shopper},
};

// src/session/forms.rs
use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, RawForm, Request},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use serde::{Deserialize, de::DeserializeOwned};
use subtle::ConstantTimeEq;
use tower_sessions::{
    Session,
    session::{self, Id},
};
use crate::error::{Error, brief};

// src/edge/cors.rs
use std::time::Duration;
use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::CorsLayer;
use crate::edge::site::Site;

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
