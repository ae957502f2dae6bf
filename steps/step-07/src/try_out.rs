//! Each kind of request under each setting, to see when a session is saved.

mod kinds;
mod settings;

use axum::{Router, middleware::from_fn, routing::get};
use tower_sessions::{SessionStore, cookie::Key};

use crate::{cookie, page};

// ANCHOR: routes
const SETTINGS: [&str; 5] =
    ["plain", "always-save", "resave", "rolling", "save-uninitialized"];

/// `/plain/write`, `/rolling/read` and so on; `/` has a button for each.
pub(crate) fn routes<Store: SessionStore + Clone>(
    store: Store,
    key: Key,
) -> Router {
    let sessions = cookie::sessions(store).with_signed(key);
    let always_save = sessions.clone().with_always_save(true);
    let kinds = kinds::routes;
    let resave = kinds().layer(from_fn(settings::resave));
    let rolling = kinds().layer(from_fn(settings::rolling));
    let uninitialized = kinds().layer(from_fn(settings::save_uninitialized));
    Router::new()
        .route("/", get(async || page::try_out(&SETTINGS, &kinds::KINDS)))
        .nest("/plain", kinds().layer(sessions.clone()))
        .nest("/always-save", kinds().layer(always_save))
        .nest("/resave", resave.layer(sessions.clone()))
        .nest("/rolling", rolling.layer(sessions.clone()))
        .nest("/save-uninitialized", uninitialized.layer(sessions))
}
// ANCHOR_END: routes
