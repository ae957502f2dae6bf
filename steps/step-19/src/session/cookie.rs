//! The session's cookie: its name, its attributes, and its removal.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tower_sessions::{
    SessionManagerLayer, SessionStore,
    cookie::{Cookie, SameSite},
};

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

const REMOVAL: &str =
    "__Host-id=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";

/// Says of an answer that its cookie is to go with the browser.
#[derive(Clone)]
pub(crate) struct UntilBrowserCloses;

/// Says of an answer that the session goes on under another identifier, which is on its way
/// to the browser.
#[derive(Clone)]
pub(crate) struct GoesOn;

/// Mends what tower-sessions 0.15 cannot say.
///
/// It removes a cookie without `Secure`: a browser refuses that under a `__Host-` name,
/// and keeps the cookie. A record that ends by itself gives the cookie a lifetime. And the
/// identifier of before is removed like one that nobody knows: if that answer comes last,
/// it takes the new one with it.
pub(crate) async fn mend(mut response: Response) -> Response {
    let goes_on = response.extensions().get::<GoesOn>().is_some();
    let forgets = response.extensions().get::<UntilBrowserCloses>().is_some();
    if goes_on && response.headers().get(header::SET_COOKIE).is_some_and(is_removal)
    {
        response.headers_mut().remove(header::SET_COOKIE);
    }
    for (name, value) in response.headers_mut() {
        if name == header::SET_COOKIE && is_removal(value) {
            *value = HeaderValue::from_static(REMOVAL);
        } else if name == header::SET_COOKIE && forgets {
            *value = without_lifetime(value).unwrap_or(value.clone());
        }
    }
    response
}

fn is_removal(cookie: &HeaderValue) -> bool {
    let rest = cookie.as_bytes().strip_prefix(NAME.as_bytes());
    rest.is_some_and(|rest| rest.starts_with(b"=;"))
}

fn without_lifetime(cookie: &HeaderValue) -> Option<HeaderValue> {
    let mut cookie = Cookie::parse(cookie.to_str().ok()?).ok()?;
    cookie.set_max_age(None);
    HeaderValue::try_from(cookie.to_string()).ok()
}
