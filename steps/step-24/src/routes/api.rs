//! The basket as JSON, for pages of other origins.

use axum::Json;
use serde::Serialize;

use crate::{
    error::Error,
    session::forms::{self, OwnJson},
    shop::basket::{Basket, Packet, Shopper},
};

/// What a page must know to show the basket, and to change it.
#[derive(Serialize)]
pub(crate) struct Shown {
    basket: Basket,
    token: Option<String>,
}

pub(crate) async fn basket(shopper: Shopper) -> Result<Json<Shown>, Error> {
    let token = forms::token(shopper.session()).await?;
    Ok(Json(Shown { basket: shopper.basket, token }))
}

pub(crate) async fn add(
    mut shopper: Shopper,
    OwnJson(packet): OwnJson<Packet>,
) -> Result<Json<Shown>, Error> {
    shopper.add(packet.tea).await?;
    forms::give_token(shopper.session()).await?;
    basket(shopper).await
}
