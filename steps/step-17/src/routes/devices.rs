//! Looking at one's device, and signing out on all others.

use axum::{Extension, extract::State, response::Redirect};
use maud::Markup;
use tower_sessions::Session;

use crate::{
    error::Error,
    members::{
        devices::{self, Whose},
        door::Door,
        member::{Fresh, Member},
        visitor::Visitor,
    },
    pages::{self, message::Message},
    session::{
        flash::{self, Said},
        forms::{Nothing, OwnForm},
    },
    store::accounts::Account,
};

pub(crate) async fn this(
    _: Member,
    visitor: Visitor,
    session: Session,
    said: Said,
) -> Result<Markup, Error> {
    let message = flash::take(&session, said).await?;
    let device = devices::of(&session).await?;
    Ok(pages::devices::page(&visitor, message.as_ref(), device.as_ref()))
}

pub(crate) async fn end_others(
    State(door): State<Door>,
    _: Fresh,
    Extension(account): Extension<Account>,
    session: Session,
    _: OwnForm<Nothing>,
) -> Result<Redirect, Error> {
    devices::end_others(&door, &session, &account, Whose::Own).await?;
    flash::say(&session, "/devices", Message::Ended).await
}
