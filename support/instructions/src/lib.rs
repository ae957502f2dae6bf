//! Somebody at a browser, for servers of several steps.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, header},
    response::Response,
};
use tower::ServiceExt;

/// A browser that keeps the session's cookie, and sends the token of the page that it has seen.
#[derive(Debug, Default)]
pub struct Visitor {
    cookie: String,
    token: String,
}

impl Visitor {
    /// A request as the browser would send it, with a form's fields.
    pub fn request(&self, method: Method, path: &str, fields: &str) -> Request<Body> {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &self.cookie)
            .body(Body::from(format!("token={}&{fields}", self.token)))
            .expect("a request")
    }

    /// Looks at a page.
    ///
    /// # Errors
    /// The status of an answer that is an error.
    pub async fn look(&mut self, app: &Router, path: &str) -> Result<String, String> {
        let Ok(answer) = app.clone().oneshot(self.request(Method::GET, path, "")).await;
        self.take(answer).await.map(|(page, _)| page)
    }

    /// Takes what an answer brings, and looks at the page that it leads to, if it does.
    ///
    /// # Errors
    /// The status of an answer that is an error.
    pub async fn follow(&mut self, app: &Router, answer: Response) -> Result<String, String> {
        match self.take(answer).await? {
            (_, Some(path)) => self.look(app, &path).await,
            (page, None) => Ok(page),
        }
    }

    /// The page, and where the answer leads to.
    async fn take(&mut self, answer: Response) -> Result<(String, Option<String>), String> {
        let (head, body) = answer.into_parts();
        if head.status.is_client_error() || head.status.is_server_error() {
            return Err(head.status.to_string());
        }
        let text = |name| head.headers.get(name)?.to_str().ok();
        if let Some(cookie) = text(header::SET_COOKIE) {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        let page = to_bytes(body, 1 << 20).await.map_err(|why| why.to_string())?;
        let page = String::from_utf8_lossy(&page).into_owned();
        if let Some((_, rest)) = page.split_once(r#"name="token" value=""#) {
            self.token = rest.split('"').next().unwrap_or_default().to_owned();
        }
        Ok((page, text(header::LOCATION).map(str::to_owned)))
    }
}
