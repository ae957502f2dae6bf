//! Signing in, and registering.

use std::sync::Arc;

use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    accounts::{Account, Accounts},
    error::Error,
    member, page, password,
    tries::{PAUSE, Tries},
};

/// The longest name and the longest password, in bytes. A longer password is no safer,
/// and takes longer to hash.
const LONGEST: usize = 128;
const SHORTEST: usize = 8;

/// Who decides who gets in.
#[derive(Clone)]
pub(crate) struct Door {
    accounts: Arc<dyn Accounts>,
    tries: Arc<Tries>,
}

impl Door {
    pub(crate) fn new(accounts: impl Accounts) -> Self {
        Self { accounts: Arc::new(accounts), tries: Arc::default() }
    }
}

/// A name and a password, as the form gives them.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

impl Credentials {
    fn are_sensible(&self) -> bool {
        // What was not UTF-8 has been replaced already.
        let is_text = |c: char| !c.is_control() && c != char::REPLACEMENT_CHARACTER;
        let fits = |text: &str| text.len() <= LONGEST && text.chars().all(is_text);
        !self.name.trim().is_empty() && fits(&self.name) && fits(&self.password)
    }
}

pub(crate) async fn form() -> Markup {
    page::credentials("Sign in", "/sign-in", None)
}
pub(crate) async fn sign_in(
    State(door): State<Door>,
    session: Session,
    credentials: Result<Form<Credentials>, FormRejection>,
) -> Result<Response, Error> {
    match check(&door, credentials?.0).await? {
        Ok(name) => {
            member::begin(&session, &name).await?;
            Ok(Redirect::to("/member").into_response())
        }
        Err(refusal) => Ok(refusal),
    }
}

/// The member's name, or the answer to somebody who is none.
pub(crate) async fn check(
    door: &Door,
    credentials: Credentials,
) -> Result<Result<String, Response>, Error> {
    if !credentials.are_sensible() {
        return Ok(Err(wrong()));
    }
    let Credentials { name, password } = credentials;
    if !door.tries.allow(&name) {
        return Ok(Err(too_often()));
    }
    let account = door.accounts.find(&name).await;
    let hash = account.map(|account| account.password_hash);
    if !password::fits(password, hash).await? {
        return Ok(Err(wrong()));
    }
    door.tries.forget(&name);
    Ok(Ok(name))
}

/// The same for a name that nobody has and for a wrong password.
fn wrong() -> Response {
    let why = "There is no member with this name and this password.";
    let page = page::credentials("Sign in", "/sign-in", Some(why));
    (StatusCode::FORBIDDEN, page).into_response()
}

fn too_often() -> Response {
    let why = "Too many tries. Wait a minute.";
    let page = page::credentials("Sign in", "/sign-in", Some(why));
    let pause = [(header::RETRY_AFTER, PAUSE.as_secs().to_string())];
    (StatusCode::TOO_MANY_REQUESTS, pause, page).into_response()
}

pub(crate) async fn new_form() -> Markup {
    page::credentials("Register", "/register", None)
}

pub(crate) async fn register(
    State(door): State<Door>,
    session: Session,
    credentials: Result<Form<Credentials>, FormRejection>,
) -> Result<Response, Error> {
    let Form(credentials) = credentials?;
    if !credentials.are_sensible() || credentials.password.len() < SHORTEST {
        let why = "A name, and a password of 8 to 128 bytes.";
        return Ok(not_registered(StatusCode::UNPROCESSABLE_ENTITY, why));
    }
    let Credentials { name, password } = credentials;
    let password_hash = password::hash(password).await?;
    let account = Account { name: name.clone(), password_hash };
    if !door.accounts.add(account).await {
        return Ok(not_registered(StatusCode::CONFLICT, "This name is taken."));
    }
    member::begin(&session, &name).await?;
    Ok(Redirect::to("/member").into_response())
}

fn not_registered(status: StatusCode, why: &str) -> Response {
    (status, page::credentials("Register", "/register", Some(why))).into_response()
}
