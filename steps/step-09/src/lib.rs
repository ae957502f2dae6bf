//! The tea shop, with members who sign in.

mod error;
mod members;
pub mod naive;
mod pages;
mod routes;
mod session;
mod shop;
mod store;

use axum::{
    Router,
    http::{HeaderValue, header},
    middleware,
    response::Response,
    routing::{get, post},
};
use tower_sessions::{SessionStore, cookie::Key};

pub use crate::{
    members::accounts,
    session::{lifetime, secret},
    store::sweep,
};
use crate::{
    members::{accounts::Accounts, door::Door},
    session::cookie,
};

/// The server: a tea shop that keeps its sessions in `store`, signs their identifiers
/// with `key`, and lets in whom `accounts` knows.
pub fn app<Store: SessionStore + Clone>(
    store: Store,
    key: Key,
    accounts: impl Accounts,
) -> Router {
    let doors = Router::new()
        .route("/sign-in", get(routes::sign_in::form))
        .route("/sign-in", post(routes::sign_in::sign_in))
        .route("/register", get(routes::sign_in::new_form))
        .route("/register", post(routes::sign_in::register));
    shop_with(doors, store, key).with_state(Door::new(accounts))
}

fn shop_with<Store: SessionStore + Clone>(
    doors: Router<Door>,
    store: Store,
    key: Key,
) -> Router<Door> {
    doors
        .route("/", get(routes::shop::page))
        .route("/about", get(routes::shop::about))
        .route("/basket", post(routes::shop::add))
        .route("/basket/take", post(routes::shop::take))
        .route("/start-over", post(routes::shop::start_over))
        .route("/remember", post(routes::shop::remember))
        .route("/member", get(routes::member::page))
        .route("/sign-out", post(routes::sign_out::sign_out))
        .fallback(routes::shop::not_found)
        .layer(middleware::from_fn(lifetime::keep))
        .layer(cookie::sessions(store).with_signed(key))
        .layer(middleware::from_fn(cookie::only_ours))
        .layer(middleware::map_response(cookie::mend))
        .layer(middleware::map_response(no_store))
        .layer(middleware::map_response(pages::errors::explain))
}

/// Every page here is made for one visitor: no cache may keep it for another.
async fn no_store(mut response: Response) -> Response {
    let value = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}
