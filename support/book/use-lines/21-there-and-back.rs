// src/members/next.rs
use axum::http::{request::Parts, uri::PathAndQuery};
use serde::{Deserialize, Serialize};
use crate::{error::Error, members::step_up::Then};

// src/members/elsewhere.rs
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::{Duration, OffsetDateTime};
use tower_sessions::{Session, session::Id};
use crate::{
    edge::{
        address::Address,
        provider::{Agreed, Provider, Silence, Subject},
    },
    error::Error,
    members::{credentials::is_good_name, door::Door, next::Next, step_up::Then},
    session::lifetime,
    store::accounts::Account,
};

// src/edge/provider.rs
use std::fmt::Debug;
use async_trait::async_trait;
use time::OffsetDateTime;

// src/edge/over_http.rs
use std::{fmt, sync::Arc, time::Duration};
use async_trait::async_trait;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde::{Deserialize, de::DeserializeOwned};
use time::OffsetDateTime;
use tokio::{sync::Semaphore, task};
use ureq::Agent;
use zeroize::Zeroizing;
use crate::edge::provider::{Agreed, Provider, Silence, Subject};

// src/edge/settings.rs
use std::{ffi::OsString, net::IpAddr, str::FromStr, sync::Arc};
use ipnet::IpNet;
use url::{Host, Url};
use zeroize::Zeroizing;
use crate::edge::{
    over_http::OverHttp,
    provider::{Agreed, Provider},
    site::{Origin, ProxyHeader, Site},
};

// src/routes/elsewhere.rs
use std::sync::Arc;
use axum::{
    Extension, Form,
    extract::{
        Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;
use crate::{
    edge::{
        address::Address,
        provider::{Provider, Subject},
    },
    error::Error,
    members::{
        client::Client,
        door::Door,
        elsewhere::{self, Brought, Purpose, Trip},
        member, next, step_up,
    },
    pages::message::Message,
    routes::{self, sign_in::Onward},
    session::{flash, forms::OwnForm},
    store::{accounts::Account, again},
};

// src/members/credentials.rs
use serde::{Deserialize, Deserializer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_script::{Script, UnicodeScript};
use crate::{members::next::Next, store::accounts::folded};
