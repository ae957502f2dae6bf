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
    tokens::{issuer::Issuer, refresh},
};
pub use crate::{
    edge::{provider, site},
    members::{devices, step_up},
    session::{key_file, lifetime, secret},
    store::{accounts, name, orders, sessions, sweep},
};

// src/edge/site.rs
use std::{fmt, sync::Arc};
use ipnet::IpNet;
use time::{Duration, OffsetDateTime};
use crate::edge::provider::Provider;

// src/tokens/access.rs
use std::sync::Arc;
use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header,
    encode,
};
use serde::{Deserialize, Serialize};
use tower_sessions::cookie::Key;
use crate::{
    error::Error,
    session::{lifetime, secret::derived},
    store::accounts::Account,
    tokens::{bearer, issuer::Issuer},
};

// src/session/secret.rs
use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use time::{
    Duration, OffsetDateTime, PrimitiveDateTime,
    format_description::well_known::Rfc3339,
};
use tower_sessions::cookie::Key;
use zeroize::Zeroizing;

// src/tokens/bearer.rs
use axum::http::{HeaderMap, header};
use crate::error::Error;

// src/routes/tokens.rs
use axum::{
    Extension, Json,
    extract::{State, rejection::JsonRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tower_sessions::Session;
use crate::{
    edge::address::Address,
    error::{Error, Reason},
    members::{
        client::Client,
        credentials::Credentials,
        current::Current,
        devices,
        door::Door,
        member::{self, CameWith},
        program::Program,
    },
    routes::sign_out::end_moved,
    session::lifetime,
    store::{accounts::Account, sessions::ended},
    tokens::{
        access::{self, Claims},
        refresh::{self, Refresh},
    },
};
