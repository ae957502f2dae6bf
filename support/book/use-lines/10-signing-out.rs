// src/naive.rs
use axum::{
    Router,
    response::Redirect,
    routing::{MethodRouter, post},
};
use tower_sessions::{Session, SessionStore, cookie::Key};
use crate::{
    error::Error,
    members::{
        accounts::Accounts,
        door::Door,
        member::{KEY, Member},
    },
    routes::sign_out,
    shop_with,
};

// src/routes/sign_out.rs
use axum::{
    http::HeaderName,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;
use crate::error::Error;

// src/pages/errors.rs
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use crate::{error::Reason, pages::layout::layout};

// src/pages/layout.rs
use maud::{DOCTYPE, Markup, PreEscaped, html};
