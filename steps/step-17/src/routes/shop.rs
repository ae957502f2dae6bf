//! The shop, and what can be done in it.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Redirect,
};
use maud::Markup;
use tower_sessions::Session;

use crate::{
    error::Error,
    members::{member::Fresh, step_up, visitor::Visitor},
    pages::{self, held, message::Message, shop::Shop},
    session::{
        flash::{self, Said},
        forms::{Nothing, OwnForm},
        lifetime::{self, Choice},
    },
    shop::basket::{self, Order, Shopper},
    store::name::Name,
};

pub(crate) async fn page(
    shopper: Shopper,
    visitor: Visitor,
    session: Session,
    said: Said,
    headers: HeaderMap,
) -> Result<Markup, Error> {
    let name = shopper.id().map(|id| Name::of(&id).to_string());
    Ok(pages::shop::page(&Shop {
        visitor: &visitor,
        basket: &shopper.basket,
        remembered: lifetime::remembered(&session).await?,
        message: flash::take(&session, said).await?,
        sent: &held::sent(&headers),
        held: &held::record(name.as_deref(), &shopper.basket),
    }))
}

pub(crate) async fn add(
    mut shopper: Shopper,
    OwnForm(order): OwnForm<Order>,
) -> Result<Redirect, Error> {
    shopper.add(order.tea).await?;
    flash::say(shopper.session(), "/", Message::Added(order.tea)).await
}

pub(crate) async fn take(
    mut shopper: Shopper,
    OwnForm(order): OwnForm<Order>,
) -> Result<Redirect, Error> {
    shopper.take(order.tea).await?;
    flash::say(shopper.session(), "/", Message::TakenOut(order.tea)).await
}

/// A longer life is more than a thief should have: a member's needs the password.
pub(crate) async fn remember(
    visitor: Visitor,
    fresh: Result<Fresh, Error>,
    session: Session,
    OwnForm(choice): OwnForm<Choice>,
) -> Result<Redirect, Error> {
    if visitor.name.is_some() && choice.remember {
        fresh?;
    }
    lifetime::remember(&session, choice.remember).await?;
    Ok(Redirect::to("/"))
}

pub(crate) async fn about() -> Markup {
    pages::shop::about()
}

pub(crate) async fn start_over_form(visitor: Visitor) -> Markup {
    pages::shop::start_over(&visitor)
}

pub(crate) async fn start_over(
    session: Session,
    _: OwnForm<Nothing>,
) -> Result<Redirect, Error> {
    basket::empty(&session).await?;
    Ok(Redirect::to("/"))
}

/// Orders what is in the basket. The password is good for one order.
pub(crate) async fn check_out(
    _: Fresh,
    shopper: Shopper,
    session: Session,
    _: OwnForm<Nothing>,
) -> Result<Redirect, Error> {
    if shopper.basket.0.is_empty() {
        return flash::say(&session, "/", Message::NothingToOrder).await;
    }
    basket::empty(&session).await?;
    step_up::spend(&session).await?;
    flash::say(&session, "/", Message::Ordered).await
}

pub(crate) async fn not_found() -> (StatusCode, Markup) {
    (StatusCode::NOT_FOUND, pages::errors::not_found())
}
