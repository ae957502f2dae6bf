// src/naive.rs
use axum::{
    Form, Router,
    extract::{State, rejection::FormRejection},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use tower_sessions::{Session, SessionStore, cookie::Key};
use crate::{
    error::Error,
    members::{
        accounts::Accounts, credentials::Credentials, door::Door, member::KEY,
    },
    routes::sign_in,
    shop_with,
};

// src/members/member.rs
use axum::{extract::FromRequestParts, http::request::Parts};
use tower_sessions::Session;
use crate::{error::Error, session::lifetime};

// src/routes/member.rs
use maud::Markup;
use crate::{members::member::Member, pages};

// src/shop/basket.rs
use std::{collections::BTreeMap, fmt};
use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Id};
use crate::{error::Error, members::member};

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
};

// src/routes/sign_in.rs
use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::Markup;
use tower_sessions::Session;
use crate::{
    error::Error,
    members::{
        accounts::Account,
        credentials::{Credentials, is_good_name, is_good_password},
        door::{Door, Refusal},
        member, password,
    },
    pages,
};

// src/pages/credentials.rs
use maud::{Markup, html};
use crate::pages::layout::layout;

// src/members/credentials.rs
use serde::{Deserialize, Deserializer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_script::{Script, UnicodeScript};

// src/members/accounts.rs
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use async_trait::async_trait;
use crate::members::credentials::folded;

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

// src/members/tries.rs
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;
