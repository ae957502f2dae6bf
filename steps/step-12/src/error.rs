//! What can go wrong with a session: the log learns the cause, the visitor learns what to do.

use axum::{
    body::HttpBody,
    extract::rejection::RawFormRejection,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::{session, session_store};

use crate::{page, step_up::Then};

/// Why a request got no answer.
pub(crate) enum Error {
    /// The session layer is missing around this route.
    Layer((StatusCode, &'static str)),
    /// The store is out of reach, or its data is not what this version expects.
    Session(session::Error),
    /// What came is no form.
    NoForm(RawFormRejection),
    /// The form does not say what this server understands.
    Form(serde_urlencoded::de::Error),
    /// The form is not from a page of this session. Says why.
    Foreign(&'static str),
    /// A password could not be hashed, or its hash could not be read.
    Password(String),
    /// Somebody who has not signed in asks for what members have.
    NotSignedIn,
    /// A member's password was given too long ago.
    Stale,
    /// This needs the password once more; where the member goes then.
    NotFresh(Then),
    /// Nothing that this visitor should know of.
    NotFound,
}

impl From<session::Error> for Error {
    fn from(cause: session::Error) -> Self {
        Self::Session(cause)
    }
}

impl From<session_store::Error> for Error {
    fn from(cause: session_store::Error) -> Self {
        Self::Session(session::Error::Store(cause))
    }
}

impl From<RawFormRejection> for Error {
    fn from(cause: RawFormRejection) -> Self {
        Self::NoForm(cause)
    }
}

impl From<serde_urlencoded::de::Error> for Error {
    fn from(cause: serde_urlencoded::de::Error) -> Self {
        Self::Form(cause)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Layer((status, cause)) => {
                tracing::error!(cause, "no session layer");
                (status, page::out_of_reach()).into_response()
            }
            Self::NoForm(cause) => {
                tracing::info!(%cause, "a form is refused");
                (cause.status(), page::refused()).into_response()
            }
            Self::Form(cause) => {
                tracing::info!(%cause, "a form is refused");
                (StatusCode::UNPROCESSABLE_ENTITY, page::refused()).into_response()
            }
            Self::Foreign(cause) => {
                tracing::warn!(cause, "a form is not ours");
                (StatusCode::FORBIDDEN, page::foreign()).into_response()
            }
            Self::Password(cause) => {
                tracing::error!(cause, "a password was not checked");
                (StatusCode::INTERNAL_SERVER_ERROR, page::out_of_reach())
                    .into_response()
            }
            Self::NotSignedIn => Redirect::to("/sign-in").into_response(),
            Self::Stale => Redirect::to("/confirm").into_response(),
            Self::NotFresh(then) => {
                (StatusCode::FORBIDDEN, page::not_fresh(then)).into_response()
            }
            Self::NotFound => {
                (StatusCode::NOT_FOUND, page::not_found()).into_response()
            }
            Self::Session(session::Error::SerdeJson(cause)) => {
                tracing::error!(%cause, "the session's data does not fit its type");
                (StatusCode::INTERNAL_SERVER_ERROR, page::unreadable())
                    .into_response()
            }
            Self::Session(session::Error::Store(cause)) => {
                tracing::error!(%cause, "the session store failed");
                (StatusCode::SERVICE_UNAVAILABLE, page::out_of_reach())
                    .into_response()
            }
        }
    }
}

/// Gives a page to the empty answer of a session layer that could not save.
pub(crate) async fn explain(response: Response) -> Response {
    let status = response.status();
    let is_empty = response.body().size_hint().exact() == Some(0);
    if status == StatusCode::INTERNAL_SERVER_ERROR && is_empty {
        return (status, page::not_kept()).into_response();
    }
    response
}
