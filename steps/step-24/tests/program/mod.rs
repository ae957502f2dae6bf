//! A member's program, which asks a server and keeps its tokens.

use std::cell::Cell;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use step_24::site::{Site, Tokens};
use time::{Duration, OffsetDateTime};
use tower::ServiceExt;

pub(crate) const PASSWORD: &str = "a cup before noon";

thread_local! {
    /// What the time is at this test's servers. It goes on when the test says so.
    static NOW: Cell<OffsetDateTime> = Cell::new(OffsetDateTime::now_utc());
}

/// What the time is in this test.
pub(crate) fn now() -> OffsetDateTime {
    NOW.get()
}

/// Puts the clock forward by which servers judge access tokens. What a store keeps is aged
/// by the recorder.
pub(crate) fn put_forward(by: Duration) {
    NOW.set(NOW.get() + by);
}

/// Servers whose access tokens live for so long, by the clock of this test.
pub(crate) fn site(lives: Duration) -> Site {
    let tokens = Tokens { lives, now, ..Tokens::default() };
    Site { tokens, ..Site::default() }
}

/// What a server answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The text of this name.
    pub(crate) fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        let value = self.headers.get(name).and_then(|it| it.to_str().ok());
        value.unwrap_or_default()
    }
}

/// Sends a request with these headers.
pub(crate) async fn send(
    app: &Router,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
    let request = request
        .header(header::CONTENT_TYPE, "application/json")
        .body(body)
        .expect("a request");
    let answer = app.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }
}

/// Sends a request with this bearer token.
pub(crate) async fn with(
    app: &Router,
    method: Method,
    path: &str,
    token: &str,
) -> Answer {
    let bearer = format!("Bearer {token}");
    send(app, method, path, &[("authorization", &bearer)], Value::Null).await
}

pub(crate) async fn orders(app: &Router, access: &str) -> Answer {
    with(app, Method::GET, "/api/orders", access).await
}

pub(crate) async fn refresh(app: &Router, refresh: &str) -> Answer {
    with(app, Method::POST, "/api/tokens/refresh", refresh).await
}

/// Has a program sign in, and says what it gets.
pub(crate) async fn sign_in(app: &Router, name: &str, password: &str) -> Answer {
    let body = json!({ "name": name, "password": password });
    let agent = [("user-agent", "tea-cli on Linux")];
    send(app, Method::POST, "/api/tokens", &agent, body).await
}
