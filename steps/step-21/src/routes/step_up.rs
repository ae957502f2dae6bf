//! Giving the password once more.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    edge::address::Address,
    error::Error,
    members::{devices, door::Door, member, step_up::Then, visitor::Visitor},
    pages::{self, message::Message},
    session::{flash, forms::OwnForm},
};

#[derive(Default, Deserialize)]
pub(crate) struct Purpose {
    #[serde(default)]
    then: Then,
}

pub(crate) async fn form(
    visitor: Visitor,
    purpose: Result<Query<Purpose>, QueryRejection>,
) -> Result<Markup, Error> {
    let name = visitor.name.as_deref().ok_or(Error::NotSignedIn)?;
    let Query(purpose) = purpose.unwrap_or_default();
    Ok(pages::credentials::confirm(&visitor, name, purpose.then, None))
}

#[derive(Deserialize)]
pub(crate) struct Confirmation {
    password: String,
    #[serde(default)]
    then: Then,
}

pub(crate) async fn confirm(
    State(door): State<Door>,
    from: Address,
    session: Session,
    visitor: Visitor,
    OwnForm(confirmation): OwnForm<Confirmation>,
) -> Result<Response, Error> {
    let name = visitor.name.as_deref().ok_or(Error::NotSignedIn)?;
    let Confirmation { password, then } = confirmation;
    let handle = devices::handle(&session).await?;
    let tried = door.try_password(from, handle.as_deref(), name, password).await?;
    let account = match tried {
        Ok(account) => account,
        Err(refusal) => {
            let why = Some(refusal.why());
            let page = pages::credentials::confirm(&visitor, name, then, why);
            return Ok(refusal.answer(page));
        }
    };
    member::confirm(&session, &account).await?;
    let next = flash::say(&session, then.path(), Message::Confirmed).await?;
    Ok(next.into_response())
}
