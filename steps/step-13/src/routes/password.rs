//! Another password.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    error::Error,
    members::{
        credentials::is_good_password,
        devices,
        door::{Door, Refusal},
        member::{self, Member},
        password,
        visitor::Visitor,
    },
    pages::{self, message::Message},
    session::{flash, forms::OwnForm},
};

#[derive(Deserialize)]
pub(crate) struct Passwords {
    password: String,
    new: String,
}

pub(crate) async fn form(_: Member, visitor: Visitor) -> Markup {
    pages::credentials::change(&visitor, None)
}

// ANCHOR: change
/// The old password is asked for in the same form, and every other session ends: whoever
/// knew the old one may have one.
pub(crate) async fn change(
    State(door): State<Door>,
    member: Member,
    session: Session,
    visitor: Visitor,
    OwnForm(passwords): OwnForm<Passwords>,
) -> Result<Response, Error> {
    let refused = |status: StatusCode, why| {
        let page = pages::credentials::change(&visitor, Some(why));
        Ok((status, page).into_response())
    };
    let Passwords { password, new } = passwords;
    if !is_good_password(&new) {
        let why = "A password has 8 to 128 bytes.";
        return refused(StatusCode::UNPROCESSABLE_ENTITY, why);
    }
    let account = match door.try_password(&member.name, password).await? {
        Ok(account) => account,
        Err(refusal) => return refused(refusal.status(), refusal.why()),
    };
    let hash = password::hash(new).await?;
    let Some(account) = door.accounts.set_password(&account, hash).await else {
        // Somebody has changed it meanwhile, or disabled the account.
        return refused(Refusal::Wrong.status(), Refusal::Wrong.why());
    };
    let name = Some(member.name.as_str());
    let ended = devices::end_all(&*door.sessions, name, session.id()).await?;
    tracing::info!(member = member.name, ended, "the password is changed");
    member::confirm(&session, &account).await?;
    let next = flash::say(&session, "/member", Message::PasswordChanged).await?;
    Ok(next.into_response())
}
// ANCHOR_END: change
