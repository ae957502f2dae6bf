//! Refresh tokens: behind each stands a session, and each is good once.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{header, request::Parts},
    middleware::Next,
    response::Response,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};
use subtle::ConstantTimeEq;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tower_sessions::{Session, cookie::Key, session::Id};

use crate::{
    error::Error,
    session::{
        cookie,
        secret::{derived, mac},
    },
    store::sessions::{MEMBER, ended},
    tokens::{bearer, issuer::Issuer},
};

const KEY: &str = "refresh";

const PURPOSE: &str = "refresh token";

/// What a refresh token says: which session, and which of its tokens this is, from 1 on.
#[derive(Clone, Copy)]
pub(crate) struct Refresh {
    id: Id,
    generation: u32,
}

impl Refresh {
    fn open(issuer: &Issuer, token: &str) -> Option<Self> {
        let (said, signature) = token.rsplit_once('.')?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
        let is_ours = |key: &Key| bool::from(sign(key, said)[..].ct_eq(&signature));
        let keys = issuer.ring.keys();
        keys.all().find(|(key, _)| is_ours(key))?;
        let (id, generation) = said.split_once('.')?;
        Some(Self { id: id.parse().ok()?, generation: generation.parse().ok()? })
    }
}

/// The token of this generation. It is the same one each time, and so it need not be kept.
pub(crate) fn token(
    issuer: &Issuer,
    session: &Session,
    generation: u32,
) -> Result<String, Error> {
    let id = session.id().ok_or_else(ended)?;
    let said = format!("{id}.{generation}");
    let signature = sign(&issuer.ring.keys().signing(), &said);
    Ok(format!("{said}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}

fn sign(key: &Key, said: &str) -> [u8; 32] {
    mac(&*derived(key, PURPOSE), said.as_bytes())
}

/// What a session knows of its refresh tokens.
#[derive(Deserialize)]
struct Chain {
    /// The only one that is good.
    generation: u32,
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
}

/// As an array, like the lifetime.
impl Serialize for Chain {
    fn serialize<To: Serializer>(&self, to: To) -> Result<To::Ok, To::Error> {
        let since = self.since.format(&Rfc3339).map_err(To::Error::custom)?;
        (self.generation, since).serialize(to)
    }
}

/// From now on, the refresh token of this generation is good, and no other one.
pub(crate) async fn begin(
    session: &Session,
    generation: u32,
) -> Result<u32, Error> {
    let since = OffsetDateTime::now_utc();
    session.insert(KEY, Chain { generation, since }).await?;
    Ok(generation)
}

/// Takes a refresh token, and says which one is good now: the next one, or, if that was
/// made a moment ago, the same again. Another program may ask at the same moment, or the
/// answer may have been lost.
pub(crate) async fn turn(
    session: &Session,
    issuer: &Issuer,
    Refresh { generation, .. }: Refresh,
) -> Result<u32, Error> {
    let chain: Option<Chain> = session.get(KEY).await?;
    let chain = chain.ok_or(Error::BadToken("The session has ended."))?;
    let next = generation.saturating_add(1);
    // We have signed each: of a later one, the store has lost that it was given.
    if generation >= chain.generation {
        return begin(session, next).await;
    }
    // Where a clock was set back, the session's lifetime has shown it before.
    let age = OffsetDateTime::now_utc() - chain.since;
    if next == chain.generation && age < issuer.tokens.grace {
        return Ok(chain.generation);
    }
    // Two have it: which of them is the member, nobody can tell.
    let member: Option<String> = session.get(MEMBER).await?;
    tracing::warn!(member, "a refresh token comes again: somebody has copied it");
    session.flush().await?;
    Err(Error::BadToken("The token was used before. Sign in again."))
}

/// Opens the refresh token of a request: tower-sessions finds a cookie in its place. What a
/// browser adds by itself counts for nothing here, and so nobody else's page can use it.
pub(crate) async fn keep(
    State(issuer): State<Arc<Issuer>>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers_mut();
    headers.remove(header::COOKIE);
    let token = bearer::token(headers).ok();
    let brought = token.and_then(|token| Refresh::open(&issuer, token));
    if let Some(cookie) = brought.and_then(|it| cookie::plain(&it.id)) {
        headers.insert(header::COOKIE, cookie);
    }
    request.extensions_mut().insert(brought);
    let mut response = next.run(request).await;
    response.headers_mut().remove(header::SET_COOKIE);
    response
}

impl<State: Send + Sync> FromRequestParts<State> for Refresh {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &State,
    ) -> Result<Self, Error> {
        bearer::token(&parts.headers)?;
        let brought = parts.extensions.get::<Option<Self>>().copied().flatten();
        brought.ok_or(Error::BadToken("This is no refresh token of ours."))
    }
}
