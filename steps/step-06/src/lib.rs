//! The tea shop, with a cookie that is signed.

mod basket;
mod cookie;
mod error;
mod page;
pub mod secret;

use axum::{
    Form, Router,
    extract::rejection::FormRejection,
    http::{HeaderMap, StatusCode},
    middleware,
    response::Redirect,
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
        .route("/start-over", post(start_over))
        .fallback(not_found)
        .layer(cookie::sessions(store).with_signed(key))
        .layer(middleware::from_fn(cookie::only_ours))
        .layer(middleware::map_response(cookie::mend_removal))
        .layer(middleware::map_response(page::explain))
}
// ANCHOR_END: app

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
