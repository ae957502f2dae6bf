//! Where somebody goes on who has signed in.

use axum::http::{request::Parts, uri::PathAndQuery};
use serde::{Deserialize, Serialize};

use crate::{error::Error, members::step_up::Then};

/// No address of ours is longer, in bytes.
const LONGEST: usize = 512;

/// An address of this server, and of no other one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(crate) struct Next(PathAndQuery);

impl From<String> for Next {
    fn from(text: String) -> Self {
        ours(&text).map(Self).unwrap_or_default()
    }
}

/// What a browser takes for an address of the server that it is at. To a browser, `//` and
/// `/\` begin the name of another server, and a tab is nothing at all.
fn ours(text: &str) -> Option<PathAndQuery> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let is_ours = text.len() <= LONGEST
        && text.bytes().all(is_plain)
        && text.starts_with('/')
        && !text.starts_with("//");
    if is_ours { text.parse().ok() } else { None }
}

impl Default for Next {
    fn default() -> Self {
        Self(PathAndQuery::from_static("/member"))
    }
}

impl From<Next> for String {
    fn from(next: Next) -> Self {
        next.0.as_str().to_owned()
    }
}

impl Next {
    /// What was asked for. A form cannot be sent again: it leads to its page.
    pub(crate) fn asked_for(parts: &Parts) -> Self {
        if !parts.method.is_safe() {
            return Then::after(parts.uri.path()).path().to_owned().into();
        }
        let asked = parts.uri.path_and_query().map(PathAndQuery::as_str);
        asked.unwrap_or_default().to_owned().into()
    }

    pub(crate) fn path(&self) -> &str {
        self.0.as_str()
    }

    /// The address of a page that leads on to this one.
    pub(crate) fn by_way_of(&self, page: &str) -> String {
        if *self == Self::default() {
            return page.to_owned();
        }
        let next = serde_urlencoded::to_string([("next", self.path())]);
        format!("{page}?{}", next.unwrap_or_default())
    }

    /// What keeps a stranger from this page.
    pub(crate) fn not_signed_in(&self) -> Error {
        Error::NotSignedIn(self.by_way_of("/sign-in"))
    }
}
