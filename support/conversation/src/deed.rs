//! A deed: one thing that is done in a conversation.

use std::fmt;

use time::Duration;

use crate::request::Request;

/// What somebody carries from visit to visit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Carried {
    /// What a browser's jar holds.
    Cookies,
    /// What a program keeps.
    Tokens,
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cookies => "cookies",
            Self::Tokens => "tokens",
        })
    }
}

/// Something done to a conversation. Its `Display` is its line in a script.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Deed {
    Send { who: String, request: Request },
    Begin { who: String, verb: &'static str, request: Request },
    Finish(String),
    Pass(Duration),
    Restart,
    Naive(String),
    Join,
    Choose(usize),
    Change { server: usize, what: String },
    Attack(String),
    Steal { from: String, to: String, what: Carried },
    Share { from: String, with: String, what: Carried },
    Forge { who: String, cookie: String },
    Give { who: String, cookie: String },
    Delete { who: String, name: String },
    Close(String),
    Say(String),
    Aside,
    SoFar(String),
    Plant { data: String, lives: Duration },
    Fail(String),
    Recover,
}
