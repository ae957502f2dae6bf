//! What only members see.

use maud::Markup;
use tower_sessions::Session;

use crate::{
    error::Error,
    members::{member::Member, visitor::Visitor},
    pages,
    session::flash::{self, Said},
};

pub(crate) async fn page(
    member: Member,
    visitor: Visitor,
    session: Session,
    said: Said,
) -> Result<Markup, Error> {
    let message = flash::take(&session, said).await?;
    Ok(pages::member::page(&member, &visitor, message.as_ref()))
}
