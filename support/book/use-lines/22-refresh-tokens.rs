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

// src/tokens/refresh.rs
use std::sync::Arc;
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{header, request::Parts},
    middleware::Next,
    response::Response,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};
use subtle::ConstantTimeEq;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tower_sessions::{Session, cookie::Key, session::Id};
use crate::{
    error::Error,
    session::{
        cookie,
        secret::{derived, mac},
    },
    store::sessions::{MEMBER, ended},
    tokens::{bearer, issuer::Issuer},
};
