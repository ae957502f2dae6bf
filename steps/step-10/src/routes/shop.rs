//! The shop, and what can be done in it.

use axum::{
    Form,
    extract::rejection::FormRejection,
    http::{HeaderMap, StatusCode},
    response::Redirect,
};
use maud::Markup;
use tower_sessions::Session;

use crate::{
    error::Error,
    members::member,
    pages::{self, held},
    session::lifetime::{self, Choice},
    shop::basket::{self, Order, Shopper},
};

pub(crate) async fn page(
    shopper: Shopper,
    session: Session,
    headers: HeaderMap,
) -> Result<Markup, Error> {
    let id = shopper.id().map(|id| id.to_string());
    let held = held::record(id.as_deref(), &shopper.basket);
    let remembered = lifetime::remembered(&session).await?;
    let name = member::name(&session).await?;
    let sent = held::sent(&headers);
    Ok(pages::shop::page(
        &shopper.basket,
        name.as_deref(),
        remembered,
        &sent,
        &held,
    ))
}

pub(crate) async fn add(
    mut shopper: Shopper,
    order: Result<Form<Order>, FormRejection>,
) -> Result<Redirect, Error> {
    let Form(order) = order?;
    shopper.add(order.tea).await?;
    Ok(Redirect::to("/"))
}

pub(crate) async fn take(
    mut shopper: Shopper,
    order: Result<Form<Order>, FormRejection>,
) -> Result<Redirect, Error> {
    let Form(order) = order?;
    shopper.take(order.tea).await?;
    Ok(Redirect::to("/"))
}

pub(crate) async fn remember(
    session: Session,
    choice: Result<Form<Choice>, FormRejection>,
) -> Result<Redirect, Error> {
    let Form(choice) = choice?;
    lifetime::remember(&session, choice.remember).await?;
    Ok(Redirect::to("/"))
}

pub(crate) async fn about() -> Markup {
    pages::shop::about()
}

pub(crate) async fn start_over(session: Session) -> Result<Redirect, Error> {
    basket::empty(&session).await?;
    Ok(Redirect::to("/"))
}

pub(crate) async fn not_found() -> (StatusCode, Markup) {
    (StatusCode::NOT_FOUND, pages::errors::not_found())
}
