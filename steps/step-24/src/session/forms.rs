//! Forms: what one must bring along.

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, RawForm, Request},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use serde::{Deserialize, de::DeserializeOwned};
use subtle::ConstantTimeEq;
use tower_sessions::{
    Session,
    session::{self, Id},
};

use crate::error::{Error, brief_of};

const KEY: &str = "token";

/// Gives each session that holds something a token for its forms.
pub(crate) async fn keep(
    session: Session,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    if !response.status().is_server_error()
        && let Err(cause) = give_token(&session).await
    {
        tracing::error!(cause = brief_of(&cause), "a session gets no token");
    }
    response
}

pub(crate) async fn give_token(session: &Session) -> Result<(), session::Error> {
    if token(session).await?.is_none() && !session.is_empty().await {
        // As hard to guess as an identifier, and from the same source.
        session.insert(KEY, Id::default().to_string()).await?;
    }
    Ok(())
}

/// What the forms of this session's pages carry, if there is a session.
pub(crate) async fn token(
    session: &Session,
) -> Result<Option<String>, session::Error> {
    session.get(KEY).await
}

/// Makes the forms of all pages worthless that are open now.
pub(crate) async fn renew_token(session: &Session) -> Result<(), Error> {
    session.remove_value(KEY).await?;
    Ok(())
}

/// A form that a page of this session has sent. A handler that names this as an argument
/// does not run for any other.
pub(crate) struct OwnForm<Fields>(pub(crate) Fields);

/// A form with nothing in it but the token.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

#[derive(Deserialize)]
struct Proof {
    #[serde(default)]
    token: String,
}

/// Whether a page that had a session has sent this, as a form or as JSON.
pub(crate) fn has_token(headers: &HeaderMap, form: &[u8]) -> bool {
    let proof = serde_urlencoded::from_bytes(form);
    proof.is_ok_and(|Proof { token }| !token.is_empty())
        || headers.get(TOKEN).is_some_and(|token| !token.is_empty())
}

impl<State, Fields> FromRequest<State> for OwnForm<Fields>
where
    State: Send + Sync,
    Fields: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &State) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let session = Session::from_request_parts(&mut parts, state)
            .await
            .map_err(Error::Layer)?;
        let request = Request::from_parts(parts, body);
        let RawForm(body) = RawForm::from_request(request, state).await?;
        let Proof { token: sent } = serde_urlencoded::from_bytes(&body)?;
        require_token(&session, sent.as_bytes()).await?;
        Ok(Self(serde_urlencoded::from_bytes(&body)?))
    }
}

async fn require_token(session: &Session, sent: &[u8]) -> Result<(), Error> {
    // Without a session there is nothing that a forged form could use.
    match token(session).await? {
        Some(token) if !bool::from(token.as_bytes().ct_eq(sent)) => {
            Err(Error::Foreign("it has not the token of this session"))
        }
        _ => Ok(()),
    }
}

/// The header in which a page of another origin sends the token of the session.
pub(crate) const TOKEN: HeaderName = HeaderName::from_static("x-token");

/// What a page sends as JSON that knows the token of this session. A page that nobody has
/// let in can send neither JSON nor a header of its own: its browser asks us first.
pub(crate) struct OwnJson<Fields>(pub(crate) Fields);

impl<State, Fields> FromRequest<State> for OwnJson<Fields>
where
    State: Send + Sync,
    Fields: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &State) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let session = Session::from_request_parts(&mut parts, state)
            .await
            .map_err(Error::Layer)?;
        let sent = parts.headers.get(TOKEN).map(HeaderValue::as_bytes);
        require_token(&session, sent.unwrap_or_default()).await?;
        let request = Request::from_parts(parts, body);
        let Json(fields) = Json::from_request(request, state).await?;
        Ok(Self(fields))
    }
}
