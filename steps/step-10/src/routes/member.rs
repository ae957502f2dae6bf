//! What only members see.

use maud::Markup;

use crate::{members::member::Member, pages};

pub(crate) async fn page(member: Member) -> Markup {
    pages::member::page(&member.name)
}
