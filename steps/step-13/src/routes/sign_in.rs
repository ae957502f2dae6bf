//! Signing in, and registering.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::Markup;
use tower_sessions::Session;

use crate::{
    error::Error,
    members::{
        accounts::Account,
        client::Client,
        credentials::{Credentials, is_good_name, is_good_password},
        door::{Door, Refusal},
        member, password,
        tries::PAUSE,
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
    session: Session,
    visitor: Visitor,
    client: Client,
    OwnForm(credentials): OwnForm<Credentials>,
) -> Result<Response, Error> {
    let Credentials { name, password } = credentials;
    let account = match door.try_password(&name, password).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(refuse(&visitor, refusal)),
    };
    member::begin(&*door.sessions, &session, &account, client).await?;
    let member = flash::say(&session, "/member", Message::SignedIn).await?;
    Ok(member.into_response())
}

fn refuse(visitor: &Visitor, refusal: Refusal) -> Response {
    let why = Some(refusal.why());
    let page = pages::credentials::form(visitor, "Sign in", "/sign-in", why);
    let is_pause = refusal == Refusal::TooOften;
    let pause =
        is_pause.then(|| [(header::RETRY_AFTER, PAUSE.as_secs().to_string())]);
    (refusal.status(), pause, page).into_response()
}

pub(crate) async fn new_form(visitor: Visitor) -> Markup {
    pages::credentials::form(&visitor, "Register", "/register", None)
}

pub(crate) async fn register(
    State(door): State<Door>,
    session: Session,
    visitor: Visitor,
    client: Client,
    OwnForm(credentials): OwnForm<Credentials>,
) -> Result<Response, Error> {
    let refused = |status: StatusCode, why| {
        let page =
            pages::credentials::form(&visitor, "Register", "/register", Some(why));
        Ok((status, page).into_response())
    };
    let Credentials { name, password } = credentials;
    if !is_good_name(&name) || !is_good_password(&password) {
        let why = "A name, and a password of 8 to 128 bytes.";
        return refused(StatusCode::UNPROCESSABLE_ENTITY, why);
    }
    let password_hash = password::hash(password).await?;
    let account = Account::new(name, password_hash);
    if !door.accounts.add(account.clone()).await {
        return refused(StatusCode::CONFLICT, "This name is taken.");
    }
    member::begin(&*door.sessions, &session, &account, client).await?;
    let member = flash::say(&session, "/member", Message::SignedIn).await?;
    Ok(member.into_response())
}
