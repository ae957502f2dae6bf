//! What can go wrong with a session: the log learns the cause, the visitor learns what to do.

use std::fmt::Display;

use axum::{
    Extension,
    extract::rejection::FormRejection,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tower_sessions::session;

/// So many characters of a cause: it may repeat what a stranger has sent.
const MOST: usize = 100;

/// Why a request got no answer.
pub(crate) enum Error {
    /// The session layer is missing around this route.
    Layer((StatusCode, &'static str)),
    /// The store is out of reach, or its data is not what this version expects.
    Session(session::Error),
    /// The form does not say what this server understands.
    Form(FormRejection),
}

impl From<session::Error> for Error {
    fn from(cause: session::Error) -> Self {
        Self::Session(cause)
    }
}

impl From<FormRejection> for Error {
    fn from(cause: FormRejection) -> Self {
        Self::Form(cause)
    }
}

// ANCHOR: answer
/// What the visitor is to learn of an error. It goes along with an answer that has no body
/// yet.
#[derive(Clone, Copy)]
pub(crate) enum Reason {
    /// There is no store to ask.
    OutOfReach,
    /// The session's data does not fit its type.
    Unreadable,
    /// This server does not understand the form.
    Refused,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, reason) = match self {
            Self::Layer((status, cause)) => {
                tracing::error!(cause, "no session layer");
                (status, Reason::OutOfReach)
            }
            Self::Form(cause) => {
                tracing::info!(cause = brief(&cause), "a form is refused");
                (cause.status(), Reason::Refused)
            }
            Self::Session(session::Error::SerdeJson(cause)) => {
                tracing::error!(
                    cause = brief(&cause),
                    "the session's data does not fit its type"
                );
                (StatusCode::INTERNAL_SERVER_ERROR, Reason::Unreadable)
            }
            Self::Session(session::Error::Store(cause)) => {
                tracing::error!(cause = brief(&cause), "the session store failed");
                (StatusCode::SERVICE_UNAVAILABLE, Reason::OutOfReach)
            }
        };
        (status, Extension(reason)).into_response()
    }
}
// ANCHOR_END: answer

/// What the log is told of a cause: not more than it takes to understand it, and as a text,
/// which `tracing` writes in quotes, so that no line in it becomes a line of the log.
pub(crate) fn brief(cause: &impl Display) -> String {
    cause.to_string().chars().take(MOST).collect()
}
