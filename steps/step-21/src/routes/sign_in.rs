//! Signing in, and registering.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    error::Error,
    members::{
        client::Client,
        credentials::{Credentials, is_good_name, is_good_password},
        door::{Door, Refusal},
        member,
        next::Next,
        visitor::Visitor,
    },
    pages::{self, message::Message},
    session::{flash, forms::OwnForm},
};

/// Where to go on, as an address says it.
#[derive(Default, Deserialize)]
pub(crate) struct Onward {
    #[serde(default)]
    next: Next,
}

pub(crate) async fn form(
    visitor: Visitor,
    onward: Result<Query<Onward>, QueryRejection>,
) -> Markup {
    let Query(Onward { next }) = onward.unwrap_or_default();
    pages::credentials::form(&visitor, "Sign in", "/sign-in", &next, None)
}

pub(crate) async fn sign_in(
    State(door): State<Door>,
    session: Session,
    visitor: Visitor,
    client: Client,
    OwnForm(credentials): OwnForm<Credentials>,
) -> Result<Response, Error> {
    let Credentials { name, password, next } = credentials;
    let account = match door.try_password(None, &name, password).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(refuse(&visitor, &next, refusal)),
    };
    member::begin(&door, &session, &account, client).await?;
    let next = flash::say(&session, next.path(), Message::SignedIn).await?;
    Ok(next.into_response())
}

fn refuse(visitor: &Visitor, next: &Next, refusal: Refusal) -> Response {
    let (title, why) = ("Sign in", Some(refusal.why()));
    let page = pages::credentials::form(visitor, title, "/sign-in", next, why);
    refusal.answer(page)
}

pub(crate) async fn new_form(
    visitor: Visitor,
    onward: Result<Query<Onward>, QueryRejection>,
) -> Markup {
    let Query(Onward { next }) = onward.unwrap_or_default();
    pages::credentials::form(&visitor, "Register", "/register", &next, None)
}

pub(crate) async fn register(
    State(door): State<Door>,
    session: Session,
    visitor: Visitor,
    client: Client,
    OwnForm(credentials): OwnForm<Credentials>,
) -> Result<Response, Error> {
    let Credentials { name, password, next } = credentials;
    let page = |why| {
        let (title, why) = ("Register", Some(why));
        pages::credentials::form(&visitor, title, "/register", &next, why)
    };
    if !is_good_name(&name) || !is_good_password(&name, &password) {
        let page = page(
            "A name in one alphabet, and an uncommon password of 8 to 128 characters.",
        );
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let account = match door.register(name, password).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(refusal.answer(page(refusal.why()))),
    };
    member::begin(&door, &session, &account, client).await?;
    let next = flash::say(&session, next.path(), Message::SignedIn).await?;
    Ok(next.into_response())
}
