//! What can go wrong with a session: the log learns the cause, the visitor learns what to do.

use std::fmt::Display;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tower_sessions::session;

use crate::page;

// ANCHOR: error
/// So many characters of a cause: it may repeat what a stranger has sent.
const MOST: usize = 100;

/// Why a request got no answer.
pub(crate) enum Error {
    /// The session layer is missing around this route.
    Layer((StatusCode, &'static str)),
    /// The store is out of reach, or its data is not what this version expects.
    Session(session::Error),
}

impl From<session::Error> for Error {
    fn from(cause: session::Error) -> Self {
        Self::Session(cause)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Layer((status, cause)) => {
                tracing::error!(cause, "no session layer");
                (status, page::out_of_reach()).into_response()
            }
            Self::Session(session::Error::SerdeJson(cause)) => {
                tracing::error!(
                    cause = brief(&cause),
                    "the session's data does not fit its type"
                );
                (StatusCode::INTERNAL_SERVER_ERROR, page::unreadable())
                    .into_response()
            }
            Self::Session(session::Error::Store(cause)) => {
                tracing::error!(cause = brief(&cause), "the session store failed");
                (StatusCode::SERVICE_UNAVAILABLE, page::out_of_reach())
                    .into_response()
            }
        }
    }
}

/// What the log is told of a cause: not more than it takes to understand it, and as a text,
/// which `tracing` writes in quotes, so that no line in it becomes a line of the log.
pub(crate) fn brief(cause: &impl Display) -> String {
    cause.to_string().chars().take(MOST).collect()
}
// ANCHOR_END: error
