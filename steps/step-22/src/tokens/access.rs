//! Access tokens: who a program's member is, signed, so that no store is asked.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header,
    encode,
};
use serde::{Deserialize, Serialize};
use tower_sessions::cookie::Key;

use crate::{
    error::Error,
    session::{lifetime, secret::derived},
    store::accounts::Account,
    tokens::{bearer, issuer::Issuer},
};

const PURPOSE: &str = "access token";

/// Tells an access token from whatever else is a JWT (RFC 9068, section 2.1; RFC 8725,
/// section 3.11).
const TYPE: &str = "at+jwt";

// ANCHOR: claims
/// What an access token says (RFC 7519, section 4.1; RFC 9068, section 2.2). Anybody who
/// holds it can read it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Who has issued it.
    iss: String,
    /// What it is for.
    aud: String,
    /// The name of the member.
    pub(crate) sub: String,
    /// The handle of the session that stands behind it. It opens nothing.
    pub(crate) sid: String,
    /// What the member was when it was issued, if more than others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<Role>,
    /// When it was issued, in seconds since 1970.
    iat: i64,
    /// When it ends, in seconds since 1970.
    exp: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Administrator,
}
// ANCHOR_END: claims

// ANCHOR: issue
/// A token for this member, behind which the session of this handle stands.
pub(crate) fn issue(
    issuer: &Issuer,
    account: &Account,
    sid: String,
) -> Result<String, Error> {
    let now = (issuer.tokens.now)().unix_timestamp();
    let claims = Claims {
        iss: issuer.name.clone(),
        aud: audience(issuer),
        sub: account.name.clone(),
        sid,
        role: account.is_administrator.then_some(Role::Administrator),
        iat: now,
        exp: now + issuer.tokens.lives.whole_seconds(),
    };
    let key = issuer.ring.keys().signing();
    let header = Header {
        typ: Some(TYPE.to_owned()),
        kid: Some(id_of(&key)),
        ..Header::new(Algorithm::HS256)
    };
    let secret = EncodingKey::from_secret(&*derived(&key, PURPOSE));
    encode(&header, &claims, &secret).map_err(Error::Unsigned)
}

/// What tokens are for: the routes below `/api`, and nothing else of this issuer's.
fn audience(issuer: &Issuer) -> String {
    format!("{}/api", issuer.name)
}

/// What a token calls the key that has signed it.
fn id_of(key: &Key) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&derived(key, "key id")[..8])
}
// ANCHOR_END: issue

// ANCHOR: check
/// What a token says, if it is an access token of ours, and has not ended.
fn check(issuer: &Issuer, token: &str) -> Result<Claims, Error> {
    let claims = signed(issuer, token);
    let claims = claims.ok_or(Error::BadToken("This is no token of ours."))?;
    let now = (issuer.tokens.now)().unix_timestamp();
    // To the second: who comes later gets a new one, and whoever was shut out none.
    if claims.exp <= now {
        return Err(Error::BadToken("The token has ended."));
    }
    if claims.iat - now > lifetime::APART.whole_seconds() {
        return Err(Error::BadToken("The token is of another time."));
    }
    Ok(claims)
}

/// What a token says that one of our keys has signed for this purpose.
fn signed(issuer: &Issuer, token: &str) -> Option<Claims> {
    let header = decode_header(token).ok()?;
    let id = header.kid.filter(|_| header.typ.as_deref() == Some(TYPE))?;
    let keys = issuer.ring.keys();
    let (key, _) = keys.all().find(|(key, _)| id_of(key) == id)?;
    let secret = DecodingKey::from_secret(&*derived(&key, PURPOSE));
    Some(decode(token, &secret, &rules(issuer)).ok()?.claims)
}

/// What the library looks at. The algorithm is ours, and never the token's (RFC 8725,
/// section 3.1). It compares no issuer and no audience with a token that names none: that
/// it names them, `Claims` asks for.
fn rules(issuer: &Issuer) -> Validation {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_issuer(&[&issuer.name]);
    rules.set_audience(&[audience(issuer)]);
    // The library would add a minute. We look ourselves.
    rules.validate_exp = false;
    rules
}
// ANCHOR_END: check

/// Whoever brings an access token. A handler that names this as an argument does not run
/// for anybody else, and no session is asked whether it is still there.
// ANCHOR: extractor
impl<State> FromRequestParts<State> for Claims
where
    State: Send + Sync,
    Arc<Issuer>: FromRef<State>,
{
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &State,
    ) -> Result<Self, Error> {
        let issuer = Arc::<Issuer>::from_ref(state);
        check(&issuer, bearer::token(&parts.headers)?)
    }
}
// ANCHOR_END: extractor
