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
    store::{again, front, sessions},
    watch::metrics::End,
};

pub(crate) async fn page(
    State(door): State<Door>,
    _: Administrator,
    visitor: Visitor,
    session: Session,
    said: Said,
) -> Result<Markup, Error> {
    let message = flash::take(&session, said).await?;
    let entries = door.sessions.entries_of(None).await?;
    let mut members = BTreeMap::new();
    for name in entries.iter().filter_map(|entry| sessions::member_of(&entry.data))
    {
        if !members.contains_key(name) {
            members.insert(name, devices::of(&door, name).await?.len());
        }
    }
    members.retain(|_, sessions| *sessions > 0);
    let disabled = door.accounts.disabled().await?;
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
    let ended = again::act("end", async {
        let ended =
            devices::end_others(&door, &session, Some(&name), End::ByAdministrator)
                .await?;
        tracing::warn!(
            by = administrator.name,
            member = (ended > 0).then(|| brief(&name)),
            ended,
            "sessions are ended"
        );
        Ok(ended)
    });
    flash::say(&session, "/administrator", Message::Ended(ended.await?)).await
}

pub(crate) async fn end_all(
    State(door): State<Door>,
    administrator: Administrator,
    _: Fresh,
    session: Session,
    _: OwnForm<Nothing>,
) -> Result<Redirect, Error> {
    let ended = again::act("end_all", async {
        let ended =
            devices::end_others(&door, &session, None, End::ByAdministrator)
                .await?;
        tracing::warn!(by = administrator.name, ended, "all sessions are ended");
        Ok(ended)
    });
    flash::say(&session, "/administrator", Message::Ended(ended.await?)).await
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
    let ended = again::act("disable", async {
        let ended = door.accounts.disable(&by, &name).await;
        let ended = front::unless_stale(&*door.sessions, &by, ended).await?;
        if let Some(ended) = ended {
            door.metrics.ended(End::AccountDisabled, ended);
            tracing::warn!(
                by = administrator.name,
                member = brief(&name),
                ended,
                "an account is disabled"
            );
        }
        Ok(ended)
    });
    let message = ended.await?.map_or(Message::Nobody, Message::Ended);
    flash::say(&session, "/administrator", message).await
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
    let is_known = again::act("enable", async {
        let is_known = door.accounts.enable(&by, &name).await;
        let is_known = front::unless_stale(&*door.sessions, &by, is_known).await?;
        if is_known {
            tracing::warn!(
                by = administrator.name,
                member = brief(&name),
                "an account is enabled"
            );
        }
        Ok(is_known)
    });
    let message = if is_known.await? { Message::Enabled } else { Message::Nobody };
    flash::say(&session, "/administrator", message).await
}
