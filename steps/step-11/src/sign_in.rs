//! Signing in, and registering.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    accounts::{Account, Accounts},
    error::Error,
    flash::{self, Flash},
    forms::OwnForm,
    member, page, password,
    tries::{PAUSE, Tries},
    visitor::Visitor,
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

pub(crate) async fn form(visitor: Visitor) -> Markup {
    page::credentials(&visitor, "Sign in", "/sign-in", None)
}

pub(crate) async fn sign_in(
    State(door): State<Door>,
    session: Session,
    visitor: Visitor,
    OwnForm(credentials): OwnForm<Credentials>,
) -> Result<Response, Error> {
    match check(&door, &visitor, credentials).await? {
        Ok(name) => {
            member::begin(&session, &name).await?;
            let member = flash::say(&session, "/member", Flash::SignedIn).await?;
            Ok(member.into_response())
        }
        Err(refusal) => Ok(refusal),
    }
}

/// The member's name, or the answer to somebody who is none.
async fn check(
    door: &Door,
    visitor: &Visitor,
    credentials: Credentials,
) -> Result<Result<String, Response>, Error> {
    if !credentials.are_sensible() {
        return Ok(Err(wrong(visitor)));
    }
    let Credentials { name, password } = credentials;
    if !door.tries.allow(&name) {
        return Ok(Err(too_often(visitor)));
    }
    let account = door.accounts.find(&name).await;
    let hash = account.map(|account| account.password_hash);
    if !password::fits(password, hash).await? {
        return Ok(Err(wrong(visitor)));
    }
    door.tries.forget(&name);
    Ok(Ok(name))
}

/// The same for a name that nobody has and for a wrong password.
fn wrong(visitor: &Visitor) -> Response {
    let why = "There is no member with this name and this password.";
    let page = page::credentials(visitor, "Sign in", "/sign-in", Some(why));
    (StatusCode::FORBIDDEN, page).into_response()
}

fn too_often(visitor: &Visitor) -> Response {
    let why = "Too many tries. Wait a minute.";
    let page = page::credentials(visitor, "Sign in", "/sign-in", Some(why));
    let pause = [(header::RETRY_AFTER, PAUSE.as_secs().to_string())];
    (StatusCode::TOO_MANY_REQUESTS, pause, page).into_response()
}

pub(crate) async fn new_form(visitor: Visitor) -> Markup {
    page::credentials(&visitor, "Register", "/register", None)
}

pub(crate) async fn register(
    State(door): State<Door>,
    session: Session,
    visitor: Visitor,
    OwnForm(credentials): OwnForm<Credentials>,
) -> Result<Response, Error> {
    let refused = |status: StatusCode, why| {
        let page = page::credentials(&visitor, "Register", "/register", Some(why));
        Ok((status, page).into_response())
    };
    if !credentials.are_sensible() || credentials.password.len() < SHORTEST {
        let why = "A name, and a password of 8 to 128 bytes.";
        return refused(StatusCode::UNPROCESSABLE_ENTITY, why);
    }
    let Credentials { name, password } = credentials;
    let password_hash = password::hash(password).await?;
    let account = Account { name: name.clone(), password_hash };
    if !door.accounts.add(account).await {
        return refused(StatusCode::CONFLICT, "This name is taken.");
    }
    member::begin(&session, &name).await?;
    let member = flash::say(&session, "/member", Flash::SignedIn).await?;
    Ok(member.into_response())
}
