//! Three ways to sign in that look right and are not, for the attacks of this chapter. Leave
//! this file out of a server of yours.

use axum::{
    Form, Router,
    extract::{State, rejection::FormRejection},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use tower_sessions::{Session, SessionStore, cookie::Key};

use crate::{
    error::Error,
    members::{
        accounts::Accounts, credentials::Credentials, door::Door, member::KEY,
    },
    routes::sign_in,
    shop_with,
};

/// What a naive server does with the session before it writes the member into it.
#[derive(Clone, Copy, Debug)]
pub enum Renewal {
    /// Nothing: the identifier stays.
    None,
    /// `flush`, as `regenerate` would be called in Express.
    Flush,
    /// `clear`.
    Clear,
}

/// The shop of this chapter with another way to sign in.
pub fn app<Store: SessionStore + Clone>(
    renewal: Renewal,
    store: Store,
    key: Key,
    accounts: impl Accounts,
) -> Router {
    let sign_in = async move |door: State<Door>, session: Session, credentials| {
        sign_in(renewal, &door, &session, credentials).await
    };
    let doors = Router::new()
        .route("/sign-in", get(sign_in::form))
        .route("/sign-in", post(sign_in))
        .route("/register", get(sign_in::new_form))
        .route("/register", post(sign_in::register));
    shop_with(doors, store, key).with_state(Door::new(accounts))
}

// ANCHOR: naive
async fn sign_in(
    renewal: Renewal,
    door: &Door,
    session: &Session,
    credentials: Result<Form<Credentials>, FormRejection>,
) -> Result<Response, Error> {
    let Form(Credentials { name, password }) = credentials?;
    if let Err(refusal) = door.try_password(&name, password).await? {
        return Ok(sign_in::refuse(refusal));
    }
    match renewal {
        Renewal::None => {}
        Renewal::Flush => session.flush().await?,
        Renewal::Clear => session.clear().await,
    }
    session.insert(KEY, name).await?;
    Ok(Redirect::to("/member").into_response())
}
// ANCHOR_END: naive
