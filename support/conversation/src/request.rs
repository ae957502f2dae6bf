//! A request, as a person at a browser makes it.

use axum::http::Method;

use crate::{jar::Initiator, tokens};

/// What a request with a form says of its body.
pub(crate) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
/// What a request with JSON says of its body.
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

/// A request before a browser has added its cookies.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) from: Initiator,
}

impl Request {
    /// A request with this method and path, without a body, typed into the address bar.
    pub fn new(method: Method, path: &str) -> Self {
        let from = Initiator::SameSite;
        Self { method, path: path.to_owned(), body: String::new(), headers: Vec::new(), from }
    }

    /// Fills in a form. Give the fields in their encoded form: `name=Ada&tea=green`.
    pub fn form(mut self, fields: &str) -> Self {
        self.body = fields.to_owned();
        self.header(FORM.0, FORM.1)
    }

    /// Brings JSON, as a program does.
    pub fn json(mut self, text: &str) -> Self {
        self.body = text.to_owned();
        self.header(JSON.0, JSON.1)
    }

    /// Brings a token (RFC 6750, section 2.1), as a program does that has got one.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &tokens::bearer(token))
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Says who makes the browser send it; the browser's cookies depend on that.
    pub fn from(mut self, from: Initiator) -> Self {
        self.from = from;
        self
    }
}
