//! Who is signed in, as the session says, and the account.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::request::Parts,
    middleware::Next,
    response::Response,
};
use tower_sessions::{Session, session::Id};

use crate::{
    error::Error,
    members::{
        client::Client,
        devices,
        door::Door,
        step_up::{self, Then},
    },
    session::{cookie::GoesOn, forms, lifetime},
    store::{
        accounts::Account,
        front,
        name::Name,
        sessions::{MEMBER, STAMP},
    },
};

/// The identifier that a request came with, whether there is such a session or not.
#[derive(Clone, Copy)]
pub(crate) struct CameWith(pub(crate) Option<Id>);

/// Asks at each request whose session it is, and lets the account answer: what follows
/// finds the member's account among the request's extensions, or none. What is no member's
/// any more ends here, with all that is in it.
pub(crate) async fn ask(
    State(door): State<Door>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let came_with = session.id();
    request.extensions_mut().insert(CameWith(came_with));
    if let Some(name) = name(&session).await? {
        let stamp: Option<String> = session.get(STAMP).await?;
        let account = door.accounts.find(&name).await?;
        match account.filter(|account| account.accepts(stamp.as_deref())) {
            Some(account) if !lifetime::is_ahead(&session).await? => {
                front::forget_before(&session).await?;
                request.extensions_mut().insert(account);
            }
            _ => session.flush().await?,
        }
    }
    let mut response = next.run(request).await;
    if let Some(id) = came_with
        && session.is_empty().await
        // A store that does not answer may know of one.
        && !matches!(door.sessions.successor_of(&Name::of(&id)).await, Ok(None))
    {
        response.extensions_mut().insert(GoesOn);
    }
    Ok(response)
}

/// The name of whoever `ask` has found signed in.
pub(crate) fn signed_in(parts: &Parts) -> Option<String> {
    parts.extensions.get::<Account>().map(|account| account.name.clone())
}

/// Somebody who has signed in, and given the password in the last days. A handler that
/// names this as an argument is for members only: without a member it does not run.
pub(crate) struct Member {
    pub(crate) name: String,
}

impl<State: Send + Sync> FromRequestParts<State> for Member {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &State,
    ) -> Result<Self, Error> {
        let name = signed_in(parts).ok_or(Error::NotSignedIn)?;
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(Error::Layer)?;
        if step_up::is_stale(&session).await? {
            return Err(Error::Stale);
        }
        Ok(Self { name })
    }
}

/// A member who has given the password a moment ago. A handler that names this as an
/// argument does not run for anybody else.
pub(crate) struct Fresh;

impl<State: Send + Sync> FromRequestParts<State> for Fresh {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &State,
    ) -> Result<Self, Error> {
        signed_in(parts).ok_or(Error::NotSignedIn)?;
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(Error::Layer)?;
        if !step_up::is_fresh(&session).await? {
            let then = Then::after(parts.uri.path());
            return Err(Error::NotFresh(then.value()));
        }
        Ok(Self)
    }
}

/// The name of the member whose session this is.
pub(crate) async fn name(session: &Session) -> Result<Option<String>, Error> {
    Ok(session.get(MEMBER).await?)
}

/// Makes the session a member's, under an identifier that nobody has seen yet.
///
/// What an anonymous visitor has put into the basket stays. What another member has left
/// does not.
pub(crate) async fn begin(
    session: &Session,
    account: &Account,
    client: Client,
) -> Result<(), Error> {
    let member = &account.name;
    if name(session).await?.is_some_and(|before| before != *member) {
        // Not its identifier: of one session, no two become.
        session.clear().await;
    }
    lifetime::restart(session).await?;
    session.insert(MEMBER, member).await?;
    session.insert(STAMP, &account.stamp).await?;
    confirm(session).await?;
    devices::begin(session, client).await?;
    tracing::info!(member, "signs in");
    Ok(())
}

/// Notes that whoever has this session has just given the password. More may be done than
/// before: that is a new identifier's time, and a new token's.
pub(crate) async fn confirm(session: &Session) -> Result<(), Error> {
    front::rotate(session).await?;
    forms::renew_token(session).await?;
    step_up::note(session).await
}
