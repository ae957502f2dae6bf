//! The tea shop, with forms that only its own pages can send.

mod error;
mod members;
pub mod naive;
mod pages;
mod routes;
mod session;
mod shop;
mod store;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use tower_sessions::{SessionStore, cookie::Key};

pub use crate::{
    members::accounts,
    session::{lifetime, secret},
    store::{strict, sweep},
};
use crate::{
    members::{accounts::Accounts, door::Door},
    session::{body, cookie, forms},
    store::strict::Strict,
};

// ANCHOR: app
/// The server: a tea shop that keeps its sessions in `store`, signs their identifiers
/// with `key`, and lets in whom `accounts` knows.
pub fn app<Store: SessionStore + Clone>(
    store: Store,
    key: Key,
    accounts: impl Accounts,
) -> Router {
    with_sessions(gets().merge(posts()), store, key)
        .layer(middleware::from_fn(cookie::only_ours))
        .layer(middleware::from_fn(body::whole))
        .layer(middleware::from_fn(forms::same_origin))
        .layer(middleware::map_response(pages::errors::explain))
        .layer(middleware::map_response(pages::headers::add))
        .with_state(Door::new(accounts))
}
// ANCHOR_END: app

// ANCHOR: routes
/// What can be looked at. Nothing changes by that.
fn gets() -> Router<Door> {
    Router::new()
        .route("/", get(routes::shop::page))
        .route("/about", get(routes::shop::about))
        .route("/start-over", get(routes::shop::start_over_form))
        .route("/member", get(routes::member::page))
        .route("/sign-in", get(routes::sign_in::form))
        .route("/register", get(routes::sign_in::new_form))
        .fallback(routes::shop::not_found)
}

/// What can be done.
fn posts() -> Router<Door> {
    Router::new()
        .route("/basket", post(routes::shop::add))
        .route("/basket/take", post(routes::shop::take))
        .route("/start-over", post(routes::shop::start_over))
        .route("/remember", post(routes::shop::remember))
        .route("/sign-in", post(routes::sign_in::sign_in))
        .route("/register", post(routes::sign_in::register))
        .route("/sign-out", post(routes::sign_out::sign_out))
}
// ANCHOR_END: routes

// ANCHOR: with_sessions
fn with_sessions<Store: SessionStore + Clone>(
    routes: Router<Door>,
    store: Store,
    key: Key,
) -> Router<Door> {
    routes
        .layer(middleware::from_fn(forms::keep))
        .layer(middleware::from_fn(lifetime::keep))
        .layer(cookie::sessions(Strict::new(store)).with_signed(key))
        .layer(middleware::map_response(cookie::mend))
}
// ANCHOR_END: with_sessions
