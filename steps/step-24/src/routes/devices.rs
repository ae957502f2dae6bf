//! Looking at one's devices, and ending what one does not know.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::Markup;
use serde::Deserialize;
use time::OffsetDateTime;
use tower_sessions::Session;

use crate::{
    error::Error,
    members::{
        devices,
        door::Door,
        member::{Fresh, Member},
        visitor::Visitor,
    },
    pages::{self, devices::Row, message::Message},
    routes::sign_out,
    session::{
        flash::{self, Said},
        forms::{Nothing, OwnForm},
        lifetime,
    },
    store::{again, name::Name, sessions::Entry},
    watch::metrics::End,
};

pub(crate) async fn list(
    State(door): State<Door>,
    member: Member,
    visitor: Visitor,
    session: Session,
    said: Said,
) -> Result<Markup, Error> {
    let now = OffsetDateTime::now_utc();
    let this = session.id().map(|id| Name::of(&id));
    let message = flash::take(&session, said).await?;
    let entries = devices::of(&door, &member.name).await?;
    let rows = entries.iter().filter_map(|entry| {
        let is_this = Some(entry.name) == this;
        let last_use = lifetime::last_use(&entry.data).filter(|_| !is_this);
        let minutes_ago = (now - last_use.unwrap_or(now)).whole_minutes();
        Some(Row { device: devices::device_of(&entry.data)?, minutes_ago, is_this })
    });
    let mut rows: Vec<Row> = rows.collect();
    rows.sort_by_key(|row| (!row.is_this, row.minutes_ago));
    Ok(pages::devices::page(&visitor, message.as_ref(), &rows))
}

/// The session that a form names.
#[derive(Deserialize)]
pub(crate) struct Which {
    handle: String,
}

pub(crate) async fn end(
    State(door): State<Door>,
    fresh: Fresh,
    session: Session,
    OwnForm(which): OwnForm<Which>,
) -> Result<Response, Error> {
    let is_named = |entry: &Entry| {
        devices::device_of(&entry.data)
            .is_some_and(|device| device.handle == which.handle)
    };
    if devices::handle(&session).await?.as_ref() == Some(&which.handle) {
        return sign_out::leave(&session).await;
    }
    // Among the member's own: a handle of somebody else's names nothing.
    let name = Some(fresh.name.as_str());
    let ended =
        devices::end_those(&door, &session, name, End::FromAnotherDevice, is_named);
    let ended = again::act("end", ended).await?;
    let next = flash::say(&session, "/devices", Message::Ended(ended)).await?;
    Ok(next.into_response())
}

pub(crate) async fn end_others(
    State(door): State<Door>,
    fresh: Fresh,
    session: Session,
    _: OwnForm<Nothing>,
) -> Result<Redirect, Error> {
    let name = Some(fresh.name.as_str());
    let ended = devices::end_others(&door, &session, name, End::FromAnotherDevice);
    let ended = again::act("end_others", ended).await?;
    flash::say(&session, "/devices", Message::Ended(ended)).await
}
