//! Signing in at another server, and coming back.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{
        Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use crate::{
    edge::{
        address::Address,
        provider::{Provider, Subject},
    },
    error::Error,
    members::{
        client::Client,
        door::Door,
        elsewhere::{self, Brought, Purpose, Trip},
        member, next, step_up,
    },
    moving::{Came, follow},
    pages::message::Message,
    routes::{self, sign_in::Onward},
    session::{flash, forms::OwnForm},
    store::{accounts::Account, again},
    watch::metrics::SignIn,
};

/// No provider brings more, in bytes. Nor would nginx hand it on: unless it is told
/// otherwise, a page of memory has to hold all headers of an answer.
const LONGEST: usize = 3 * 1024;

/// Where no provider is set there is no way there, and none back.
fn provider(door: &Door) -> Result<Arc<dyn Provider>, Error> {
    door.provider.clone().ok_or(Error::NotFound)
}

/// Leads to the provider whoever wants to sign in there.
pub(crate) async fn sign_in(
    State(door): State<Door>,
    session: Session,
    OwnForm(Onward { next }): OwnForm<Onward>,
) -> Result<Redirect, Error> {
    let provider = provider(&door)?;
    let purpose = Purpose::SignIn(next);
    let address = elsewhere::leave(&session, provider.agreed(), purpose).await?;
    Ok(Redirect::to(&address))
}

/// Leads to the provider a member who has no password here.
pub(crate) async fn confirm(
    State(door): State<Door>,
    account: Option<Extension<Account>>,
    session: Session,
    OwnForm(routes::step_up::Purpose { then }): OwnForm<routes::step_up::Purpose>,
) -> Result<Redirect, Error> {
    if account.is_none() {
        return Err(next::Next::from(then.path().to_owned()).not_signed_in());
    }
    let provider = provider(&door)?;
    let purpose = Purpose::Confirm(then);
    let address = elsewhere::leave(&session, provider.agreed(), purpose).await?;
    Ok(Redirect::to(&address))
}

/// Lets in whom the provider names, if it is this session's visitor who comes back.
pub(crate) async fn come_back(
    State(door): State<Door>,
    from: Address,
    account: Option<Extension<Account>>,
    session: Session,
    client: Client,
    came: Option<Extension<Came>>,
    brought: Result<Query<Brought>, QueryRejection>,
) -> Result<Response, Error> {
    let provider = provider(&door)?;
    let Query(brought) =
        brought.map_err(|_| Error::NotBack("it is no way back"))?;
    let home = elsewhere::come_back(&door, from, &session, &*provider, &brought);
    let (trip, subject) =
        again::act("exchange", home).await.inspect_err(|why| tell(&door, why))?;
    // An earlier run has brought the code, and of this session nothing is left: it has
    // ended, or it goes on under another identifier.
    if session.id().is_none() {
        return Err(Error::HalfDone);
    }
    let next = match &trip.purpose {
        Purpose::SignIn(next) => {
            let agreed = provider.agreed();
            let account = elsewhere::account(&door, from, agreed, &subject);
            let account = account.await.inspect_err(|why| tell(&door, why))?;
            member::begin(&door, &session, &account, client).await?;
            follow(came, &session, &account.name).await?;
            // Else to sign in would be a way around the password once more.
            if !trip.is_proof(&subject) {
                step_up::spend(&session).await?;
            }
            flash::say(&session, next.path(), Message::SignedIn).await?
        }
        Purpose::Confirm(then) => {
            let account = account.map(|Extension(account)| account);
            confirmed(&session, &*provider, &trip, &subject, account).await?;
            flash::say(&session, then.path(), Message::Confirmed).await?
        }
    };
    Ok(next.into_response())
}

/// Counts who does not get in, and not that a store is away.
fn tell(door: &Door, why: &Error) {
    if matches!(why, Error::NotBack(_) | Error::NoEntry(_) | Error::Silence(_)) {
        door.metrics.refused_sign_in(SignIn::Elsewhere);
    }
}

async fn confirmed(
    session: &Session,
    provider: &dyn Provider,
    trip: &Trip,
    subject: &Subject,
    account: Option<Account>,
) -> Result<(), Error> {
    let is_same = |account: &Account| {
        elsewhere::confirms(trip, provider.agreed(), subject, account)
    };
    let account = account.filter(is_same);
    let account = account.ok_or(Error::NoEntry("somebody else has come back"))?;
    tracing::info!(member = account.name, "is confirmed by the provider");
    member::confirm(session, &account).await
}

/// Makes a link of what comes as a form of another site. With such a form no browser sends
/// the session's cookie, and with a link it does: here is no session, and none is made.
pub(crate) async fn by_post(
    brought: Result<Form<Brought>, FormRejection>,
) -> Result<Redirect, Error> {
    let Form(brought) = brought.map_err(|_| Error::NotBack("it is no way back"))?;
    let brought = serde_urlencoded::to_string(brought).unwrap_or_default();
    if brought.len() > LONGEST {
        return Err(Error::NotBack("it is longer than any way back"));
    }
    Ok(Redirect::to(&format!("/signed-in?{brought}")))
}
