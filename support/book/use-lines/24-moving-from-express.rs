// src/moving/cookie.rs
use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use subtle::ConstantTimeEq;
use tower_sessions::cookie::Cookie;
use zeroize::Zeroizing;
use crate::session::secret::mac;

// src/moving/in_redis.rs
use async_trait::async_trait;
use redis::{AsyncConnectionConfig, AsyncTypedCommands, Client, RedisResult};
use tokio::time;
use crate::{moving::kept::Kept, store::redis::PATIENCE};

// src/moving/old.rs
use std::collections::BTreeMap;
use axum::http::HeaderValue;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use crate::shop::basket::{Basket, Tea};

// src/routes/sign_in.rs
use axum::{
    Extension,
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;
use crate::{
    edge::address::Address,
    error::Error,
    members::{
        client::Client,
        credentials::{Credentials, is_free_name, is_good_password},
        door::Door,
        member,
        next::Next,
        visitor::Visitor,
    },
    moving::{Came, follow},
    pages::{self, message::Message},
    session::{flash, forms::OwnForm},
};

// src/moving/came.rs
use std::sync::{Arc, OnceLock};
use axum::{
    Extension, Router,
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};
use tower_sessions::Session;
use crate::{
    error::Error,
    moving::{cookie, kept::Moving, old::Old},
    shop::basket,
    store::again,
    watch::log,
};
