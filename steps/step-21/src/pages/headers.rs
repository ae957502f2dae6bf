//! What every answer tells a browser besides its page.

use std::sync::LazyLock;

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use crate::pages::layout::{AGAIN, STYLE};

/// What a browser may do with a page of this shop: run the one script and take the one
/// style that our pages have, send its forms to us, and show it in nobody's frame.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        hash(AGAIN),
        hash(STYLE)
    );
    HeaderValue::try_from(policy).expect("a policy is plain ASCII")
});

/// How a policy names a script or a style that stands in the page.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// Goes with every answer, whatever its status.
pub(crate) async fn add(mut response: Response) -> Response {
    let headers = response.headers_mut();
    // Every page here is made for one visitor: no cache may keep it for another.
    let mut set =
        |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CACHE_CONTROL, "no-store");
    // What we call a page, no browser takes for a script.
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // No other site learns which page a link of ours was on. Under `no-referrer` a form
    // of our own would come with the origin `null`.
    set(header::REFERRER_POLICY, "same-origin");
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    response
}
