// src/store/sessions.rs
use std::collections::HashMap;
use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::Record,
    session_store::{Error, Result},
};
use crate::store::name::Name;

// src/store/sqlite/rows.rs
use rusqlite::{
    Connection, OptionalExtension, ToSql, params,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use time::OffsetDateTime;
use tower_sessions::{
    session::{Id, Record},
    session_store::Error,
};
use super::threads::Outcome;
use crate::store::{
    name::Name,
    sessions::{
        self, Data, Entry, VERSION, WAS_MEMBER, ended, member_of, stale,
        version_of, was_member,
    },
};

// src/store/postgres/session_rows.rs
use async_trait::async_trait;
use time::OffsetDateTime;
use tokio_postgres::Row;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};
use crate::store::{
    name::Name,
    postgres::call::{Act, Failed, Postgres, With},
    sessions::{
        self, Entry, Sessions, VERSION, WAS_MEMBER, ended, member_of, stale,
        version_of,
    },
};

// src/store/redis/swap.rs
use std::sync::LazyLock;
use redis::Script;
use tower_sessions::session_store::Result;
use crate::store::{
    name::Name,
    redis::{
        call::{Outcome, Redis},
        kept::session,
    },
    sessions::{ended, stale},
};

// src/store/front.rs
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
};

// src/store/again.rs
use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::HashMap,
    future::{pending, poll_fn},
    pin::pin,
    task::Poll,
};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    middleware::Next,
    response::Response,
};
use tokio::task_local;
use crate::error::Error;

// src/lib.rs
use axum::{
    Router, middleware,
    routing::{get, post},
};
use tower_sessions::{SessionStore, cookie::Key};
#[cfg(not(target_family = "wasm"))]
pub use crate::store::{account_file, apart, postgres, redis, sqlite};
pub use crate::{
    members::{devices, step_up},
    session::{lifetime, secret},
    store::{accounts, name, orders, sessions, sweep},
};
use crate::{
    members::{door::Door, member},
    session::{body, cookie, forms},
    store::{
        accounts::Accounts,
        again,
        front::{self, Front},
        orders::Orders,
        sessions::Sessions,
    },
};

// src/store/orders.rs
use async_trait::async_trait;
use tower_sessions::session_store::Result;

// src/routes/shop.rs
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Redirect,
};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;
use crate::{
    error::Error,
    members::{door::Door, member::Fresh, orders, step_up, visitor::Visitor},
    pages::{self, held, message::Message, shop::Shop},
    session::{
        flash::{self, Said},
        forms::{Nothing, OwnForm},
        lifetime::{self, Choice},
    },
    shop::basket::{self, Packet, Shopper},
    store::{again, name::Name},
};

// src/members/orders.rs
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use crate::{error::Error, members::door::Door, store::orders::Order};

// src/members/member.rs
use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts, Request, State},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower_sessions::{Session, session::Id};
use crate::{
    error::Error,
    members::{
        client::Client,
        devices,
        door::Door,
        orders,
        step_up::{self, Then},
    },
    session::{cookie::GoesOn, forms, lifetime},
    store::{
        accounts::Account,
        front,
        name::Name,
        sessions::{MEMBER, STAMP},
    },
};
