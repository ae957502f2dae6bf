//! The session's cookie: its name, its attributes, and its removal.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tower_sessions::{SessionManagerLayer, SessionStore, cookie::SameSite};

// ANCHOR: sessions
const NAME: &str = "__Host-id";

/// Sessions in `store`, known by a cookie that is as narrow as a browser can hold it.
pub(crate) fn sessions<Store: SessionStore>(
    store: Store,
) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(store)
        .with_name(NAME)
        .with_http_only(true)
        .with_secure(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
}
// ANCHOR_END: sessions

// ANCHOR: ours
/// Lets through the cookie whose name is `NAME`, byte for byte, if there is one and no
/// more.
///
/// tower-sessions 0.15 decodes and trims a name before it compares it, and takes the last
/// of several: to a browser, `%5F%5FHost-id` is a name that any neighbour may set.
pub(crate) async fn only_ours(mut request: Request, next: Next) -> Response {
    let cookie = ours(request.headers());
    request.headers_mut().remove(header::COOKIE);
    if let Some(cookie) = cookie {
        request.headers_mut().insert(header::COOKIE, cookie);
    }
    next.run(request).await
}

fn ours(headers: &HeaderMap) -> Option<HeaderValue> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let pairs = pairs.map(|pair| pair.strip_prefix(b" ").unwrap_or(pair));
    let mut ours = pairs.filter(|pair| {
        let rest = pair.strip_prefix(NAME.as_bytes());
        rest.is_some_and(|rest| rest.starts_with(b"="))
    });
    let first = ours.next()?;
    if ours.next().is_some() {
        tracing::warn!("two cookies have the session's name, and neither counts");
        return None;
    }
    HeaderValue::from_bytes(first).ok()
}
// ANCHOR_END: ours

// ANCHOR: removal
const REMOVAL: &str =
    "__Host-id=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";

/// tower-sessions 0.15 removes a cookie without `Secure`. A browser refuses that under
/// a `__Host-` name, and keeps the cookie.
pub(crate) async fn mend_removal(mut response: Response) -> Response {
    for (name, value) in response.headers_mut() {
        if name == header::SET_COOKIE && is_removal(value) {
            *value = HeaderValue::from_static(REMOVAL);
        }
    }
    response
}

fn is_removal(cookie: &HeaderValue) -> bool {
    let rest = cookie.as_bytes().strip_prefix(NAME.as_bytes());
    rest.is_some_and(|rest| rest.starts_with(b"=;"))
}
// ANCHOR_END: removal
