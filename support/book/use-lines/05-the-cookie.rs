// src/basket.rs
use std::{collections::BTreeMap, fmt};
use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Id};
use crate::error::Error;

// src/lib.rs
use axum::{
    Form, Router,
    extract::rejection::FormRejection,
    http::{HeaderMap, StatusCode},
    middleware,
    response::Redirect,
    routing::{get, post},
};
use maud::Markup;
use tower_sessions::{Session, SessionStore};
use crate::{
    basket::{Order, Shopper},
    error::Error,
};

// src/error.rs
use std::fmt::Display;
use axum::{
    Extension,
    extract::rejection::FormRejection,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tower_sessions::session;

// src/page.rs
use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use crate::{
    basket::{Basket, Tea},
    error::Reason,
};

// src/cookie.rs
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tower_sessions::{SessionManagerLayer, SessionStore, cookie::SameSite};
