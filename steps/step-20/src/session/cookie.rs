//! The session's cookie, between the browser and tower-sessions: who signs it, how long it
//! lives, and when it is removed.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use time::Duration;
use tower_sessions::{
    SessionManagerLayer, SessionStore,
    cookie::{Cookie, CookieJar},
    session::Id,
};

use crate::session::secret::{Keys, Ring};

const NAME: &str = "__Host-id";

/// No cookie of ours is longer, in bytes. What is longer costs nobody a hash.
const MOST: usize = 100;

// ANCHOR: sessions
/// Sessions in `store`. Of their cookie, tower-sessions sees the identifier alone.
pub(crate) fn sessions<Store: SessionStore>(
    store: Store,
) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(store).with_name(NAME)
}
// ANCHOR_END: sessions

// ANCHOR: marks
/// Says of an answer how long its cookie is to live, or that it goes with the browser.
#[derive(Clone)]
pub(crate) struct MaxAge(pub(crate) Option<Duration>);

/// Says of an answer that the session goes on under another identifier, which is on its way
/// to the browser.
#[derive(Clone)]
pub(crate) struct GoesOn;

/// The cookie as the browser has sent it, if it has sent one and no more.
#[derive(Clone)]
pub(crate) struct Sent(pub(crate) Option<HeaderValue>);

/// What a request's cookie is to this server.
enum Came {
    /// There is none, or there are several.
    Without,
    /// No key of ours opens it.
    Strange,
    /// It is ours. An older key than the one that signs has signed it.
    Old(Id),
    /// It is ours, and as good as new.
    New(Id),
}
// ANCHOR_END: marks

// ANCHOR: keep
/// Opens the cookie of a request with each of the keys, and signs that of the answer with
/// the newest: tower-sessions in between has an identifier, and no key.
pub(crate) async fn keep(
    State(ring): State<Ring>,
    mut request: Request,
    next: Next,
) -> Response {
    // For the answer as well: by a key that is taken away, nobody gets one of another.
    let keys = ring.keys();
    let sent = ours(request.headers());
    let came = open(sent.as_ref(), &keys);
    let headers = request.headers_mut();
    headers.remove(header::COOKIE);
    if let Came::Old(id) | Came::New(id) = &came
        && let Ok(cookie) = HeaderValue::try_from(format!("{NAME}={id}"))
    {
        headers.insert(header::COOKIE, cookie);
    }
    request.extensions_mut().insert(Sent(sent.clone()));
    let mut response = next.run(request).await;
    if let Some(cookie) = answer(&mut response, &came, sent.as_ref(), &keys) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
// ANCHOR_END: keep

/// The cookie whose name is `NAME`, byte for byte, if there is one and no more.
///
/// tower-sessions 0.15 decodes and trims a name before it compares it, and takes the last
/// of several: to a browser, `%5F%5FHost-id` is a name that any neighbour may set.
fn ours(headers: &HeaderMap) -> Option<HeaderValue> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let pairs = pairs.map(|pair| pair.strip_prefix(b" ").unwrap_or(pair));
    let mut ours = pairs.filter(|pair| value(pair).is_some());
    let first = ours.next()?;
    if ours.next().is_some() {
        tracing::warn!("two cookies have the session's name, and neither counts");
        return None;
    }
    HeaderValue::from_bytes(first).ok()
}

/// What the session's cookie says in this pair, if it is the session's.
fn value(pair: &[u8]) -> Option<&[u8]> {
    pair.strip_prefix(NAME.as_bytes())?.strip_prefix(b"=")
}

// ANCHOR: opened
/// What a request's cookie is to this server.
fn open(sent: Option<&HeaderValue>, keys: &Keys) -> Came {
    let Some(sent) = sent else {
        return Came::Without;
    };
    match opened(sent, keys) {
        Some((id, true)) => Came::Old(id),
        Some((id, false)) => Came::New(id),
        None => {
            tracing::info!("no key of ours has signed a cookie");
            Came::Strange
        }
    }
}

/// The identifier in a cookie that one of the keys has signed, and whether that key is an
/// older one than the one that signs.
fn opened(sent: &HeaderValue, keys: &Keys) -> Option<(Id, bool)> {
    let value = str::from_utf8(value(sent.as_bytes())?).ok()?;
    if value.len() > MOST {
        return None;
    }
    let (jar, cookie) = (CookieJar::new(), Cookie::new(NAME, value.to_owned()));
    let (cookie, is_old) = keys.all().find_map(|(key, is_old)| {
        Some((jar.signed(&key).verify(cookie.clone())?, is_old))
    })?;
    Some((cookie.value().parse().ok()?, is_old))
}
// ANCHOR_END: opened

// ANCHOR: answer
/// What the browser is told of its cookie, in place of what tower-sessions says.
///
/// It removes a cookie without `Secure`: a browser refuses that under a `__Host-` name,
/// and keeps the cookie. A record that ends by itself gives the cookie a lifetime. And the
/// identifier of before is removed like one that nobody knows: if that answer comes last,
/// it takes the new one with it.
fn answer(
    response: &mut Response,
    came: &Came,
    sent: Option<&HeaderValue>,
    keys: &Keys,
) -> Option<HeaderValue> {
    let goes_on = response.extensions().get::<GoesOn>().is_some();
    let max_age = response.extensions().get::<MaxAge>().map(|it| it.0);
    match (take_ours(response.headers_mut()).as_deref(), came) {
        (Some(""), _) if goes_on => None,
        (Some(""), _) | (None, Came::Strange) => {
            cookie(&format!("{NAME}="), Some(Duration::ZERO))
        }
        // The same signature, which need not be made again.
        (Some(id), Came::New(same)) if id.parse() == Ok(*same) => {
            cookie(sent?.to_str().ok()?, max_age.flatten())
        }
        (Some(id), _) => cookie(&signed(id, keys)?, max_age.flatten()),
        // Nothing is saved, and the session lives as long as it did.
        (None, Came::Old(id)) => cookie(&signed(&id.to_string(), keys)?, max_age?),
        (None, Came::New(_) | Came::Without) => None,
    }
}
// ANCHOR_END: answer

// ANCHOR: take_ours
/// The value of the session's cookie in these headers, which is taken out.
fn take_ours(headers: &mut HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::SET_COOKIE).iter().cloned();
    let (ours, others): (Vec<_>, Vec<_>) =
        cookies.partition(|cookie| value(cookie.as_bytes()).is_some());
    headers.remove(header::SET_COOKIE);
    for cookie in others {
        headers.append(header::SET_COOKIE, cookie);
    }
    let ours = value(ours.last()?.as_bytes())?;
    let end = ours.iter().position(|byte| *byte == b';').unwrap_or(ours.len());
    String::from_utf8(ours[..end].to_vec()).ok()
}
// ANCHOR_END: take_ours

// ANCHOR: signed
/// The cookie's name, and an identifier that the newest key has signed.
fn signed(id: &str, keys: &Keys) -> Option<String> {
    let mut jar = CookieJar::new();
    jar.signed_mut(&keys.signing()).add(Cookie::new(NAME, id.to_owned()));
    jar.get(NAME).map(Cookie::to_string)
}

/// A cookie as narrow as a browser can hold it.
fn cookie(pair: &str, max_age: Option<Duration>) -> Option<HeaderValue> {
    let mut cookie = format!("{pair}; HttpOnly; SameSite=Lax; Secure; Path=/");
    if let Some(max_age) = max_age {
        cookie += &format!("; Max-Age={}", max_age.whole_seconds());
    }
    HeaderValue::try_from(cookie).ok()
}
// ANCHOR_END: signed
