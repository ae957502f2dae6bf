//! What a page says once, about what was done a moment ago.

use std::{collections::BTreeMap, fmt};

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Redirect,
};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::{basket::Tea, error::Error};

const KEY: &str = "flash";

/// More messages wait for nobody: their tabs were closed.
const MOST: usize = 5;

/// Something to say on the next page.
#[derive(Serialize, Deserialize)]
pub(crate) enum Flash {
    Added(Tea),
    TakenOut(Tea),
    SignedIn,
    Confirmed,
    PasswordChanged,
    Ended(usize),
    Ordered,
}

/// What waits to be said, each under its number.
#[derive(Default, Serialize, Deserialize)]
struct Waiting {
    last: u32,
    messages: BTreeMap<u32, Flash>,
}

/// Leads to `path`, which is to say this. The number in the address is for the tab that
/// asked: another one does not take the message away.
pub(crate) async fn say(
    session: &Session,
    path: &str,
    flash: Flash,
) -> Result<Redirect, Error> {
    if session.is_empty().await {
        return Ok(Redirect::to(path));
    }
    let mut waiting: Waiting = session.get(KEY).await?.unwrap_or_default();
    waiting.last = waiting.last.wrapping_add(1);
    waiting.messages.insert(waiting.last, flash);
    if waiting.messages.len() > MOST {
        waiting.messages.pop_first();
    }
    session.insert(KEY, &waiting).await?;
    Ok(Redirect::to(&format!("{path}?said={}", waiting.last)))
}

/// Which message this page is to say.
#[derive(Deserialize)]
pub(crate) struct Said {
    said: Option<u32>,
}

/// Takes the message out: the next look at the same address finds none.
pub(crate) async fn take(
    session: &Session,
    said: Result<Query<Said>, QueryRejection>,
) -> Result<Option<Flash>, Error> {
    let said = said.ok().and_then(|Query(said)| said.said);
    let Some(number) = said else { return Ok(None) };
    let waiting: Option<Waiting> = session.get(KEY).await?;
    let mut waiting = waiting.unwrap_or_default();
    let flash = waiting.messages.remove(&number);
    if flash.is_some() {
        session.insert(KEY, &waiting).await?;
    }
    Ok(flash)
}

impl fmt::Display for Flash {
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
            Self::Ordered => f.write_str("Thank you for your order."),
        }
    }
}
