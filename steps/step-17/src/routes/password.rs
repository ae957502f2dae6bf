//! Another password.

use axum::{
    Extension,
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
        devices::{self, Whose},
        door::Door,
        member::{self, Member},
        password,
        visitor::Visitor,
    },
    pages::{self, message::Message},
    session::{flash, forms::OwnForm},
    store::accounts::Account,
};

#[derive(Deserialize)]
pub(crate) struct Passwords {
    password: String,
    new: String,
}

pub(crate) async fn form(_: Member, visitor: Visitor) -> Markup {
    pages::credentials::change(&visitor, None)
}

/// The old password is asked for in the same form, and every other session ends: whoever
/// knew the old one may have one.
pub(crate) async fn change(
    State(door): State<Door>,
    member: Member,
    // As it was when it knew this session: what has changed since, is not changed again.
    Extension(account): Extension<Account>,
    session: Session,
    visitor: Visitor,
    OwnForm(passwords): OwnForm<Passwords>,
) -> Result<Response, Error> {
    let page = |why| pages::credentials::change(&visitor, Some(why));
    let Passwords { password, new } = passwords;
    if !is_good_password(&member.name, &new) {
        let page = page(
            "A password has 8 to 128 characters, and is none of the commonest.",
        );
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let (handle, name) = (devices::handle(&session).await?, &member.name);
    let tried = door.try_password(handle.as_deref(), name, password).await?;
    if let Err(refusal) = tried {
        return Ok(refusal.answer(page(refusal.why())));
    }
    let hash = password::hash(&password::MEMBERS, new).await?;
    let changed = account.with_password(hash);
    member::confirm(&session).await?;
    devices::keep_to(&door, &session, &account, &changed, Whose::Own).await?;
    tracing::info!(member = member.name, "the password is changed");
    let next = flash::say(&session, "/member", Message::PasswordChanged).await?;
    Ok(next.into_response())
}
