//! Who is signed in, as the session says, and the account.

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts, Request, State},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower_sessions::{Session, session::Id};

use crate::{
    error::Error,
    members::{
        client::Client,
        devices,
        door::Door,
        elsewhere, next, orders,
        step_up::{self, Then},
    },
    session::{cookie::GoesOn, forms, lifetime},
    store::{
        accounts::Account,
        front,
        name::Name,
        sessions::{MEMBER, STAMP},
    },
    watch::metrics::End,
};

const SIGN_OUT: &str = "/sign-out";

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
                let placed = orders::place(&door, &session, &name).await;
                // Nothing keeps anybody from signing out.
                if request.uri().path() != SIGN_OUT {
                    placed?;
                }
                request.extensions_mut().insert(account);
            }
            // If another tab has changed the password, the session has the new stamp now.
            _ => front::end_unless_changed(&session, End::AccountChanged).await?,
        }
    }
    let mut response = match refuse_late(&door, &session, request).await {
        Ok(request) => next.run(request).await,
        Err(why) => why.into_response(),
    };
    if let Some(id) = came_with
        && session.is_empty().await
        // A store that does not answer may know of one.
        && !matches!(door.sessions.successor_of(&Name::of(&id)).await, Ok(None))
    {
        response.extensions_mut().insert(GoesOn);
    }
    Ok(response)
}

/// Refuses a form of a page that had a session, if the browser has not heard of its new
/// identifier yet: it would be taken as if it came without a session. To sign out it may.
async fn refuse_late(
    door: &Door,
    session: &Session,
    request: Request,
) -> Result<Request, Error> {
    let came_with = request.extensions().get::<CameWith>().and_then(|it| it.0);
    let is_form = !request.method().is_safe() && request.uri().path() != SIGN_OUT;
    let Some(before) = came_with.filter(|_| is_form && session.id().is_none())
    else {
        return Ok(request);
    };
    if door.sessions.successor_of(&Name::of(&before)).await?.is_none() {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    // It is there already, and short.
    let body = to_bytes(body, usize::MAX).await.map_err(|_| Error::TooLong)?;
    if forms::has_token(&parts.headers, &body) {
        return Err(Error::Moved);
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// The name of whoever `ask` has found signed in.
pub(crate) fn signed_in(parts: &Parts) -> Option<String> {
    parts.extensions.get::<Account>().map(|account| account.name.clone())
}

/// Somebody who has signed in, and given the password in the last days. A handler that
/// names this as an argument is for members only: without a member it does not run.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) has_password: bool,
}

impl<State: Send + Sync> FromRequestParts<State> for Member {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &State,
    ) -> Result<Self, Error> {
        let account = parts.extensions.get::<Account>().cloned();
        let account =
            account.ok_or_else(|| next::Next::asked_for(parts).not_signed_in())?;
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(Error::Layer)?;
        if step_up::is_stale(&session).await? {
            return Err(Error::Stale);
        }
        let has_password = account.has_password();
        Ok(Self { name: account.name, has_password })
    }
}

/// A member who has given the password a moment ago. A handler that names this as an
/// argument does not run for anybody else.
pub(crate) struct Fresh {
    pub(crate) name: String,
}

impl<State: Send + Sync> FromRequestParts<State> for Fresh {
    type Rejection = Error;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &State,
    ) -> Result<Self, Error> {
        let name = signed_in(parts)
            .ok_or_else(|| next::Next::asked_for(parts).not_signed_in())?;
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(Error::Layer)?;
        if !step_up::is_fresh(&session).await? {
            let then = Then::after(parts.uri.path());
            return Err(Error::NotFresh(then.value()));
        }
        Ok(Self { name })
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
    door: &Door,
    session: &Session,
    account: &Account,
    client: Client,
) -> Result<(), Error> {
    let member = &account.name;
    if name(session).await?.is_some_and(|before| before != *member) {
        // Not its identifier: of one session, no two become.
        session.clear().await;
        door.metrics.ended(End::SomebodyElse, 1);
        door.metrics.begun.inc();
    }
    elsewhere::give_up(session).await?;
    lifetime::restart(session).await?;
    session.insert(MEMBER, member).await?;
    confirm(session, account).await?;
    devices::begin(door, session, member, client).await?;
    tracing::info!(member, "signs in");
    Ok(())
}

/// Notes that whoever has this account has just given the password. More may be done than
/// before: that is a new identifier's time, and a new token's.
pub(crate) async fn confirm(
    session: &Session,
    account: &Account,
) -> Result<(), Error> {
    front::rotate(session).await?;
    forms::renew_token(session).await?;
    session.insert(STAMP, &account.stamp).await?;
    step_up::note(session).await
}
