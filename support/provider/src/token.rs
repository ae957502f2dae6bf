//! Where the client brings a code, and learns who has chosen.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Form, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use hmac::{Hmac, Mac};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{
    codes::{self, Grant},
    known::{Client, Provider},
};

/// How long an ID token is good, in seconds.
const GOOD: u64 = 60;

/// What the client brings.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Brought {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

/// Says who has chosen, once for each code.
pub(crate) async fn exchange(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    Form(brought): Form<Brought>,
) -> Response {
    if !is_client(&headers, &provider.client) {
        let basic = [(header::WWW_AUTHENTICATE, "Basic")];
        return (basic, refused(StatusCode::UNAUTHORIZED, "invalid_client")).into_response();
    }
    if brought.grant_type != "authorization_code" {
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let grant = provider.codes.take(&brought.code);
    match grant.filter(|grant| fits(grant, &brought)) {
        Some(grant) => granted(&provider, &grant),
        None => refused(StatusCode::BAD_REQUEST, "invalid_grant"),
    }
}

/// Whether the client has proven to be the one (RFC 6749, section 2.3.1).
fn is_client(headers: &HeaderMap, client: &Client) -> bool {
    let credentials = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let credentials = credentials.and_then(|value| value.strip_prefix("Basic "));
    let credentials = credentials.and_then(|value| BASE64_STANDARD.decode(value).ok());
    let credentials = credentials.and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((id, secret)) = credentials.as_deref().and_then(|it| it.split_once(':')) else {
        return false;
    };
    let decoded = |text: &str| {
        let pairs = serde_urlencoded::from_str::<Vec<(String, String)>>(&format!("_={text}"));
        pairs.ok().and_then(|pairs| Some(pairs.into_iter().next()?.1))
    };
    let (id, secret) = (decoded(id).unwrap_or_default(), decoded(secret).unwrap_or_default());
    id == client.id && bool::from(secret.as_bytes().ct_eq(client.secret.as_bytes()))
}

/// Whether whoever brings the code is who has asked for it (RFC 7636, section 4.6).
fn fits(grant: &Grant, brought: &Brought) -> bool {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&brought.code_verifier));
    brought.redirect_uri == grant.redirect_uri && challenge == grant.challenge
}

fn granted(provider: &Provider, grant: &Grant) -> Response {
    let now = now();
    let claims = json!({
        "iss": provider.issuer,
        "sub": grant.subject,
        "aud": provider.client.id,
        "iat": now,
        "exp": now + GOOD,
        "auth_time": grant.chosen,
    });
    answered(
        StatusCode::OK,
        json!({
            // There is nothing here that it would open.
            "access_token": codes::random(),
            "token_type": "Bearer",
            "expires_in": GOOD,
            "id_token": signed(&claims, &provider.client.secret),
        }),
    )
}

/// The time, in seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A JSON Web Token (RFC 7519), signed with what the client shares (HS256).
fn signed(claims: &Value, secret: &str) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(&json!({ "alg": "HS256", "typ": "JWT" }));
    let text = format!("{head}.{}", part(claims));
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length will do");
    mac.update(text.as_bytes());
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn refused(status: StatusCode, error: &str) -> Response {
    answered(status, json!({ "error": error }))
}

fn answered(status: StatusCode, body: Value) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
