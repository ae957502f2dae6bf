//! A small identity provider for this machine: OAuth 2.0's authorization code (RFC 6749) with PKCE
//! (RFC 7636), the issuer in the answer (RFC 9207), and an ID token (OpenID Connect Core). Whoever
//! comes chooses a name and gives no password: it is for trying things out.

mod asked;
mod authorize;
mod codes;
mod known;
mod pages;
mod token;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

pub use known::Client;

use codes::Codes;
use known::Provider;

/// The provider, which calls itself `issuer` and knows one client.
pub fn app(issuer: &str, client: Client) -> Router {
    let codes = Codes::default();
    Router::new()
        .route("/authorize", get(authorize::ask).post(authorize::choose))
        .route("/token", post(token::exchange))
        .with_state(Arc::new(Provider { issuer: issuer.to_owned(), client, codes }))
}
