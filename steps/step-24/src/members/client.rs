//! What a request tells of the device that sent it.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use crate::edge::address::Address;

/// What a request tells of the device that sent it.
pub(crate) struct Client {
    pub(crate) what: String,
    pub(crate) place: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Self, Infallible> {
        let place = Address::from_request_parts(parts, state).await?.to_string();
        let agent = parts.headers.get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Ok(Self { what: describe(agent), place })
    }
}

/// A few words for a `User-Agent`, which is whatever the client likes.
fn describe(agent: &str) -> String {
    // Each says that it is the next one too.
    let browsers = ["Edg", "OPR", "Firefox", "Chrome", "Safari", "curl"];
    let systems =
        ["Android", "iPhone", "iPad", "Windows", "Macintosh", "CrOS", "Linux"];
    let first = |names: &[&'static str]| {
        names.iter().copied().find(|name| agent.contains(name))
    };
    let browser = match first(&browsers) {
        Some("Edg") => "Edge",
        Some("OPR") => "Opera",
        other => other.unwrap_or("Some program"),
    };
    match first(&systems) {
        Some(system) => format!("{browser} on {system}"),
        None => browser.to_owned(),
    }
}
