//! What only members see.

use axum::extract::State;
use maud::Markup;
use tower_sessions::Session;

use crate::{
    error::Error,
    members::{door::Door, member::Member, visitor::Visitor},
    pages,
    session::flash::{self, Said},
};

pub(crate) async fn page(
    State(door): State<Door>,
    member: Member,
    visitor: Visitor,
    session: Session,
    said: Said,
) -> Result<Markup, Error> {
    let message = flash::take(&session, said).await?;
    let orders = door.orders.orders_of(&member.name).await?;
    Ok(pages::member::page(&member, &visitor, message.as_ref(), &orders))
}
