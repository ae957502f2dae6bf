//! What every answer tells a browser besides its page.

use std::sync::{Arc, LazyLock};

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use time::Duration;

use crate::{
    edge::{
        provider::Provider,
        site::{Origin, Site},
    },
    pages::layout::{AGAIN, STYLE},
};

/// What a browser may do with a page of this shop: run the one script and take the one
/// style that our pages have, send its forms to us, and show it in nobody's frame.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy("'self'"));

fn policy(form_action: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; \
         form-action {form_action}; base-uri 'none'; frame-ancestors 'none'",
        hash(AGAIN),
        hash(STYLE)
    );
    HeaderValue::try_from(policy).expect("a policy is plain ASCII")
}

/// The same where a form leads on to a provider: Chromium holds that against the policy of
/// the page with the form.
fn policy_with(provider: &dyn Provider) -> HeaderValue {
    policy(&format!("'self' {}", provider.agreed().issuer))
}

/// How a policy names a script or a style that stands in the page.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// From now on for 365 days, a browser asks this name over https and not otherwise, and
/// shows no page if the certificate is wrong. So long, because whoever comes back later is
/// as unprotected as at the first visit. Nothing is said of names below this one, such as a
/// printer's: whether they have https is not ours to know.
static ONLY_HTTPS: LazyLock<HeaderValue> = LazyLock::new(|| {
    let seconds = Duration::days(365).whole_seconds();
    HeaderValue::try_from(format!("max-age={seconds}")).expect("it is plain ASCII")
});

/// Goes with every answer, whatever its status.
pub(crate) async fn add(
    State(site): State<Arc<Site>>,
    mut response: Response,
) -> Response {
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
    let policy = site.provider.as_deref().map(policy_with);
    let policy = policy.unwrap_or_else(|| POLICY.clone());
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    if site.origin.as_ref().is_some_and(Origin::is_https) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ONLY_HTTPS.clone());
    }
    response
}
