//! The shop, and what can be done in it.

use axum::{Extension, extract::State, http::StatusCode, response::Redirect};
use maud::Markup;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    error::Error,
    members::{door::Door, member::Fresh, orders, step_up, visitor::Visitor},
    pages::{self, held, message::Message, shop::Shop},
    session::{
        cookie::Sent,
        flash::{self, Said},
        forms::{Nothing, OwnForm},
        lifetime::{self, Choice},
    },
    shop::basket::{self, Packet, Shopper},
    store::{again, name::Name},
};

pub(crate) async fn page(
    shopper: Shopper,
    visitor: Visitor,
    session: Session,
    said: Said,
    Extension(sent): Extension<Sent>,
) -> Result<Markup, Error> {
    let name = shopper.id().map(|id| Name::of(&id).to_string());
    Ok(pages::shop::page(&Shop {
        visitor: &visitor,
        basket: &shopper.basket,
        order: shopper.order.as_deref(),
        remembered: lifetime::remembered(&session).await?,
        message: flash::take(&session, said).await?,
        sent: &held::sent(&sent),
        held: &held::record(name.as_deref(), &shopper.basket),
    }))
}

pub(crate) async fn add(
    mut shopper: Shopper,
    OwnForm(packet): OwnForm<Packet>,
) -> Result<Redirect, Error> {
    shopper.add(packet.tea).await?;
    flash::say(shopper.session(), "/", Message::Added(packet.tea)).await
}

pub(crate) async fn take(
    mut shopper: Shopper,
    OwnForm(packet): OwnForm<Packet>,
) -> Result<Redirect, Error> {
    shopper.take(packet.tea).await?;
    flash::say(shopper.session(), "/", Message::TakenOut(packet.tea)).await
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

/// What ordering is called, of which another run may have to tell.
const ORDER: &str = "order";

/// The order that a page shows.
#[derive(Deserialize)]
pub(crate) struct Checkout {
    #[serde(default)]
    order: String,
}

/// Orders what is in the basket. The password is good for one order, and a form that comes
/// again for the same one.
pub(crate) async fn check_out(
    State(door): State<Door>,
    fresh: Result<Fresh, Error>,
    shopper: Shopper,
    session: Session,
    OwnForm(Checkout { order }): OwnForm<Checkout>,
) -> Result<Redirect, Error> {
    if orders::is_last(&session, &order).await? {
        again::act(ORDER, async { Ok(()) }).await?;
        return flash::say(&session, "/", Message::Ordered).await;
    }
    let member = fresh?.name;
    if shopper.basket.0.is_empty() {
        return flash::say(&session, "/", Message::NothingToOrder).await;
    }
    if shopper.order.as_deref().unwrap_or_default() != order {
        return Err(Error::Moved);
    }
    // A basket of the step before has none.
    let order = shopper.order.unwrap_or_else(basket::new_order);
    basket::empty(&session).await?;
    step_up::spend(&session).await?;
    orders::note(&session, order, shopper.basket.to_string()).await?;
    // Made by whoever saves it first. What comes then is done for this one order.
    lifetime::save(&session).await?;
    again::act(ORDER, orders::place(&door, &session, &member)).await?;
    flash::say(&session, "/", Message::Ordered).await
}

pub(crate) async fn not_found() -> (StatusCode, Markup) {
    (StatusCode::NOT_FOUND, pages::errors::not_found())
}
