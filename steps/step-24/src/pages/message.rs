//! What a page can say about what was done a moment ago.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::shop::basket::Tea;

/// Something to say on the next page.
#[derive(Serialize, Deserialize)]
pub(crate) enum Message {
    Added(Tea),
    TakenOut(Tea),
    SignedIn,
    Confirmed,
    PasswordChanged,
    Ended(usize),
    NotYourself,
    Nobody,
    Enabled,
    Ordered,
    NothingToOrder,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(tea) => write!(f, "{tea} is in your basket."),
            Self::TakenOut(tea) => write!(f, "One packet of {tea} is out again."),
            Self::SignedIn => f.write_str("You are signed in."),
            Self::Confirmed => f.write_str("Thank you. Now go on."),
            Self::PasswordChanged => f.write_str(
                "Your password is changed. All other devices are signed out.",
            ),
            Self::Ended(1) => f.write_str("One session is ended."),
            Self::Ended(count) => write!(f, "{count} sessions are ended."),
            Self::NotYourself => f.write_str("Nobody shuts himself out."),
            Self::Nobody => f.write_str("There is no such member."),
            Self::Enabled => f.write_str("The account is open again."),
            Self::Ordered => f.write_str("Thank you for your order."),
            Self::NothingToOrder => f.write_str("There is nothing in your basket."),
        }
    }
}
