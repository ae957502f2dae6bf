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
        credentials::is_good_password, devices, door::Door, member::Member,
        password, step_up, visitor::Visitor,
    },
    pages::{self, message::Message},
    session::{
        flash,
        forms::{self, OwnForm},
    },
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
    if let Err(refusal) = door.try_password(&member.name, password).await? {
        return refused(refusal.status(), refusal.why());
    }
    let hash = password::hash(new).await?;
    door.accounts.set_password(&member.name, hash).await;
    let name = Some(member.name.as_str());
    let ended = devices::end_all(&*door.sessions, name, session.id()).await?;
    tracing::info!(member = member.name, ended, "the password is changed");
    session.cycle_id().await?;
    forms::renew_token(&session).await?;
    step_up::note(&session).await?;
    let next = flash::say(&session, "/member", Message::PasswordChanged).await?;
    Ok(next.into_response())
}
// ANCHOR_END: change
