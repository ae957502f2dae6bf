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
    edge::address::Address,
    error::Error,
    members::{
        credentials::is_good_password,
        devices,
        door::Door,
        member::{self, Member},
        next::Next,
        password,
        visitor::Visitor,
    },
    pages::{self, message::Message},
    session::{flash, forms::OwnForm, lifetime},
    store::{again, front},
    watch::metrics::End,
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
    from: Address,
    member: Member,
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
    let tried = door.try_password(from, handle.as_deref(), name, password).await?;
    let account = match tried {
        Ok(account) => account,
        Err(refusal) => return Ok(refusal.answer(page(refusal.why()))),
    };
    let hash = password::hash(&door.members, new);
    let hash = again::once("hash", hash).await?;
    let changed = account.with_password(hash);
    // This session first: if it has ended meanwhile, nothing is changed. And from here on
    // it is one that the changed account knows.
    member::confirm(&session, &changed).await?;
    lifetime::save(&session).await?;
    let by = devices::name_of(&session)?;
    let ended = door.accounts.set_password(&by, &account, &changed).await?;
    let Some(ended) = ended else {
        // Somebody has changed it meanwhile, or disabled the account.
        front::end(&session, End::AccountChanged).await?;
        return Err(Next::default().not_signed_in());
    };
    tracing::info!(member = member.name, ended, "the password is changed");
    door.metrics.ended(End::PasswordChanged, ended);
    let next = flash::say(&session, "/member", Message::PasswordChanged).await?;
    Ok(next.into_response())
}
