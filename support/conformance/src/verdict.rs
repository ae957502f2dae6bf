//! What comes out when a rule is played.

use std::fmt::{self, Display, Formatter};

use tower_sessions::session_store::Error;

/// Whether a store keeps a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It does.
    Holds,
    /// It does not; this happened instead.
    Instead(String),
    /// It cannot be asked for what the rule is about.
    HasNone,
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds => f.write_str("holds"),
            Self::Instead(what) => write!(f, "**{what}**"),
            Self::HasNone => f.write_str("has none"),
        }
    }
}

/// How a rule ends, so that the first thing that goes wrong ends it.
pub(crate) type Played = Result<(), Verdict>;

impl From<Error> for Verdict {
    fn from(why: Error) -> Self {
        Self::Instead(format!("refused: {why}"))
    }
}

/// Goes on only if `holds`; else `instead` says what happened.
pub(crate) fn expect(holds: bool, instead: &str) -> Played {
    if holds { Ok(()) } else { Err(Verdict::Instead(instead.to_owned())) }
}
