//! What an administrator can do about sessions: end a member's, end everybody's, and shut a
//! member out.

use std::collections::BTreeMap;

use axum::{extract::State, response::Redirect};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    error::{Error, brief},
    members::{
        administrator::Administrator, devices, door::Door, member::Fresh,
        visitor::Visitor,
    },
    pages::{self, message::Message},
    session::{
        flash::{self, Said},
        forms::{Nothing, OwnForm},
    },
    store::index,
};

pub(crate) async fn page(
    State(door): State<Door>,
    _: Administrator,
    visitor: Visitor,
    session: Session,
    said: Said,
) -> Result<Markup, Error> {
    let message = flash::take(&session, said).await?;
    let records = door.sessions.records_of(None).await?;
    let mut members = BTreeMap::new();
    for name in records.iter().filter_map(index::member_of) {
        if !members.contains_key(name) {
            members.insert(name, devices::of(&door, name).await?.len());
        }
    }
    members.retain(|_, sessions| *sessions > 0);
    let disabled = door.accounts.disabled().await;
    let message = message.as_ref();
    Ok(pages::administrator::page(&visitor, message, &members, &disabled))
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
    session: Session,
    OwnForm(whom): OwnForm<Whom>,
) -> Result<Redirect, Error> {
    let Whom { name } = whom;
    let turn = door.sessions.turn(session.id()).await?;
    let ended = devices::end_others(&*door.sessions, &turn, Some(&name)).await?;
    tracing::warn!(
        by = administrator.name,
        member = brief(&name),
        ended,
        "sessions are ended"
    );
    flash::say(&session, "/administrator", Message::Ended(ended)).await
}

// ANCHOR: end_all
pub(crate) async fn end_all(
    State(door): State<Door>,
    administrator: Administrator,
    _: Fresh,
    session: Session,
    _: OwnForm<Nothing>,
) -> Result<Redirect, Error> {
    let turn = door.sessions.turn(session.id()).await?;
    let ended = devices::end_others(&*door.sessions, &turn, None).await?;
    tracing::warn!(by = administrator.name, ended, "all sessions are ended");
    flash::say(&session, "/administrator", Message::Ended(ended)).await
}
// ANCHOR_END: end_all

// ANCHOR: disable
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
    let turn = door.sessions.turn(session.id()).await?;
    if !door.accounts.disable(&name).await {
        return flash::say(&session, "/administrator", Message::Nobody).await;
    }
    let ended = devices::end_others(&*door.sessions, &turn, Some(&name)).await?;
    tracing::warn!(
        by = administrator.name,
        member = brief(&name),
        ended,
        "an account is disabled"
    );
    flash::say(&session, "/administrator", Message::Ended(ended)).await
}

pub(crate) async fn enable(
    State(door): State<Door>,
    administrator: Administrator,
    _: Fresh,
    session: Session,
    OwnForm(whom): OwnForm<Whom>,
) -> Result<Redirect, Error> {
    let Whom { name } = whom;
    let _turn = door.sessions.turn(session.id()).await?;
    if !door.accounts.enable(&name).await {
        return flash::say(&session, "/administrator", Message::Nobody).await;
    }
    tracing::warn!(
        by = administrator.name,
        member = brief(&name),
        "an account is enabled"
    );
    flash::say(&session, "/administrator", Message::Enabled).await
}
// ANCHOR_END: disable
