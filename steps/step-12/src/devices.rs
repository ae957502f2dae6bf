//! The devices on which a member is signed in: each is a session.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{
        ConnectInfo, FromRequestParts, Query, State, rejection::QueryRejection,
    },
    http::{header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use maud::Markup;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{
    Session,
    session::{Id, Record},
};

use crate::{
    error::Error,
    flash::{self, Flash, Said},
    forms::{Nothing, OwnForm},
    index::Index,
    lifetime,
    member::Member,
    page,
    sign_in::Door,
    sign_out,
    step_up::Fresh,
    visitor::Visitor,
};

const KEY: &str = "device";

/// Nobody is signed in on more devices at a time. The one that signed in first goes.
pub const MOST: usize = 3;

// ANCHOR: client
/// What a request tells of the device that sent it.
pub(crate) struct Client {
    what: String,
    place: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> Result<Self, Infallible> {
        let agent = parts.headers.get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let place = peer.map(|ConnectInfo(peer)| peer.ip().to_string());
        let place = place.unwrap_or("an unknown place".to_owned());
        Ok(Self { what: describe(agent), place })
    }
}
// ANCHOR_END: client

/// A few words for a `User-Agent`, which is whatever the client likes.
fn describe(agent: &str) -> String {
    // Each says that it is the next one too.
    let browsers = ["Edg", "OPR", "Firefox", "Chrome", "Safari", "curl"];
    let systems =
        ["Android", "iPhone", "iPad", "Windows", "Macintosh", "CrOS", "Linux"];
    let first = |names: &[&'static str]| {
        names.iter().copied().find(|name| agent.contains(name))
    };
    let browser = match first(&browsers) {
        Some("Edg") => "Edge",
        Some("OPR") => "Opera",
        other => other.unwrap_or("Some program"),
    };
    match first(&systems) {
        Some(system) => format!("{browser} on {system}"),
        None => browser.to_owned(),
    }
}

// ANCHOR: device
/// What a member's session knows of its device.
#[derive(Serialize, Deserialize)]
pub(crate) struct Device {
    /// What a form calls the session. It opens nothing.
    pub(crate) handle: String,
    pub(crate) what: String,
    pub(crate) place: String,
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
}
// ANCHOR_END: device

/// A device as the list shows it.
pub(crate) struct Row {
    pub(crate) device: Device,
    pub(crate) minutes_ago: i64,
    pub(crate) is_this: bool,
}

fn device_of(record: &Record) -> Option<Device> {
    serde_json::from_value(record.data.get(KEY)?.clone()).ok()
}

// ANCHOR: begin
/// Notes the device, and lets the oldest sessions of the member go if there are too many.
pub(crate) async fn begin(
    sessions: &dyn Index,
    session: &Session,
    member: &str,
    client: Client,
) -> Result<(), Error> {
    let Client { what, place } = client;
    let handle = Id::default().to_string();
    let since = OffsetDateTime::now_utc();
    session.insert(KEY, Device { handle, what, place, since }).await?;
    // It counts from now on: whoever signs in at the same moment must see it.
    session.save().await?;
    let mut records = sessions.records_of(Some(member)).await?;
    records.sort_by_key(|record| device_of(record).map(|device| device.since));
    let too_many = records.len().saturating_sub(MOST);
    for record in records.iter().take(too_many) {
        sessions.delete(&record.id).await?;
        tracing::info!(member, "the oldest session makes room");
    }
    Ok(())
}
// ANCHOR_END: begin

/// Ends the sessions of a member, or of everybody, but for the one that is `kept`.
pub(crate) async fn end_all(
    sessions: &dyn Index,
    member: Option<&str>,
    kept: Option<Id>,
) -> Result<usize, Error> {
    let mut records = sessions.records_of(member).await?;
    records.retain(|record| Some(record.id) != kept);
    for record in &records {
        sessions.delete(&record.id).await?;
    }
    Ok(records.len())
}
// ANCHOR: list
pub(crate) async fn list(
    State(door): State<Door>,
    member: Member,
    visitor: Visitor,
    session: Session,
    said: Result<Query<Said>, QueryRejection>,
) -> Result<Markup, Error> {
    let now = OffsetDateTime::now_utc();
    let flash = flash::take(&session, said).await?;
    let records = door.sessions.records_of(Some(&member.name)).await?;
    let rows = records.iter().filter_map(|record| {
        let is_this = Some(record.id) == session.id();
        let last_use = lifetime::last_use(record).filter(|_| !is_this);
        let minutes_ago = (now - last_use.unwrap_or(now)).whole_minutes();
        Some(Row { device: device_of(record)?, minutes_ago, is_this })
    });
    let mut rows: Vec<Row> = rows.collect();
    rows.sort_by_key(|row| (!row.is_this, row.minutes_ago));
    Ok(page::devices(&visitor, flash.as_ref(), &rows))
}
// ANCHOR_END: list

// ANCHOR: end
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
    // Among the member's own: a handle of somebody else's names nothing.
    let records = door.sessions.records_of(Some(&fresh.name)).await?;
    let named = |record: &&Record| {
        device_of(record).is_some_and(|device| device.handle == which.handle)
    };
    let Some(record) = records.iter().find(named) else {
        return Ok(Redirect::to("/devices").into_response());
    };
    if Some(record.id) == session.id() {
        return sign_out::leave(&session).await;
    }
    door.sessions.delete(&record.id).await?;
    let devices = flash::say(&session, "/devices", Flash::Ended(1)).await?;
    Ok(devices.into_response())
}
// ANCHOR_END: end

pub(crate) async fn end_others(
    State(door): State<Door>,
    fresh: Fresh,
    session: Session,
    _: OwnForm<Nothing>,
) -> Result<Redirect, Error> {
    let name = Some(fresh.name.as_str());
    let ended = end_all(&*door.sessions, name, session.id()).await?;
    flash::say(&session, "/devices", Flash::Ended(ended)).await
}
