//! What can go wrong with a session: the log learns the cause, the visitor learns what to do.

use std::{fmt::Display, time::Duration};

use axum::{
    Extension,
    extract::rejection::{JsonRejection, RawFormRejection},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::{session, session_store};

use crate::{
    edge::provider::Silence,
    reason::Reason,
    store::{failed, sessions},
    watch::log,
};

/// So many characters of a cause: it may repeat what a stranger has sent.
const MOST: usize = 100;

/// Why a request got no answer.
pub(crate) enum Error {
    /// The session layer is missing around this route.
    Layer((StatusCode, &'static str)),
    /// The store is out of reach, or its data is not what this version expects.
    Session(session::Error),
    /// The store has failed after the handler had done its work.
    NotKept,
    /// No form of this server is so long, or its sender has gone.
    TooLong,
    /// A form does not come to its end.
    TooSlow,
    /// As many requests run as may.
    Full,
    /// A request has run for as long as it may.
    TooLate { only_looks: bool },
    /// What came is no form.
    NoForm(RawFormRejection),
    /// What came is no JSON, or not what this server understands.
    NoJson(JsonRejection),
    /// The form does not say what this server understands.
    Form,
    /// The form is not from a page of this session. Says why.
    Foreign(&'static str),
    /// Too many sessions begin where this one would. Says how long no other does.
    TooOften(Duration),
    /// A password could not be hashed, or its hash could not be read.
    Password(String),
    /// Somebody who has not signed in asks for what members have. Says where to sign in.
    NotSignedIn(String),
    /// A member's password was given too long ago.
    Stale,
    /// This needs the password once more. Says what the member goes on with then.
    NotFresh(&'static str),
    /// Nothing that this visitor should know of.
    NotFound,
    /// The session has another identifier by now, of which the browser had not heard yet.
    Moved,
    /// Each time that the request was run, another one was faster.
    Busy,
    /// Something was done outside of the session, and what is said of it is not kept.
    HalfDone,
    /// An order is made, and the store does not take it yet.
    NotPlaced(session_store::Error),
    /// Somebody comes back from a provider, and not on the way of this session. Says why.
    NotBack(&'static str),
    /// Whom the provider names does not get in. Says why.
    NoEntry(&'static str),
    /// The provider does not say who somebody is.
    Silence(Silence),
    /// A program brings no token.
    NoToken,
    /// A program brings a token that counts for nothing. Says why.
    BadToken(&'static str),
    /// A token could not be signed.
    Unsigned(jsonwebtoken::errors::Error),
}

impl From<session::Error> for Error {
    fn from(cause: session::Error) -> Self {
        Self::Session(cause)
    }
}

impl From<session_store::Error> for Error {
    fn from(cause: session_store::Error) -> Self {
        failed::note(&cause);
        Self::Session(session::Error::Store(cause))
    }
}

impl From<Silence> for Error {
    fn from(cause: Silence) -> Self {
        Self::Silence(cause)
    }
}

impl From<RawFormRejection> for Error {
    fn from(cause: RawFormRejection) -> Self {
        Self::NoForm(cause)
    }
}

impl From<JsonRejection> for Error {
    fn from(cause: JsonRejection) -> Self {
        Self::NoJson(cause)
    }
}

impl From<serde_urlencoded::de::Error> for Error {
    fn from(_: serde_urlencoded::de::Error) -> Self {
        Self::Form
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, reason) = match self {
            Self::Layer((status, cause)) => {
                tracing::error!(cause, "no session layer");
                (status, Reason::OutOfReach)
            }
            Self::NotKept => (StatusCode::SERVICE_UNAVAILABLE, Reason::NotKept),
            Self::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, Reason::TooLong),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, Reason::TooSlow),
            Self::Full => {
                let pause = retry_after(Duration::from_secs(1));
                let reason = Extension(Reason::Full);
                let status = StatusCode::SERVICE_UNAVAILABLE;
                return (status, pause, reason).into_response();
            }
            Self::TooLate { only_looks } => {
                tracing::error!("a request takes too long, and is given up");
                let reason =
                    if only_looks { Reason::OutOfReach } else { Reason::NotKept };
                (StatusCode::SERVICE_UNAVAILABLE, reason)
            }
            Self::NoForm(cause) => {
                tracing::info!(cause = brief(&cause), "a form is refused");
                (cause.status(), Reason::Refused)
            }
            // Both causes repeat what was sent, such as a password in a wrong field.
            Self::NoJson(cause) => {
                tracing::info!("no JSON of ours");
                (cause.status(), Reason::Refused)
            }
            Self::Form => {
                tracing::info!("a form is refused");
                (StatusCode::UNPROCESSABLE_ENTITY, Reason::Refused)
            }
            Self::Foreign(cause) => {
                tracing::warn!(cause, "a form is not ours");
                (StatusCode::FORBIDDEN, Reason::Foreign)
            }
            Self::TooOften(pause) => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                let reason = Extension(Reason::TooOften);
                return (status, retry_after(pause), reason).into_response();
            }
            Self::Password(cause) => {
                tracing::error!(cause, "a password was not checked");
                (StatusCode::INTERNAL_SERVER_ERROR, Reason::OutOfReach)
            }
            Self::NotSignedIn(page) => return Redirect::to(&page).into_response(),
            Self::Stale => return Redirect::to("/confirm").into_response(),
            Self::NotFresh(then) => (StatusCode::FORBIDDEN, Reason::NotFresh(then)),
            Self::NotFound => (StatusCode::NOT_FOUND, Reason::NotFound),
            Self::Moved => (StatusCode::CONFLICT, Reason::Moved),
            Self::Busy => {
                tracing::warn!(
                    "the session changes too often: a request is given up"
                );
                (StatusCode::CONFLICT, Reason::Busy)
            }
            Self::HalfDone => {
                tracing::warn!(
                    "a request has acted, and its session is another one"
                );
                (StatusCode::CONFLICT, Reason::Busy)
            }
            Self::NotPlaced(cause) => {
                tracing::error!(
                    cause = brief(&cause),
                    "an order is not placed yet"
                );
                (StatusCode::SERVICE_UNAVAILABLE, Reason::NotPlaced)
            }
            Self::NotBack(cause) => {
                tracing::warn!(cause, "a way back from the provider is refused");
                (StatusCode::BAD_REQUEST, Reason::NotBack)
            }
            Self::Silence(Silence::Refused) => {
                let cause = "the provider does not take the code";
                return Self::NotBack(cause).into_response();
            }
            Self::NoEntry(cause) => {
                tracing::warn!(cause, "whom the provider names does not get in");
                (StatusCode::FORBIDDEN, Reason::NoEntry)
            }
            Self::Silence(Silence::OutOfReach(cause)) => {
                tracing::error!(
                    cause = brief(&cause),
                    "the provider is out of reach"
                );
                (StatusCode::SERVICE_UNAVAILABLE, Reason::Silence)
            }
            Self::Silence(Silence::Unclear(cause)) => {
                tracing::error!(
                    cause = brief(&cause),
                    "the provider is not understood"
                );
                (StatusCode::BAD_GATEWAY, Reason::Silence)
            }
            Self::NoToken => {
                let reason = Extension(Reason::Program("Bring a token."));
                let asked = [(header::WWW_AUTHENTICATE, r#"Bearer realm="shop""#)];
                return (StatusCode::UNAUTHORIZED, asked, reason).into_response();
            }
            Self::BadToken(cause) => {
                tracing::info!(cause, "a token is refused");
                let reason = Extension(Reason::Program(cause));
                let asked = r#"Bearer error="invalid_token""#;
                let asked = [(header::WWW_AUTHENTICATE, asked)];
                return (StatusCode::UNAUTHORIZED, asked, reason).into_response();
            }
            Self::Unsigned(cause) => {
                tracing::error!(cause = brief(&cause), "a token is not signed");
                (StatusCode::INTERNAL_SERVER_ERROR, Reason::OutOfReach)
            }
            Self::Session(session::Error::SerdeJson(cause)) => {
                let cause = log::class(&cause);
                tracing::error!(cause, "the session's data does not fit its type");
                (StatusCode::INTERNAL_SERVER_ERROR, Reason::Unreadable)
            }
            Self::Session(session::Error::Store(cause))
                if sessions::is_end(&cause) =>
            {
                tracing::info!(cause = brief(&cause), "a session is not saved");
                // As the session layer answers that finds it out itself.
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
            Self::Session(session::Error::Store(cause)) => {
                tracing::error!(cause = brief(&cause), "the session store failed");
                (StatusCode::SERVICE_UNAVAILABLE, Reason::OutOfReach)
            }
        };
        (status, Extension(reason)).into_response()
    }
}

/// Says for how long it is of no use to ask again, in seconds.
pub(crate) fn retry_after(pause: Duration) -> [(HeaderName, String); 1] {
    [(header::RETRY_AFTER, pause.as_secs_f64().ceil().to_string())]
}

/// What the log is told of a cause: not more than it takes to understand it, and as a text,
/// which `tracing` writes in quotes, so that no line in it becomes a line of the log.
pub(crate) fn brief(cause: &impl Display) -> String {
    cause.to_string().chars().take(MOST).collect()
}

/// The same for what keeps a session from being read or written.
pub(crate) fn brief_of(cause: &session::Error) -> String {
    match cause {
        session::Error::SerdeJson(cause) => log::class(cause),
        session::Error::Store(cause) => brief(cause),
    }
}
