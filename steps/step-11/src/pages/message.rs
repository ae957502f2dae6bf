//! What a page can say about what was done a moment ago.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::shop::basket::Tea;

// ANCHOR: message
/// Something to say on the next page.
#[derive(Serialize, Deserialize)]
pub(crate) enum Message {
    Added(Tea),
    TakenOut(Tea),
    SignedIn,
}
// ANCHOR_END: message

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(tea) => write!(f, "{tea} is in your basket."),
            Self::TakenOut(tea) => write!(f, "One packet of {tea} is out again."),
            Self::SignedIn => f.write_str("You are signed in."),
        }
    }
}
