//! Where a member is signed in.

use maud::{Markup, html};

use crate::{
    members::{devices::Device, visitor::Visitor},
    pages::{
        layout::{form, layout, said, who},
        message::Message,
    },
};

pub(crate) fn page(
    visitor: &Visitor,
    message: Option<&Message>,
    device: Option<&Device>,
) -> Markup {
    let body = html! {
        (said(message))
        (who(visitor))
        @if let Some(Device { what, place, .. }) = device {
            p { (what) ", " (place) " (this one)" }
        }
        p { "This shop keeps no list of your other devices." }
        (form(visitor, "/devices/end-others", html! { button { "Sign out everywhere else" } }))
    };
    layout("Your devices", body)
}
