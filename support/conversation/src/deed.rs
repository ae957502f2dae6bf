//! A deed: one thing that is done in a conversation.

use time::Duration;

use crate::request::Request;

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
    Steal { from: String, to: String },
    Share { from: String, with: String },
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
