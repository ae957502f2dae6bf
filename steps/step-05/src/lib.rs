//! A tea shop: a basket for everybody who puts something in, and a cookie with every attribute.

mod basket;
mod cookie;
mod error;
mod page;

use axum::{
    Form, Router,
    extract::rejection::FormRejection,
    http::{HeaderMap, StatusCode},
    middleware,
    response::Redirect,
    routing::{get, post},
};
use maud::Markup;
use tower_sessions::{Session, SessionStore};

use crate::{
    basket::{Order, Shopper},
    error::Error,
};

/// The server: a tea shop that keeps its sessions in `store`.
// ANCHOR: app
pub fn app<Store: SessionStore + Clone>(store: Store) -> Router {
    Router::new()
        .route("/", get(shop))
        .route("/about", get(about))
        .route("/basket", post(add))
        .route("/start-over", post(start_over))
        .fallback(not_found)
        .layer(cookie::sessions(store))
        .layer(middleware::from_fn(cookie::only_ours))
        .layer(middleware::map_response(cookie::mend_removal))
        .layer(middleware::map_response(page::explain))
}
// ANCHOR_END: app

// ANCHOR: shop
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
// ANCHOR_END: shop

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
