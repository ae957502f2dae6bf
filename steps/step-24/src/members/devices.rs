//! The devices on which a member is signed in: each is a session.

use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Id};

use crate::{
    error::Error,
    members::{client::Client, door::Door, next::Next},
    session::lifetime,
    store::{
        front,
        name::Name,
        sessions::{Data, Entry, ended, stamp_of},
    },
    watch::metrics::End,
};

const KEY: &str = "device";

/// Nobody is signed in on more devices at a time. The one that signed in first goes.
pub const MOST: usize = 3;

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

/// The device of the session that holds this.
pub(crate) fn device_of(data: &Data) -> Option<Device> {
    serde_json::from_value(data.get(KEY)?.clone()).ok()
}

/// What a form calls this session, if it is a member's.
pub(crate) async fn handle(session: &Session) -> Result<Option<String>, Error> {
    let device: Option<Device> = session.get(KEY).await?;
    Ok(device.map(|device| device.handle))
}

/// This member's sessions, and not those that carry an older stamp: they are nobody's.
pub(crate) async fn of(door: &Door, member: &str) -> Result<Vec<Entry>, Error> {
    let mut entries = door.sessions.entries_of(Some(member)).await?;
    let account = door.accounts.find(member).await?;
    entries.retain(|entry| {
        let stamp = stamp_of(&entry.data);
        account.as_ref().is_some_and(|account| account.accepts(stamp))
    });
    Ok(entries)
}

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
    let entries = of(door, member).await?;
    let number = 1 + entries.iter().map(number_of).max().unwrap_or_default();
    session.insert(KEY, Device { handle, what, place, number }).await?;
    // It counts from now on: whoever signs in at the same moment must see it.
    lifetime::save(session).await?;
    make_room(door, session, member).await
}

async fn make_room(
    door: &Door,
    session: &Session,
    member: &str,
) -> Result<(), Error> {
    let this = name_of(session)?;
    let mut entries = of(door, member).await?;
    let is_theirs = entries.iter().any(|entry| entry.name == this);
    let too_many = if is_theirs { entries.len().saturating_sub(MOST) } else { 0 };
    entries.sort_by_key(|entry| (entry.name == this, number_of(entry)));
    let oldest: Vec<Name> =
        entries[..too_many].iter().map(|entry| entry.name).collect();
    let ended = door.sessions.end_by(&this, &oldest).await?;
    if !is_theirs {
        // The account is another one than when the password was checked.
        front::end(session, End::AccountChanged).await?;
        return Err(Next::default().not_signed_in());
    }
    door.metrics.ended(End::MadeRoom, ended);
    if ended > 0 {
        tracing::info!(member, "the oldest session makes room");
    }
    Ok(())
}

fn number_of(entry: &Entry) -> u64 {
    device_of(&entry.data).map_or(0, |device| device.number)
}

/// What the store calls this session, which wants something of it. An error if it has
/// ended.
pub(crate) fn name_of(session: &Session) -> Result<Name, Error> {
    let id = session.id().ok_or_else(ended)?;
    Ok(Name::of(&id))
}

/// A session may get another name, and use it, between a list and the end of what is on it.
/// So the list is looked at again until nobody is on it, and so often at most.
const LISTS: usize = 5;

/// Ends those sessions of a member, or of everybody, that `which` picks, but for this one.
pub(crate) async fn end_those(
    door: &Door,
    session: &Session,
    member: Option<&str>,
    why: End,
    which: impl Fn(&Entry) -> bool,
) -> Result<usize, Error> {
    let this = name_of(session)?;
    let mut ended = 0;
    for _ in 0..LISTS {
        let mut entries = door.sessions.entries_of(member).await?;
        entries.retain(|entry| entry.name != this && which(entry));
        let names: Vec<Name> = entries.iter().map(|entry| entry.name).collect();
        ended += door.sessions.end_by(&this, &names).await?;
        if names.is_empty() {
            break;
        }
    }
    door.metrics.ended(why, ended);
    Ok(ended)
}

/// Ends the sessions of a member, or of everybody, but for this one.
pub(crate) async fn end_others(
    door: &Door,
    session: &Session,
    member: Option<&str>,
    why: End,
) -> Result<usize, Error> {
    end_those(door, session, member, why, |_| true).await
}
