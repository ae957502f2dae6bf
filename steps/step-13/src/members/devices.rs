//! The devices on which a member is signed in: each is a session.

use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Id};

use crate::{
    error::Error,
    members::client::Client,
    store::{
        name::Name,
        sessions::{Data, Entry, Sessions},
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
// ANCHOR_END: device

/// The device of the session that holds this.
pub(crate) fn device_of(data: &Data) -> Option<Device> {
    serde_json::from_value(data.get(KEY)?.clone()).ok()
}

/// What a form calls this session, if it is a member's.
pub(crate) async fn handle(session: &Session) -> Result<Option<String>, Error> {
    let device: Option<Device> = session.get(KEY).await?;
    Ok(device.map(|device| device.handle))
}

// ANCHOR: begin
/// Notes the device, and lets the oldest sessions of the member go if there are too many.
pub(crate) async fn begin(
    sessions: &dyn Sessions,
    session: &Session,
    member: &str,
    client: Client,
) -> Result<(), Error> {
    let Client { what, place } = client;
    // To sign in again makes no other device of it.
    let handle = handle(session).await?;
    let handle = handle.unwrap_or_else(|| Id::default().to_string());
    let entries = sessions.entries_of(Some(member)).await?;
    let number = 1 + entries.iter().map(number_of).max().unwrap_or_default();
    session.insert(KEY, Device { handle, what, place, number }).await?;
    // It counts from now on: whoever signs in at the same moment must see it.
    session.save().await?;
    let mut entries = sessions.entries_of(Some(member)).await?;
    entries.sort_by_key(number_of);
    let too_many = entries.len().saturating_sub(MOST);
    for entry in entries.iter().take(too_many) {
        sessions.end(&entry.name).await?;
        tracing::info!(member, "the oldest session makes room");
    }
    Ok(())
}

fn number_of(entry: &Entry) -> u64 {
    device_of(&entry.data).map_or(0, |device| device.number)
}
// ANCHOR_END: begin

// ANCHOR: end
/// Picks sessions by what a store says of them.
pub(crate) type Which<'a> = &'a (dyn Fn(&Entry) -> bool + Send + Sync);

/// Ends those sessions of a member, or of everybody, that `which` picks, and returns how
/// many there were. It looks until there is none: one of them may get another name between
/// look and end.
pub(crate) async fn end(
    sessions: &dyn Sessions,
    member: Option<&str>,
    which: Which<'_>,
) -> Result<usize, Error> {
    let mut ended = 0;
    loop {
        let before = ended;
        for entry in sessions.entries_of(member).await? {
            if which(&entry) && sessions.end(&entry.name).await? {
                ended += 1;
            }
        }
        if ended == before {
            return Ok(ended);
        }
    }
}
// ANCHOR_END: end

/// Ends the sessions of a member, or of everybody, but for the one that is `kept`.
pub(crate) async fn end_all(
    sessions: &dyn Sessions,
    member: Option<&str>,
    kept: Option<Id>,
) -> Result<usize, Error> {
    let kept = kept.map(|id| Name::of(&id));
    let is_another = |entry: &Entry| Some(entry.name) != kept;
    end(sessions, member, &is_another).await
}
