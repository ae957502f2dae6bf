//! How a session cookie leaves the browser, when its name begins with `__Host-`.

use axum::{
    Router,
    http::{HeaderValue, header::SET_COOKIE},
    middleware::map_response,
    response::Response,
    routing::get,
};
use browser::{Browser, Server, chromium};
use passes::once;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

use super::site::stored;

/// The cookie that removes the one of [`app`], with what its name asks for.
const REMOVAL: &str = "__Host-id=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn chromium_refuses_the_removal_of_a_host_cookie_without_secure() {
    once(chromium(), || {
        let (server, browser) = (Server::start(app()), Browser::borrow());
        browser.go(&server.url("/insert"));
        assert_eq!(browser.refused_cookies(), []);
        let before = stored(&browser);
        assert!(before.len() == 1 && before[0].starts_with("__Host-id="), "{before:?}");

        browser.go(&server.url("/flush"));
        let refused = browser.refused_cookies();
        let [(line, reason)] = refused.as_slice() else { panic!("refused: {refused:?}") };
        // Its date is that of the test.
        let (line, _date) = line.split_once("; Expires=").expect("it has a date");
        assert_eq!((line, reason.as_str()), ("__Host-id=; Path=/; Max-Age=0", "InvalidPrefix"));
        assert_eq!(stored(&browser), before);
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn chromium_removes_a_host_cookie_when_the_removal_is_secure() {
    once(chromium(), || {
        let server = Server::start(app().layer(map_response(with_whole_removal)));
        let browser = Browser::borrow();
        browser.go(&server.url("/insert"));
        assert_eq!(stored(&browser).len(), 1);

        browser.go(&server.url("/flush"));
        assert_eq!(stored(&browser), [""; 0]);
    });
}

fn app() -> Router {
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_name("__Host-id");
    Router::new().route("/insert", get(insert)).route("/flush", get(flush)).layer(sessions)
}

async fn insert(session: Session) {
    session.insert("visits", 1).await.expect("the store answers");
}

async fn flush(session: Session) {
    session.flush().await.expect("the store answers");
}

async fn with_whole_removal(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let removes = |line: &HeaderValue| line.as_bytes().starts_with(b"__Host-id=;");
    if headers.get(SET_COOKIE).is_some_and(removes) {
        headers.insert(SET_COOKIE, HeaderValue::from_static(REMOVAL));
    }
    response
}
