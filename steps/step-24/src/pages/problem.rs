//! What a program reads when something goes wrong.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{error::Error, reason::Reason};

/// What went wrong, for a program (RFC 9457).
#[derive(Serialize)]
struct Problem {
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'static str>,
}

const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Gives an error a body that a program can read, in the place of a page.
pub(crate) fn explain(response: Response) -> Response {
    // To a page on which somebody could sign in. A program has none.
    if response.status().is_redirection() {
        return explain(Error::BadToken("Sign in again.").into_response());
    }
    let detail = match response.extensions().get() {
        Some(Reason::Program(why)) => Some(*why),
        Some(_) => None,
        None if response.status() == StatusCode::INTERNAL_SERVER_ERROR => {
            Some("Nothing is kept. The session may have ended.")
        }
        None => return response,
    };
    let (parts, _) = response.into_parts();
    let title = parts.status.canonical_reason().unwrap_or_default();
    let problem = Problem { title, status: parts.status.as_u16(), detail };
    let mut response = (parts, Json(problem)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM);
    response
}
