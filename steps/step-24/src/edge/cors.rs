//! Which pages of other origins may read what this server answers.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::CorsLayer;

use crate::edge::site::Site;

/// So long a browser need not ask again. Chromium keeps no answer longer.
const KEPT: Duration = Duration::from_secs(2 * 60 * 60);

/// Lets pages of the site's frontends read the answers, and send the session's cookie: each
/// origin by its name, since whoever sends back any origin that asks lets in all.
pub(crate) fn layer(site: &Site, token: HeaderName) -> CorsLayer {
    let frontends = site.frontends.iter();
    let frontends = frontends.filter_map(|it| HeaderValue::from_str(&it.0).ok());
    CorsLayer::new()
        .allow_origin(frontends.collect::<Vec<_>>())
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, token])
        .max_age(KEPT)
}
