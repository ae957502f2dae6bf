//! The device on which a member is signed in: a session. Of the others, the store has no list.

use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Id};

use crate::{
    error::Error,
    members::{client::Client, door::Door},
    store::{
        accounts::Account,
        front,
        name::Name,
        sessions::{STAMP, ended},
    },
};

const KEY: &str = "device";

/// What a member's session knows of its device.
#[derive(Serialize, Deserialize)]
pub(crate) struct Device {
    /// What guesses at the password are counted by. It opens nothing.
    pub(crate) handle: String,
    pub(crate) what: String,
    pub(crate) place: String,
}

/// The device of this session, if it is a member's.
pub(crate) async fn of(session: &Session) -> Result<Option<Device>, Error> {
    Ok(session.get(KEY).await?)
}

/// What guesses at the password are counted by in this session, if it is a member's.
pub(crate) async fn handle(session: &Session) -> Result<Option<String>, Error> {
    Ok(of(session).await?.map(|device| device.handle))
}

/// Notes the device.
pub(crate) async fn begin(session: &Session, client: Client) -> Result<(), Error> {
    let Client { what, place } = client;
    // To sign in again makes no other device of it.
    let handle = handle(session).await?;
    let handle = handle.unwrap_or_else(|| Id::default().to_string());
    session.insert(KEY, Device { handle, what, place }).await?;
    Ok(())
}

/// What the store calls this session, which wants something of it. An error if it has
/// ended.
pub(crate) fn name_of(session: &Session) -> Result<Name, Error> {
    let id = session.id().ok_or_else(ended)?;
    Ok(Name::of(&id))
}

/// Whose sessions end.
#[derive(Clone, Copy)]
pub(crate) enum Whose {
    /// The member's own.
    Own,
    Everybodys,
}

// ANCHOR: end_others
/// Ends all these sessions but for this one, which gets the account's new stamp. The others
/// keep an old one, and are nobody's.
pub(crate) async fn end_others(
    door: &Door,
    session: &Session,
    account: &Account,
    whose: Whose,
) -> Result<(), Error> {
    front::rotate(session).await?;
    keep_to(door, session, account, &account.with_stamp(), whose).await
}

/// Changes the account. Of its sessions, only this one gets the new stamp.
pub(crate) async fn keep_to(
    door: &Door,
    session: &Session,
    known: &Account,
    changed: &Account,
    whose: Whose,
) -> Result<(), Error> {
    // This session first: if it has ended meanwhile, nothing is changed. And from here on
    // it is one that the changed account knows.
    session.insert(STAMP, &changed.stamp).await?;
    session.save().await?;
    let by = name_of(session)?;
    let is_changed = match whose {
        Whose::Own => door.accounts.change(&by, known, changed).await?,
        Whose::Everybodys => door.accounts.renew_all(&by, known, changed).await?,
    };
    if !is_changed {
        // Somebody else has changed it meanwhile.
        session.flush().await?;
        return Err(Error::NotSignedIn);
    }
    Ok(())
}
// ANCHOR_END: end_others
