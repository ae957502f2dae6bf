//! What a member's program asks for.

use axum::{
    Extension, Json,
    extract::{State, rejection::JsonRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tower_sessions::Session;

use crate::{
    edge::address::Address,
    error::{Error, Reason},
    members::{
        client::Client,
        credentials::Credentials,
        current::Current,
        devices,
        door::Door,
        member::{self, CameWith},
        program::Program,
    },
    routes::sign_out::end_moved,
    session::lifetime,
    store::{accounts::Account, sessions::ended},
    tokens::{
        access::{self, Claims},
        refresh::{self, Refresh},
    },
};

/// What a program gets (RFC 6749, section 5.1).
#[derive(Serialize)]
pub(crate) struct Given {
    access_token: String,
    token_type: &'static str,
    /// In seconds.
    expires_in: i64,
    refresh_token: String,
}

// ANCHOR: give
/// Both tokens for a program of this session's.
async fn give(
    door: &Door,
    session: &Session,
    account: &Account,
    generation: u32,
) -> Result<Json<Given>, Error> {
    let handle = devices::handle(session).await?.ok_or_else(ended)?;
    Ok(Json(Given {
        access_token: access::issue(&door.issuer, account, handle)?,
        token_type: "Bearer",
        expires_in: door.issuer.tokens.lives.whole_seconds(),
        refresh_token: refresh::token(&door.issuer, session, generation)?,
    }))
}
// ANCHOR_END: give

// ANCHOR: begin
/// Lets a member's program in. Its session is one of the member's, like a browser's.
pub(crate) async fn begin(
    State(door): State<Door>,
    from: Address,
    session: Session,
    client: Client,
    credentials: Result<Json<Credentials>, JsonRejection>,
) -> Result<Response, Error> {
    let Json(Credentials { name, password, .. }) = credentials?;
    let account = match door.try_password(from, None, &name, password).await? {
        Ok(account) => account,
        Err(refusal) => {
            let why = Extension(Reason::Program(refusal.why()));
            return Ok(refusal.answer(why));
        }
    };
    member::begin(&door, &session, &account, client).await?;
    lifetime::remember(&session, true).await?;
    let first = refresh::begin(&session, 1).await?;
    Ok(give(&door, &session, &account, first).await?.into_response())
}

/// Gives another access token, and another refresh token for the next time.
pub(crate) async fn refresh(
    State(door): State<Door>,
    Program { account, brought }: Program,
    session: Session,
) -> Result<Json<Given>, Error> {
    let generation = refresh::turn(&session, &door.issuer, brought).await?;
    give(&door, &session, &account, generation).await
}

/// Ends the session. Of an access token that is out, nobody can tell who holds it.
pub(crate) async fn end(
    State(door): State<Door>,
    Extension(came_with): Extension<CameWith>,
    _: Refresh,
    session: Session,
) -> Result<StatusCode, Error> {
    end_moved(&door, came_with, &session).await?;
    session.flush().await?;
    Ok(StatusCode::NO_CONTENT)
}
// ANCHOR_END: begin

// ANCHOR: orders
/// What the member has ordered, who may have signed out meanwhile.
pub(crate) async fn orders(
    State(door): State<Door>,
    claims: Claims,
) -> Result<Json<Vec<String>>, Error> {
    let orders = door.orders.orders_of(&claims.sub).await?;
    Ok(Json(orders.into_iter().map(|order| order.teas).collect()))
}

/// What an administrator looks at.
#[derive(Serialize)]
pub(crate) struct Overview {
    sessions: usize,
    disabled: Vec<String>,
}

pub(crate) async fn administrator(
    State(door): State<Door>,
    _: Current,
) -> Result<Json<Overview>, Error> {
    let sessions = door.sessions.entries_of(None).await?.len();
    let disabled = door.accounts.disabled().await?;
    Ok(Json(Overview { sessions, disabled }))
}
// ANCHOR_END: orders
