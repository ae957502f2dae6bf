//! Signing in, and registering.

use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{StatusCode, header},
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
        tries::PAUSE,
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

pub(crate) fn refuse(refusal: Refusal) -> Response {
    let page = pages::credentials::form("Sign in", "/sign-in", Some(refusal.why()));
    let is_pause = refusal == Refusal::TooOften;
    let pause =
        is_pause.then(|| [(header::RETRY_AFTER, PAUSE.as_secs().to_string())]);
    (refusal.status(), pause, page).into_response()
}
// ANCHOR_END: sign_in

pub(crate) async fn new_form() -> Markup {
    pages::credentials::form("Register", "/register", None)
}

pub(crate) async fn register(
    State(door): State<Door>,
    session: Session,
    credentials: Result<Form<Credentials>, FormRejection>,
) -> Result<Response, Error> {
    let Form(Credentials { name, password }) = credentials?;
    if !is_good_name(&name) || !is_good_password(&password) {
        let why = "A name, and a password of 8 to 128 bytes.";
        return Ok(not_registered(StatusCode::UNPROCESSABLE_ENTITY, why));
    }
    let password_hash = password::hash(password).await?;
    let account = Account { name: name.clone(), password_hash };
    if !door.accounts.add(account).await {
        return Ok(not_registered(StatusCode::CONFLICT, "This name is taken."));
    }
    member::begin(&session, &name).await?;
    Ok(Redirect::to("/member").into_response())
}

fn not_registered(status: StatusCode, why: &str) -> Response {
    let page = pages::credentials::form("Register", "/register", Some(why));
    (status, page).into_response()
}
