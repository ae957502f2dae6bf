//! The page that only members see.

use maud::{Markup, html};

use crate::{
    members::{member::Member, visitor::Visitor},
    pages::{
        layout::{layout, said, who},
        message::Message,
    },
    store::orders::Order,
};

pub(crate) fn page(
    member: &Member,
    visitor: &Visitor,
    message: Option<&Message>,
    orders: &[Order],
) -> Markup {
    let body = html! {
        (said(message))
        (who(visitor))
        p { (member.name) ", your second packet is at half the price." }
        @if !orders.is_empty() {
            h2 { "Your orders" }
            ol { @for order in orders { li { (order.teas) } } }
        }
        p {
            a href="/devices" { "Your devices" }
            @if member.has_password {
                " · " a href="/password" { "Another password" }
            }
        }
    };
    layout("For members", body)
}
