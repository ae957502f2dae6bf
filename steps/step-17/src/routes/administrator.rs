//! What an administrator can do about sessions: end a member's, end everybody's, and shut a
//! member out.

use axum::{Extension, extract::State, response::Redirect};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    error::{Error, brief},
    members::{
        administrator::Administrator,
        devices::{self, Whose},
        door::Door,
        member::Fresh,
        visitor::Visitor,
    },
    pages::{self, message::Message},
    session::{
        flash::{self, Said},
        forms::{Nothing, OwnForm},
    },
    store::accounts::Account,
};

pub(crate) async fn page(
    State(door): State<Door>,
    _: Administrator,
    visitor: Visitor,
    session: Session,
    said: Said,
) -> Result<Markup, Error> {
    let message = flash::take(&session, said).await?;
    let disabled = door.accounts.disabled().await?;
    Ok(pages::administrator::page(&visitor, message.as_ref(), &disabled))
}

/// The member whom a form names.
#[derive(Deserialize)]
pub(crate) struct Whom {
    name: String,
}

pub(crate) async fn end(
    State(door): State<Door>,
    administrator: Administrator,
    _: Fresh,
    Extension(account): Extension<Account>,
    session: Session,
    OwnForm(whom): OwnForm<Whom>,
) -> Result<Redirect, Error> {
    let Whom { name } = whom;
    let by = devices::name_of(&session)?;
    if name == administrator.name {
        devices::end_others(&door, &session, &account, Whose::Own).await?;
    } else if !door.accounts.renew(&by, &name).await? {
        return flash::say(&session, "/administrator", Message::Nobody).await;
    }
    tracing::warn!(
        by = administrator.name,
        member = brief(&name),
        "sessions are ended"
    );
    flash::say(&session, "/administrator", Message::Ended).await
}

pub(crate) async fn end_all(
    State(door): State<Door>,
    administrator: Administrator,
    _: Fresh,
    Extension(account): Extension<Account>,
    session: Session,
    _: OwnForm<Nothing>,
) -> Result<Redirect, Error> {
    devices::end_others(&door, &session, &account, Whose::Everybodys).await?;
    tracing::warn!(by = administrator.name, "all sessions are ended");
    flash::say(&session, "/administrator", Message::Ended).await
}

/// Nobody gets in under this name any more, and whoever is in is out.
pub(crate) async fn disable(
    State(door): State<Door>,
    administrator: Administrator,
    _: Fresh,
    session: Session,
    OwnForm(whom): OwnForm<Whom>,
) -> Result<Redirect, Error> {
    let Whom { name } = whom;
    if name == administrator.name {
        // Who would let the last one in again?
        return flash::say(&session, "/administrator", Message::NotYourself).await;
    }
    let by = devices::name_of(&session)?;
    if !door.accounts.disable(&by, &name).await? {
        return flash::say(&session, "/administrator", Message::Nobody).await;
    }
    tracing::warn!(
        by = administrator.name,
        member = brief(&name),
        "an account is disabled"
    );
    flash::say(&session, "/administrator", Message::Ended).await
}

pub(crate) async fn enable(
    State(door): State<Door>,
    administrator: Administrator,
    _: Fresh,
    session: Session,
    OwnForm(whom): OwnForm<Whom>,
) -> Result<Redirect, Error> {
    let Whom { name } = whom;
    let by = devices::name_of(&session)?;
    if !door.accounts.enable(&by, &name).await? {
        return flash::say(&session, "/administrator", Message::Nobody).await;
    }
    tracing::warn!(
        by = administrator.name,
        member = brief(&name),
        "an account is enabled"
    );
    flash::say(&session, "/administrator", Message::Enabled).await
}
