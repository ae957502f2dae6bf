//! From which pages a form may come.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    edge::site::{Origin, Site},
    error::Error,
};

/// Refuses what a page of another origin makes a browser send.
pub(crate) async fn same_origin(
    State(site): State<Arc<Site>>,
    request: Request,
    next: Next,
) -> Response {
    let is_safe = request.method().is_safe();
    let is_ours = is_our_own(request.headers(), site.origin.as_ref());
    if is_safe || is_ours || is_invited(&request, &site) {
        next.run(request).await
    } else {
        Error::Foreign("it comes from another origin").into_response()
    }
}

fn is_our_own(headers: &HeaderMap, ours: Option<&Origin>) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = text("sec-fetch-site");
    let site = site.map(|site| site == "same-origin" || site == "none");
    let origin = text("origin");
    match ours {
        Some(Origin(ours)) => {
            site.unwrap_or(true) && origin.is_none_or(|origin| origin == ours)
        }
        // An older browser says no more than the name that it has asked for, and a program
        // not even that.
        None => site.or(origin.map(|it| is_at(it, text("host")))).unwrap_or(true),
    }
}

/// What pages of other origins may send as well.
fn is_invited(request: &Request, site: &Site) -> bool {
    let origin = request.headers().get(header::ORIGIN);
    match request.uri().path() {
        // Nothing is done there with a session.
        "/signed-in" => true,
        "/api/basket" => {
            let mut frontends = site.frontends.iter();
            frontends.any(|Origin(it)| origin.is_some_and(|origin| origin == it))
        }
        _ => false,
    }
}

fn is_at(origin: &str, host: Option<&str>) -> bool {
    let named = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| origin.strip_prefix(scheme));
    named.is_some() && named == host
}
