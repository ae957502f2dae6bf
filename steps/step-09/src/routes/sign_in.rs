//! Signing in, and registering.

use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::Markup;
use tower_sessions::Session;

use crate::{
    error::Error,
    members::{
        accounts::Account,
        credentials::{Credentials, is_good_name, is_good_password},
        door::{Door, Refusal},
        member, password,
    },
    pages,
};

pub(crate) async fn form() -> Markup {
    pages::credentials::form("Sign in", "/sign-in", None)
}

// ANCHOR: sign_in
pub(crate) async fn sign_in(
    State(door): State<Door>,
    session: Session,
    credentials: Result<Form<Credentials>, FormRejection>,
) -> Result<Response, Error> {
    let Form(Credentials { name, password }) = credentials?;
    if let Err(refusal) = door.try_password(&name, password).await? {
        return Ok(refuse(refusal));
    }
    member::begin(&session, &name).await?;
    Ok(Redirect::to("/member").into_response())
}
// ANCHOR_END: sign_in

pub(crate) fn refuse(refusal: Refusal) -> Response {
    let why = Some(refusal.why());
    refusal.answer(pages::credentials::form("Sign in", "/sign-in", why))
}

pub(crate) async fn new_form() -> Markup {
    pages::credentials::form("Register", "/register", None)
}

// ANCHOR: register
pub(crate) async fn register(
    State(door): State<Door>,
    session: Session,
    credentials: Result<Form<Credentials>, FormRejection>,
) -> Result<Response, Error> {
    let Form(Credentials { name, password }) = credentials?;
    let page = |why| pages::credentials::form("Register", "/register", Some(why));
    if !is_good_name(&name) || !is_good_password(&name, &password) {
        let page = page(
            "A name in one alphabet, and an uncommon password of 8 to 128 characters.",
        );
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    if let Err(refusal) = door.try_to_register() {
        return Ok(refusal.answer(page(refusal.why())));
    }
    let password_hash = password::hash(password).await?;
    let account = Account { name: name.clone(), password_hash };
    if !door.accounts.add(account).await {
        let page = page("This name is taken.");
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    member::begin(&session, &name).await?;
    Ok(Redirect::to("/member").into_response())
}
// ANCHOR_END: register
