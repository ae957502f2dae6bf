//! One span a request: what the log says meanwhile stands together.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use tower_sessions::session::Id;
use tracing::Instrument;

use crate::watch::{Watch, metrics::OneMore};

const NUMBER: HeaderName = HeaderName::from_static("x-request-id");

/// Counts a request, and names it in each line of the log and in its answer. Not its path
/// nor its query: a code of a provider stands there, or what somebody has put there by
/// mistake. And not a number of the client's: it could be anything, or that of another one.
pub(crate) async fn tell(
    State(watch): State<Watch>,
    request: Request,
    next: Next,
) -> Response {
    let method = known(request.method());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().map_or("none", MatchedPath::as_str);
    let number = new_number();
    let span = tracing::info_span!("request", number, method, route);
    let under_way = OneMore::of(&watch.metrics.requests);
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(under_way);
    let status = response.status();
    span.in_scope(|| tracing::info!(status = status.as_u16(), "is answered"));
    watch.metrics.answered(method, route, status);
    // It is hexadecimal.
    if let Ok(number) = HeaderValue::try_from(number) {
        response.headers_mut().insert(NUMBER, number);
    }
    response
}

/// By chance: counted, it would tell everybody how much there is to do here. Half of an
/// identifier, which is too short for one and long enough to find a request again.
fn new_number() -> String {
    let Id(number) = Id::default();
    format!("{:016x}", number as u64)
}

/// The methods that are ours to know: a client may send any word.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "another",
    }
}
