// src/members/accounts.rs
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use async_trait::async_trait;
use tower_sessions::session::Id;
use crate::members::{
    credentials::{folded, is_good_password},
    password,
};

// src/members/member.rs
use axum::{
    extract::{FromRequestParts, Request, State},
    http::request::Parts,
    middleware::Next,
    response::Response,
};
use tower_sessions::{Session, session::Id};
use crate::{
    error::Error,
    members::{
        accounts::Account,
        client::Client,
        devices,
        door::Door,
        step_up::{self, Then},
    },
    session::{cookie::GoesOn, forms, lifetime},
    store::{
        index::{MEMBER, STAMP},
        strict,
    },
};

// src/store/strict.rs
use std::sync::Arc;
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    task_local,
};
use tower_sessions::{
    Session, SessionStore,
    session::{self, Id, Record},
    session_store::{Error, Result},
};
use crate::store::index::{self, BEFORE, Index, WAS_MEMBER};
