//! The devices on which a member is signed in: each is a session.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{
    Session,
    session::{Id, Record},
};

use crate::{error::Error, members::client::Client, store::index::Index};

const KEY: &str = "device";

/// Nobody is signed in on more devices at a time. The one that signed in first goes.
pub const MOST: usize = 3;

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

/// The device of the session that this record holds.
pub(crate) fn device_of(record: &Record) -> Option<Device> {
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
