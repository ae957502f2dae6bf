//! A request, as a person at a browser makes it.

use axum::http::Method;

use crate::jar::Initiator;

/// A request before the browser has added its cookies.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) form: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) from: Initiator,
}

impl Request {
    /// A request with this method and path, without a body, typed into the address bar.
    pub fn new(method: Method, path: &str) -> Self {
        let from = Initiator::SameSite;
        Self { method, path: path.to_owned(), form: String::new(), headers: Vec::new(), from }
    }

    /// Fills in a form. Give the fields in their encoded form: `name=Ada&tea=green`.
    pub fn form(mut self, fields: &str) -> Self {
        self.form = fields.to_owned();
        self.header("content-type", "application/x-www-form-urlencoded")
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
