//! The tea shop, with an end to every session.

mod basket;
mod cookie;
mod error;
pub mod lifetime;
mod page;
pub mod secret;
mod sorted;
pub mod sweep;

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
    lifetime::Choice,
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
        .route("/remember", post(remember))
        .fallback(not_found)
        .layer(middleware::from_fn(lifetime::keep))
        .layer(cookie::sessions(store).with_signed(key))
        .layer(middleware::from_fn(cookie::only_ours))
        .layer(middleware::map_response(cookie::mend))
        .layer(middleware::map_response(no_store))
        .layer(middleware::map_response(page::explain))
}
// ANCHOR_END: app

/// Every page here is made for one visitor: no cache may keep it for another.
async fn no_store(mut response: Response) -> Response {
    let value = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}

async fn shop(
    shopper: Shopper,
    session: Session,
    headers: HeaderMap,
) -> Result<Markup, Error> {
    let id = shopper.id().map(|id| id.to_string());
    let held = page::held(id.as_deref(), &shopper.basket);
    let remembered = lifetime::remembered(&session).await?;
    Ok(page::shop(&shopper.basket, remembered, &page::sent(&headers), &held))
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

// ANCHOR: remember
async fn remember(
    session: Session,
    choice: Result<Form<Choice>, FormRejection>,
) -> Result<Redirect, Error> {
    let Form(choice) = choice?;
    lifetime::remember(&session, choice.remember).await?;
    Ok(Redirect::to("/"))
}
// ANCHOR_END: remember

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
