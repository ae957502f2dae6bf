//! Signing in, and registering.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::Markup;
use tower_sessions::Session;

use crate::{
    edge::address::Address,
    error::Error,
    members::{
        client::Client,
        credentials::{Credentials, is_good_name, is_good_password},
        door::{Door, Refusal},
        member,
        visitor::Visitor,
    },
    pages::{self, message::Message},
    session::{flash, forms::OwnForm},
};

pub(crate) async fn form(visitor: Visitor) -> Markup {
    pages::credentials::form(&visitor, "Sign in", "/sign-in", None)
}

pub(crate) async fn sign_in(
    State(door): State<Door>,
    from: Address,
    session: Session,
    visitor: Visitor,
    client: Client,
    OwnForm(credentials): OwnForm<Credentials>,
) -> Result<Response, Error> {
    let Credentials { name, password } = credentials;
    let account = match door.try_password(from, None, &name, password).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(refuse(&visitor, refusal)),
    };
    member::begin(&door, &session, &account, client).await?;
    let member = flash::say(&session, "/member", Message::SignedIn).await?;
    Ok(member.into_response())
}

fn refuse(visitor: &Visitor, refusal: Refusal) -> Response {
    let why = Some(refusal.why());
    refusal.answer(pages::credentials::form(visitor, "Sign in", "/sign-in", why))
}

pub(crate) async fn new_form(visitor: Visitor) -> Markup {
    pages::credentials::form(&visitor, "Register", "/register", None)
}

pub(crate) async fn register(
    State(door): State<Door>,
    from: Address,
    session: Session,
    visitor: Visitor,
    client: Client,
    OwnForm(credentials): OwnForm<Credentials>,
) -> Result<Response, Error> {
    let Credentials { name, password } = credentials;
    let page = |why| {
        pages::credentials::form(&visitor, "Register", "/register", Some(why))
    };
    if !is_good_name(&name) || !is_good_password(&name, &password) {
        let page = page(
            "A name in one alphabet, and an uncommon password of 8 to 128 characters.",
        );
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let account = match door.register(from, name, password).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(refusal.answer(page(refusal.why()))),
    };
    member::begin(&door, &session, &account, client).await?;
    let member = flash::say(&session, "/member", Message::SignedIn).await?;
    Ok(member.into_response())
}
