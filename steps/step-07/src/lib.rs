//! The tea shop, and beside it a place to try out when a session is saved.

mod basket;
mod cookie;
mod error;
mod page;
pub mod secret;
mod try_out;

use axum::{
    Form, Router,
    extract::rejection::FormRejection,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware,
    response::{Redirect, Response},
    routing::{get, post},
};
use maud::Markup;
use tower_sessions::{Session, SessionStore, cookie::Key};

use crate::{
    basket::{Order, Shopper},
    error::Error,
};

/// The server: a tea shop that keeps its sessions in `store` and signs their identifiers
/// with `key`.
// ANCHOR: app
pub fn app<Store: SessionStore + Clone>(store: Store, key: Key) -> Router {
    Router::new()
        .route("/", get(shop))
        .route("/about", get(about))
        .route("/basket", post(add))
        .route("/basket/take", post(take))
        .route("/start-over", post(start_over))
        .fallback(not_found)
        .layer(cookie::sessions(store.clone()).with_signed(key.clone()))
        .nest("/try", try_out::routes(store, key))
        .layer(middleware::from_fn(cookie::only_ours))
        .layer(middleware::map_response(cookie::mend_removal))
        .layer(middleware::map_response(no_store))
        .layer(middleware::map_response(page::explain))
}
// ANCHOR_END: app

// ANCHOR: no_store
/// Every page here is made for one visitor: no cache may keep it for another.
async fn no_store(mut response: Response) -> Response {
    let value = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}
// ANCHOR_END: no_store

async fn shop(shopper: Shopper, headers: HeaderMap) -> Markup {
    let id = shopper.id().map(|id| id.to_string());
    let held = page::held(id.as_deref(), &shopper.basket);
    page::shop(&shopper.basket, &page::sent(&headers), &held)
}

async fn add(
    mut shopper: Shopper,
    order: Result<Form<Order>, FormRejection>,
) -> Result<Redirect, Error> {
    let Form(order) = order?;
    shopper.add(order.tea).await?;
    Ok(Redirect::to("/"))
}

async fn take(
    mut shopper: Shopper,
    order: Result<Form<Order>, FormRejection>,
) -> Result<Redirect, Error> {
    let Form(order) = order?;
    shopper.take(order.tea).await?;
    Ok(Redirect::to("/"))
}

async fn about() -> Markup {
    page::about()
}

async fn start_over(session: Session) -> Result<Redirect, Error> {
    session.flush().await?;
    Ok(Redirect::to("/"))
}

async fn not_found() -> (StatusCode, Markup) {
    (StatusCode::NOT_FOUND, page::not_found())
}
