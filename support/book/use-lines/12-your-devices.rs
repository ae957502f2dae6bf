// src/store/index.rs
use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

// src/store/sweep.rs
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time,
};
use ::time::OffsetDateTime;
use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};
use crate::{
    error::brief,
    store::{
        index::{self, Index},
        sorted::Sorted,
        strict::name_for_the_log,
    },
};

// src/store/sorted.rs
use std::collections::{BTreeSet, HashMap};
use tower_sessions::session::Id;

// src/members/client.rs
use std::{convert::Infallible, net::SocketAddr};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{header, request::Parts},
};

// src/members/devices.rs
use serde::{Deserialize, Serialize};
use tower_sessions::{
    Session,
    session::{Id, Record},
};
use crate::{
    error::Error,
    members::{client::Client, door::Door},
    store::{
        index::stamp_of,
        strict::{Sessions, Turn},
    },
};

// src/main.rs
use std::{
    env, io,
    net::SocketAddr,
    process::{self, ExitCode},
    time::Duration,
};
use step_12::{
    accounts::{Account, Accounts, InMemory},
    secret,
    sweep::{self, Swept},
};
use tokio::{net::TcpListener, signal, time};
use tower_sessions::MemoryStore;

// src/routes/devices.rs
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::Markup;
use serde::Deserialize;
use time::OffsetDateTime;
use tower_sessions::{Session, session::Record};
use crate::{
    error::Error,
    members::{
        devices,
        door::Door,
        member::{Fresh, Member},
        visitor::Visitor,
    },
    pages::{self, devices::Row, message::Message},
    routes::sign_out,
    session::{
        flash::{self, Said},
        forms::{Nothing, OwnForm},
        lifetime,
    },
};

// src/members/step_up.rs
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use tower_sessions::Session;
use crate::error::Error;

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

// src/routes/step_up.rs
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;
use crate::{
    error::Error,
    members::{devices, door::Door, member, step_up::Then, visitor::Visitor},
    pages::{self, message::Message},
    session::{flash, forms::OwnForm},
};

// src/routes/shop.rs
use axum::{
    http::{HeaderMap, StatusCode},
    response::Redirect,
};
use maud::Markup;
use tower_sessions::Session;
use crate::{
    error::Error,
    members::{member::Fresh, step_up, visitor::Visitor},
    pages::{self, held, message::Message, shop::Shop},
    session::{
        flash::{self, Said},
        forms::{Nothing, OwnForm},
        lifetime::{self, Choice},
    },
    shop::basket::{self, Order, Shopper},
};

// src/members/door.rs
use std::{sync::Arc, time::Duration};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use crate::{
    error::{Error, brief},
    members::{
        accounts::{Account, Accounts},
        credentials::{is_good_name, is_text},
        password,
        tries::Tries,
    },
    store::strict::Sessions,
};

// src/members/password.rs
use argon2::{
    Argon2,
    password_hash::{
        self, PasswordHash, PasswordHasher, PasswordVerifier, SaltString,
        rand_core::OsRng,
    },
};
use tokio::{runtime::Handle, sync::Semaphore};
use unicode_normalization::UnicodeNormalization;
use crate::error::Error;

// src/routes/password.rs
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;
use crate::{
    error::Error,
    members::{
        credentials::is_good_password,
        devices,
        door::Door,
        member::{self, Member},
        password,
        visitor::Visitor,
    },
    pages::{self, message::Message},
    session::{flash, forms::OwnForm},
};

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

// src/members/administrator.rs
use axum::{extract::FromRequestParts, http::request::Parts};
use crate::{
    error::Error,
    members::{accounts::Account, member::Member},
};

// src/routes/administrator.rs
use std::collections::BTreeMap;
use axum::{extract::State, response::Redirect};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;
use crate::{
    error::{Error, brief},
    members::{
        administrator::Administrator, devices, door::Door, member::Fresh,
        visitor::Visitor,
    },
    pages::{self, message::Message},
    session::{
        flash::{self, Said},
        forms::{Nothing, OwnForm},
    },
    store::index,
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
