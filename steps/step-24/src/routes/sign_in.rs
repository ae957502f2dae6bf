//! Signing in, and registering.

use axum::{
    Extension,
    extract::{Query, State, rejection::QueryRejection},
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
        client::Client,
        credentials::{Credentials, is_free_name, is_good_password},
        door::Door,
        member,
        next::Next,
        visitor::Visitor,
    },
    moving::{Came, follow},
    pages::{self, message::Message},
    session::{flash, forms::OwnForm},
};

/// Where to go on, as an address says it.
#[derive(Default, Deserialize)]
pub(crate) struct Onward {
    #[serde(default)]
    pub(crate) next: Next,
}

pub(crate) async fn form(
    State(door): State<Door>,
    visitor: Visitor,
    onward: Result<Query<Onward>, QueryRejection>,
) -> Markup {
    let Query(Onward { next }) = onward.unwrap_or_default();
    pages::credentials::sign_in(&visitor, &next, door.elsewhere(), None)
}

pub(crate) async fn sign_in(
    State(door): State<Door>,
    from: Address,
    session: Session,
    visitor: Visitor,
    client: Client,
    came: Option<Extension<Came>>,
    OwnForm(credentials): OwnForm<Credentials>,
) -> Result<Response, Error> {
    let Credentials { name, password, next } = credentials;
    let account = match door.try_password(from, None, &name, password).await? {
        Ok(account) => account,
        Err(refusal) => {
            let (elsewhere, why) = (door.elsewhere(), Some(refusal.why()));
            let page = pages::credentials::sign_in(&visitor, &next, elsewhere, why);
            return Ok(refusal.answer(page));
        }
    };
    // ANCHOR: follow
    member::begin(&door, &session, &account, client).await?;
    follow(came, &session, &account.name).await?;
    // ANCHOR_END: follow
    let next = flash::say(&session, next.path(), Message::SignedIn).await?;
    Ok(next.into_response())
}

pub(crate) async fn new_form(
    visitor: Visitor,
    onward: Result<Query<Onward>, QueryRejection>,
) -> Markup {
    let Query(Onward { next }) = onward.unwrap_or_default();
    pages::credentials::register(&visitor, &next, None)
}

pub(crate) async fn register(
    State(door): State<Door>,
    from: Address,
    session: Session,
    visitor: Visitor,
    client: Client,
    came: Option<Extension<Came>>,
    OwnForm(credentials): OwnForm<Credentials>,
) -> Result<Response, Error> {
    let Credentials { name, password, next } = credentials;
    let page = |why| pages::credentials::register(&visitor, &next, Some(why));
    if !is_free_name(&name) || !is_good_password(&name, &password) {
        let page = page(
            "A name in one alphabet without @, and an uncommon password of 8 to 128 characters.",
        );
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let account = match door.register(from, name, password).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(refusal.answer(page(refusal.why()))),
    };
    member::begin(&door, &session, &account, client).await?;
    follow(came, &session, &account.name).await?;
    let next = flash::say(&session, next.path(), Message::SignedIn).await?;
    Ok(next.into_response())
}
