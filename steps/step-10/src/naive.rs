//! Four ways to sign out that look right and are not, for the attacks of this chapter. Leave
//! this file out of a server of yours.

use axum::{
    Router,
    response::Redirect,
    routing::{MethodRouter, post},
};
use tower_sessions::{Session, SessionStore, cookie::Key};

use crate::{
    error::Error,
    members::{
        accounts::Accounts,
        door::Door,
        member::{KEY, Member},
    },
    routes::sign_out,
    shop_with,
};

/// What a naive server does when somebody signs out.
#[derive(Clone, Copy, Debug)]
pub enum Ending {
    /// `delete`, for it deletes the record.
    Delete,
    /// `clear`, for it empties the session.
    Clear,
    /// `remove` of the member's name: nobody is signed in any more.
    Remove,
    /// `flush`, on a store that saves whatever it is given.
    FlushOnly,
}

/// The shop of this chapter with another way to sign out, and without the strict store.
pub fn app<Store: SessionStore + Clone>(
    ending: Ending,
    store: Store,
    key: Key,
    accounts: impl Accounts,
) -> Router {
    let sign_out: MethodRouter<Door> = match ending {
        Ending::Delete => post(delete),
        Ending::Clear => post(clear),
        Ending::Remove => post(remove),
        Ending::FlushOnly => post(sign_out::sign_out),
    };
    shop_with(sign_out, store, key, accounts)
}

// ANCHOR: naive
async fn delete(member: Member, session: Session) -> Result<Redirect, Error> {
    session.delete().await?;
    tracing::info!(member = member.name, "signs out");
    Ok(Redirect::to("/"))
}

async fn clear(session: Session) -> Result<Redirect, Error> {
    session.clear().await;
    Ok(Redirect::to("/"))
}

async fn remove(session: Session) -> Result<Redirect, Error> {
    session.remove_value(KEY).await?;
    Ok(Redirect::to("/"))
}
// ANCHOR_END: naive
