//! The devices on which a member is signed in: each is a session.

use serde::{Deserialize, Serialize};
use tower_sessions::{
    Session,
    session::{Id, Record},
};

use crate::{
    error::Error,
    members::{client::Client, door::Door},
    store::{
        index::stamp_of,
        strict::{Sessions, Turn},
    },
};

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
    /// Counted from sign-in to sign-in of the member: a clock may be set back.
    #[serde(default)]
    number: u64,
}

/// The device of the session that this record holds.
pub(crate) fn device_of(record: &Record) -> Option<Device> {
    serde_json::from_value(record.data.get(KEY)?.clone()).ok()
}
// ANCHOR_END: device

/// What a form calls this session, if it is a member's.
pub(crate) async fn handle(session: &Session) -> Result<Option<String>, Error> {
    let device: Option<Device> = session.get(KEY).await?;
    Ok(device.map(|device| device.handle))
}

// ANCHOR: of
/// The records of this member's sessions, and not of those that carry an older stamp: they
/// are nobody's.
pub(crate) async fn of(door: &Door, member: &str) -> Result<Vec<Record>, Error> {
    let mut records = door.sessions.records_of(Some(member)).await?;
    let account = door.accounts.find(member).await;
    records.retain(|record| {
        account.as_ref().is_some_and(|account| account.accepts(stamp_of(record)))
    });
    Ok(records)
}
// ANCHOR_END: of

// ANCHOR: begin
/// Notes the device, and lets the oldest sessions of the member go if there are too many.
pub(crate) async fn begin(
    door: &Door,
    session: &Session,
    member: &str,
    client: Client,
) -> Result<(), Error> {
    let Client { what, place } = client;
    // To sign in again makes no other device of it.
    let handle = handle(session).await?;
    let handle = handle.unwrap_or_else(|| Id::default().to_string());
    let records = of(door, member).await?;
    let number = 1 + records.iter().map(number_of).max().unwrap_or_default();
    session.insert(KEY, Device { handle, what, place, number }).await?;
    // It counts from now on: whoever signs in at the same moment must see it.
    session.save().await?;
    make_room(door, session, member).await
}

async fn make_room(
    door: &Door,
    session: &Session,
    member: &str,
) -> Result<(), Error> {
    let turn = door.sessions.turn(session.id()).await?;
    let mut records = of(door, member).await?;
    if !records.iter().any(|record| record.id == turn.by) {
        // The account is another one than when the password was checked.
        drop(turn);
        session.flush().await?;
        return Err(Error::NotSignedIn);
    }
    records.sort_by_key(|record| (record.id == turn.by, number_of(record)));
    let oldest = &records[..records.len().saturating_sub(MOST)];
    let is_one = |one: &Record| oldest.iter().any(|record| record.id == one.id);
    let ended = door.sessions.end(&turn, Some(member), &is_one).await?;
    if ended > 0 {
        tracing::info!(member, "the oldest session makes room");
    }
    Ok(())
}

fn number_of(record: &Record) -> u64 {
    device_of(record).map_or(0, |device| device.number)
}
// ANCHOR_END: begin

// ANCHOR: end_others
/// Ends the sessions of a member, or of everybody, but for the one whose turn it is.
pub(crate) async fn end_others(
    sessions: &dyn Sessions,
    turn: &Turn,
    member: Option<&str>,
) -> Result<usize, Error> {
    let is_another = |record: &Record| record.id != turn.by;
    Ok(sessions.end(turn, member, &is_another).await?)
}
// ANCHOR_END: end_others
