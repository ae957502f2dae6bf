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
    devices::Client,
    error::Error,
    flash::{self, Flash},
    forms::OwnForm,
    index::Index,
    member, page, password,
    tries::{PAUSE, Tries},
    visitor::Visitor,
};

/// The longest name and the longest password, in bytes. A longer password is no safer,
/// and takes longer to hash.
const LONGEST: usize = 128;
const SHORTEST: usize = 8;

/// Who decides who gets in, and what is known of those who are.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) sessions: Arc<dyn Index>,
    tries: Arc<Tries>,
}

impl Door {
    pub(crate) fn new(accounts: impl Accounts, sessions: impl Index) -> Self {
        let (accounts, sessions) = (Arc::new(accounts), Arc::new(sessions));
        Self { accounts, sessions, tries: Arc::default() }
    }
}

/// A name and a password, as the form gives them.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

fn is_text(text: &str) -> bool {
    // What was not UTF-8 has been replaced already.
    let fits = |c: char| !c.is_control() && c != char::REPLACEMENT_CHARACTER;
    text.len() <= LONGEST && text.chars().all(fits)
}

fn is_good_name(name: &str) -> bool {
    !name.trim().is_empty() && is_text(name)
}

pub(crate) fn is_good_password(password: &str) -> bool {
    password.len() >= SHORTEST && is_text(password)
}

pub(crate) async fn form(visitor: Visitor) -> Markup {
    page::credentials(&visitor, "Sign in", "/sign-in", None)
}

pub(crate) async fn sign_in(
    State(door): State<Door>,
    session: Session,
    visitor: Visitor,
    client: Client,
    OwnForm(credentials): OwnForm<Credentials>,
) -> Result<Response, Error> {
    let Credentials { name, password } = credentials;
    let account = door.accounts.find(&name).await;
    match try_password(&door, &name, password).await? {
        Verdict::Right => {}
        Verdict::Wrong => {
            return Ok(refuse(&visitor, StatusCode::FORBIDDEN, WRONG));
        }
        Verdict::TooOften => return Ok(too_often(&visitor)),
    }
    member::begin(&*door.sessions, &session, &name, client).await?;
    // Whoever changed the password meanwhile, or shut the member out, has not seen this
    // session.
    if door.accounts.find(&name).await != account {
        session.flush().await?;
        return Ok(refuse(&visitor, StatusCode::FORBIDDEN, WRONG));
    }
    let member = flash::say(&session, "/member", Flash::SignedIn).await?;
    Ok(member.into_response())
}

/// What came of a password.
pub(crate) enum Verdict {
    Right,
    Wrong,
    TooOften,
}

/// The same for a name that nobody has, a wrong password, and an account that is disabled.
pub(crate) async fn try_password(
    door: &Door,
    name: &str,
    password: String,
) -> Result<Verdict, Error> {
    if !is_good_name(name) || !is_text(&password) {
        return Ok(Verdict::Wrong);
    }
    if !door.tries.allow(name) {
        return Ok(Verdict::TooOften);
    }
    let account = door.accounts.find(name).await;
    let account = account.filter(|account| !account.is_disabled);
    let hash = account.map(|account| account.password_hash);
    if !password::fits(password, hash).await? {
        return Ok(Verdict::Wrong);
    }
    door.tries.forget(name);
    Ok(Verdict::Right)
}

pub(crate) const WRONG: &str =
    "There is no member with this name and this password.";
pub(crate) const TOO_OFTEN: &str = "Too many tries. Wait a minute.";

fn refuse(visitor: &Visitor, status: StatusCode, why: &str) -> Response {
    let page = page::credentials(visitor, "Sign in", "/sign-in", Some(why));
    (status, page).into_response()
}

fn too_often(visitor: &Visitor) -> Response {
    let pause = [(header::RETRY_AFTER, PAUSE.as_secs().to_string())];
    let page = refuse(visitor, StatusCode::TOO_MANY_REQUESTS, TOO_OFTEN);
    (pause, page).into_response()
}

pub(crate) async fn new_form(visitor: Visitor) -> Markup {
    page::credentials(&visitor, "Register", "/register", None)
}

pub(crate) async fn register(
    State(door): State<Door>,
    session: Session,
    visitor: Visitor,
    client: Client,
    OwnForm(credentials): OwnForm<Credentials>,
) -> Result<Response, Error> {
    let refused = |status: StatusCode, why| {
        let page = page::credentials(&visitor, "Register", "/register", Some(why));
        Ok((status, page).into_response())
    };
    let Credentials { name, password } = credentials;
    if !is_good_name(&name) || !is_good_password(&password) {
        let why = "A name, and a password of 8 to 128 bytes.";
        return refused(StatusCode::UNPROCESSABLE_ENTITY, why);
    }
    let password_hash = password::hash(password).await?;
    let account = Account::new(name.clone(), password_hash);
    if !door.accounts.add(account).await {
        return refused(StatusCode::CONFLICT, "This name is taken.");
    }
    member::begin(&*door.sessions, &session, &name, client).await?;
    let member = flash::say(&session, "/member", Flash::SignedIn).await?;
    Ok(member.into_response())
}
