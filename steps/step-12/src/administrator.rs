//! What an administrator can do about sessions: end a member's, end everybody's, and shut a
//! member out.

use axum::{
    extract::{FromRequestParts, Query, State, rejection::QueryRejection},
    http::request::Parts,
    response::Redirect,
};
use maud::Markup;
use serde::Deserialize;
use std::collections::BTreeMap;
use tower_sessions::Session;

use crate::{
    devices,
    error::Error,
    flash::{self, Flash, Said},
    forms::{Nothing, OwnForm},
    index,
    member::Member,
    page,
    sign_in::Door,
    step_up::Fresh,
    visitor::Visitor,
};

// ANCHOR: administrator
/// A member who is an administrator, as the account says at this moment.
pub(crate) struct Administrator {
    name: String,
}

impl FromRequestParts<Door> for Administrator {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        door: &Door,
    ) -> Result<Self, Error> {
        let Member { name } = Member::from_request_parts(parts, door).await?;
        let account = door.accounts.find(&name).await;
        match account {
            Some(account) if account.is_administrator => Ok(Self { name }),
            // Others need not know that there is such a page.
            _ => Err(Error::NotFound),
        }
    }
}
// ANCHOR_END: administrator

pub(crate) async fn page(
    State(door): State<Door>,
    _: Administrator,
    visitor: Visitor,
    session: Session,
    said: Result<Query<Said>, QueryRejection>,
) -> Result<Markup, Error> {
    let flash = flash::take(&session, said).await?;
    let records = door.sessions.records_of(None).await?;
    let mut members = BTreeMap::<&str, usize>::new();
    for record in &records {
        *members
            .entry(index::member_of(record).unwrap_or_default())
            .or_default() += 1;
    }
    Ok(page::administrator(&visitor, flash.as_ref(), &members))
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
    let ended =
        devices::end_all(&*door.sessions, Some(&name), session.id()).await?;
    tracing::warn!(
        by = administrator.name,
        member = name,
        ended,
        "sessions are ended"
    );
    flash::say(&session, "/administrator", Flash::Ended(ended)).await
}

pub(crate) async fn end_all(
    State(door): State<Door>,
    administrator: Administrator,
    _: Fresh,
    session: Session,
    _: OwnForm<Nothing>,
) -> Result<Redirect, Error> {
    let ended = devices::end_all(&*door.sessions, None, session.id()).await?;
    tracing::warn!(by = administrator.name, ended, "all sessions are ended");
    flash::say(&session, "/administrator", Flash::Ended(ended)).await
}

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
    // In this order: a sign-in between the two would be left over.
    door.accounts.disable(&name).await;
    let ended =
        devices::end_all(&*door.sessions, Some(&name), session.id()).await?;
    tracing::warn!(
        by = administrator.name,
        member = name,
        ended,
        "an account is disabled"
    );
    flash::say(&session, "/administrator", Flash::Ended(ended)).await
}
// ANCHOR_END: disable
