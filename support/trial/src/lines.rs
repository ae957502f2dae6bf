//! Forms whose fields would like to be lines of the log.

use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use tower::ServiceExt;

/// A line of its own, and a command that clears the terminal which shows it.
const LINE: &str =
    "x\n2026-11-27T00:00:00Z  INFO step: signs in member=\"administrator\"\x1b[2J";

/// Sends forms without a cookie: to each of these paths its fields, in which `*` stands for a text
/// with each control character, with what turns a line's direction, and with too many letters.
/// Listen with [`crate::Log`] or [`crate::forbid_in_logs`] meanwhile: they panic at what must not
/// be in a log.
///
/// # Panics
/// If a form is answered with a 5xx status.
pub async fn throw_lines(app: &Router, forms: &[(&str, &str)]) {
    let controls = ('\0'..=' ').chain('\u{7f}'..='\u{a0}').chain(['\u{61c}', '\u{feff}']);
    let texts = controls.chain('\u{2000}'..='\u{206f}').map(|c| format!("tea{c}x"));
    let long = ["a".repeat(10_000), "\u{202e}".repeat(3_000)];
    for text in texts.chain(long).chain([LINE.to_owned()]) {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for (path, fields) in forms {
            let request = Request::post(*path)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(fields.replace('*', &encoded)))
                .expect("a well-formed request");
            let Ok(response) = app.clone().oneshot(request).await;
            assert!(!response.status().is_server_error(), "{path}: {text:?}");
        }
    }
}
