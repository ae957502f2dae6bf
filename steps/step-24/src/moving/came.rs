//! A visitor who comes with a cookie of Express, and moves by signing in.

use std::sync::{Arc, OnceLock};

use axum::{
    Extension, Router,
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};
use tower_sessions::Session;

use crate::{
    error::Error,
    moving::{cookie, kept::Moving, old::Old},
    shop::basket,
    store::again,
    watch::log,
};

/// The cookie of Express that a request has brought along.
#[derive(Clone)]
pub(crate) struct Came {
    moving: Moving,
    pair: HeaderValue,
    /// What removes it, once its session has ended.
    removal: Arc<OnceLock<HeaderValue>>,
}

impl Moving {
    /// The same server, at which visitors of Express move.
    pub fn around(self, app: Router) -> Router {
        app.layer(middleware::from_fn_with_state(self, keep))
    }
}

/// Puts the cookie of Express aside before the session's own layers drop it.
async fn keep(
    State(moving): State<Moving>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(pair) = cookie::sent(request.headers(), &moving.cookie) else {
        return next.run(request).await;
    };
    let removal: Arc<OnceLock<HeaderValue>> = Arc::default();
    let came = Came { moving, pair, removal: removal.clone() };
    request.extensions_mut().insert(came);
    let mut response = next.run(request).await;
    if !response.status().is_server_error()
        && let Some(cookie) = removal.get()
    {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    response
}

// ANCHOR: follow
/// Ends the session that this visitor has at Express, and takes its basket along into that
/// of `member`, who has just signed in. However often the request is run, it is taken once.
pub(crate) async fn follow(
    came: Option<Extension<Came>>,
    session: &Session,
    member: &str,
) -> Result<(), Error> {
    let Some(Extension(Came { moving, pair, removal })) = came else {
        return Ok(());
    };
    let Some(sid) = cookie::sid(&pair, &moving.secrets) else {
        tracing::info!("no secret of Express has signed a cookie of its name");
        return Ok(());
    };
    let taken = async { Ok(take(&moving, &sid).await) };
    // Without an answer, the cookie stays for another time.
    let Some(old) = again::once("take", taken).await? else { return Ok(()) };
    if let Some(cookie) = old.removal(&moving.cookie) {
        let _ = removal.set(cookie);
    }
    if let Some(packets) = old.basket_for(member) {
        basket::put(session, packets).await?;
        tracing::info!(member, "brings a basket along from Express");
    }
    Ok(())
}

/// What the session at Express held: nothing, if it had ended. None if nobody knows.
async fn take(moving: &Moving, sid: &str) -> Option<Old> {
    let record = moving.kept.take(sid).await.inspect_err(|why| {
        tracing::warn!(why, "a session of Express stays where it is");
    });
    let Some(record) = record.ok()? else { return Some(Old::default()) };
    let old = serde_json::from_slice(&record).inspect_err(|why| {
        let why = log::class(why);
        tracing::warn!(why, "a session of Express cannot be read, and has ended");
    });
    Some(old.unwrap_or_default())
}
// ANCHOR_END: follow
