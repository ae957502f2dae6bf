//! The session's cookie: its name, its attributes, and its removal.

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use tower_sessions::{SessionManagerLayer, SessionStore, cookie::SameSite};

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
