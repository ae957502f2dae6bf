//! People who use the shop, each from a network of their own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use tower::ServiceExt;

/// Somebody at a browser, and what the browser holds.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    from: SocketAddr,
    cookie: String,
    token: String,
}

impl Person {
    /// The one of this number, in a network of that number.
    pub(crate) fn number(number: u32) -> Self {
        const NETWORKS: u32 = u32::from_be_bytes([10, 0, 0, 0]);
        let from = IpAddr::from(Ipv4Addr::from(NETWORKS + number));
        let (cookie, token) = Default::default();
        Self { from: SocketAddr::from((from, 4711)), cookie, token }
    }

    /// Looks at a page.
    pub(crate) async fn get(&mut self, app: &Router, path: &str) -> StatusCode {
        self.send(app, Request::get(path), String::new()).await
    }

    /// Sends a form, with the token of the last page that had one.
    pub(crate) async fn post(
        &mut self,
        app: &Router,
        path: &str,
        fields: &str,
    ) -> StatusCode {
        let form = format!("token={}&{fields}", self.token);
        self.send(app, Request::post(path), form).await
    }

    async fn send(
        &mut self,
        app: &Router,
        request: axum::http::request::Builder,
        form: String,
    ) -> StatusCode {
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &self.cookie)
            .extension(ConnectInfo(self.from))
            .body(Body::from(form))
            .expect("a request");
        let Ok(answer) = app.clone().oneshot(request).await;
        let (head, body) = answer.into_parts();
        if let Some(cookie) = head.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        let page = to_bytes(body, 1 << 20).await.expect("a page").to_vec();
        let page = String::from_utf8(page).expect("text");
        if let Some((_, rest)) = page.split_once(r#"name="token" value=""#) {
            self.token = rest.split('"').next().unwrap_or_default().to_owned();
        }
        head.status
    }
}
