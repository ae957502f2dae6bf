//! Forms: who may send one, and what it must bring along.

use axum::{
    extract::{FromRequest, FromRequestParts, RawForm, Request},
    http::HeaderMap,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, de::DeserializeOwned};
use subtle::ConstantTimeEq;
use tower_sessions::{
    Session,
    session::{self, Id},
};

use crate::error::{Error, brief};

const KEY: &str = "token";

/// Refuses what a page of another origin makes a browser send.
pub(crate) async fn same_origin(request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_our_own(request.headers()) {
        next.run(request).await
    } else {
        Error::Foreign("it comes from another origin").into_response()
    }
}

fn is_our_own(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        // An older browser, or a page that came over plain http.
        (None, Some(origin)) => {
            let host = ["https://", "http://"]
                .into_iter()
                .find_map(|scheme| origin.strip_prefix(scheme));
            host.is_some() && host == text("host")
        }
        // No browser at all.
        (None, None) => true,
    }
}

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
        tracing::error!(cause = brief(&cause), "a session gets no token");
    }
    response
}

async fn give_token(session: &Session) -> Result<(), session::Error> {
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

/// Whether a page that had a session has sent this form.
pub(crate) fn has_token(form: &[u8]) -> bool {
    let proof = serde_urlencoded::from_bytes(form);
    proof.is_ok_and(|Proof { token }| !token.is_empty())
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
        // Without a session there is nothing that a forged form could use.
        if let Some(token) = token(&session).await?
            && !bool::from(token.as_bytes().ct_eq(sent.as_bytes()))
        {
            return Err(Error::Foreign("it has not the token of this session"));
        }
        Ok(Self(serde_urlencoded::from_bytes(&body)?))
    }
}
