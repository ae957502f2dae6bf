//! What a page says once.

use std::{collections::BTreeMap, convert::Infallible};

use axum::{
    extract::{FromRequestParts, Query},
    http::{Method, request::Parts},
    response::Redirect,
};
use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned};
use tower_sessions::Session;

use crate::error::Error;

const KEY: &str = "flash";

/// More messages wait for nobody: their tabs were closed.
const MOST: usize = 5;

/// What waits to be said, each under its number.
#[derive(Deserialize)]
struct Waiting<Message> {
    last: u32,
    messages: BTreeMap<u32, Message>,
}

/// As an array, like the lifetime.
impl<Message: Serialize> Serialize for Waiting<Message> {
    fn serialize<To: Serializer>(&self, to: To) -> Result<To::Ok, To::Error> {
        (self.last, &self.messages).serialize(to)
    }
}

/// Leads to `path`, which is to say this. The number in the address is for the tab that
/// asked: another one does not take the message away.
pub(crate) async fn say<Message: Serialize + DeserializeOwned>(
    session: &Session,
    path: &str,
    message: Message,
) -> Result<Redirect, Error> {
    if session.is_empty().await {
        return Ok(Redirect::to(path));
    }
    let waiting: Option<Waiting<Message>> = session.get(KEY).await?;
    let nothing = Waiting { last: 0, messages: BTreeMap::new() };
    let mut waiting = waiting.unwrap_or(nothing);
    waiting.last = waiting.last.wrapping_add(1);
    waiting.messages.insert(waiting.last, message);
    if waiting.messages.len() > MOST {
        waiting.messages.pop_first();
    }
    session.insert(KEY, &waiting).await?;
    let mark = if path.contains('?') { '&' } else { '?' };
    Ok(Redirect::to(&format!("{path}{mark}said={}", waiting.last)))
}

/// Which message this page is to say. HEAD asks for no page, and so for none.
#[derive(Default, Deserialize)]
pub(crate) struct Said {
    said: Option<u32>,
}

impl<State: Send + Sync> FromRequestParts<State> for Said {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &State,
    ) -> Result<Self, Infallible> {
        let query = Query::try_from_uri(&parts.uri);
        let said = query.map(|Query(said)| said).unwrap_or_default();
        Ok(if parts.method == Method::HEAD { Self::default() } else { said })
    }
}

/// Takes the message out: the next look at the same address finds none.
pub(crate) async fn take<Message: Serialize + DeserializeOwned>(
    session: &Session,
    Said { said }: Said,
) -> Result<Option<Message>, Error> {
    let Some(number) = said else { return Ok(None) };
    let waiting: Option<Waiting<Message>> = session.get(KEY).await?;
    let Some(mut waiting) = waiting else { return Ok(None) };
    let message = waiting.messages.remove(&number);
    if message.is_some() {
        session.insert(KEY, &waiting).await?;
    }
    Ok(message)
}
