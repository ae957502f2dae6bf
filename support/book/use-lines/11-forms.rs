// src/lib.rs
use axum::{
    Router, middleware,
    routing::{get, post},
};
use tower_sessions::{SessionStore, cookie::Key};
pub use crate::{
    members::accounts,
    session::{lifetime, secret},
    store::{strict, sweep},
};
use crate::{
    members::{accounts::Accounts, door::Door},
    session::{body, cookie, forms},
    store::strict::Strict,
};

// src/session/forms.rs
use axum::{
    extract::{FromRequest, FromRequestParts, RawForm, Request},
    http::HeaderMap,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, de::DeserializeOwned};
use subtle::ConstantTimeEq;
use tower_sessions::{
    Session,
    session::{self, Id},
};
use crate::error::{Error, brief};

// src/pages/layout.rs
use maud::{DOCTYPE, Markup, PreEscaped, html};
use crate::{members::visitor::Visitor, pages::message::Message};

// src/routes/shop.rs
use axum::{
    http::{HeaderMap, StatusCode},
    response::Redirect,
};
use maud::Markup;
use tower_sessions::Session;
use crate::{
    error::Error,
    members::visitor::Visitor,
    pages::{self, held, message::Message, shop::Shop},
    session::{
        flash::{self, Said},
        forms::{Nothing, OwnForm},
        lifetime::{self, Choice},
    },
    shop::basket::{self, Order, Shopper},
};

// src/pages/headers.rs
use std::sync::LazyLock;
use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use crate::pages::layout::{AGAIN, STYLE};

// src/session/body.rs
use std::time::Duration;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time;
use crate::error::Error;

// src/session/flash.rs
use std::{collections::BTreeMap, convert::Infallible};
use axum::{
    extract::{FromRequestParts, Query},
    http::{Method, request::Parts},
    response::Redirect,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tower_sessions::Session;
use crate::error::Error;

// src/pages/message.rs
use std::fmt;
use serde::{Deserialize, Serialize};
use crate::shop::basket::Tea;

// src/naive.rs
use axum::{
    Form, Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::{self, Next},
    response::{Redirect, Response},
    routing::post,
};
use serde::Deserialize;
use tower_sessions::{Session, SessionStore, cookie::Key};
use crate::{
    error::Error,
    gets,
    members::{
        accounts::Accounts, credentials::Credentials, door::Door, visitor::Visitor,
    },
    pages::{errors, headers},
    posts,
    routes::{shop, sign_in},
    session::forms::{self, OwnForm},
    shop::basket::{Order, Shopper, Tea},
    with_sessions,
};
