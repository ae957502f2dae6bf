//! Giving the password once more.

use axum::{
    Extension,
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    edge::address::Address,
    error::Error,
    members::{
        devices, door::Door, member, next::Next, step_up::Then, visitor::Visitor,
    },
    pages::{self, message::Message},
    session::{flash, forms::OwnForm},
    store::accounts::Account,
};

#[derive(Default, Deserialize)]
pub(crate) struct Purpose {
    #[serde(default)]
    pub(crate) then: Then,
}

pub(crate) async fn form(
    State(door): State<Door>,
    account: Option<Extension<Account>>,
    visitor: Visitor,
    purpose: Result<Query<Purpose>, QueryRejection>,
) -> Result<Markup, Error> {
    let Query(purpose) = purpose.unwrap_or_default();
    let name = visitor.name.as_deref().ok_or_else(|| stranger(purpose.then))?;
    let then = purpose.then;
    let is_elsewhere = account.is_some_and(|account| !account.has_password());
    Ok(match door.elsewhere().filter(|_| is_elsewhere) {
        Some(host) => {
            pages::credentials::confirm_elsewhere(&visitor, name, then, host)
        }
        None => pages::credentials::confirm(&visitor, name, then, None),
    })
}

/// To sign in is to give the password.
fn stranger(then: Then) -> Error {
    Next::from(then.path().to_owned()).not_signed_in()
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
    let Confirmation { password, then } = confirmation;
    let name = visitor.name.as_deref().ok_or_else(|| stranger(then))?;
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
