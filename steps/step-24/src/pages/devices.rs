//! Where a member is signed in.

use maud::{Markup, html};

use crate::{
    members::{devices::Device, visitor::Visitor},
    pages::{
        layout::{form, layout, said, who},
        message::Message,
    },
};

/// A device as the list shows it.
pub(crate) struct Row {
    pub(crate) device: Device,
    pub(crate) minutes_ago: i64,
    pub(crate) is_this: bool,
}

pub(crate) fn page(
    visitor: &Visitor,
    message: Option<&Message>,
    rows: &[Row],
) -> Markup {
    let body = html! {
        (said(message))
        (who(visitor))
        ul { @for row in rows { li { (device(visitor, row)) } } }
        (form(visitor, "/devices/end-others", html! { button { "Sign out everywhere else" } }))
    };
    layout("Your devices", body)
}

fn device(visitor: &Visitor, row: &Row) -> Markup {
    let ago = match row.minutes_ago {
        ..=0 => "now".to_owned(),
        1 => "a minute ago".to_owned(),
        minutes => format!("{minutes} minutes ago"),
    };
    let button = html! {
        button name="handle" value=(row.device.handle)
            aria-label={ "Sign out " (row.device.what) ", used " (ago) } {
            "Sign out"
        }
    };
    html! {
        p {
            (row.device.what) ", " (row.device.place) ", used " (ago)
            @if row.is_this { " (this one)" }
        }
        (form(visitor, "/devices/end", button))
    }
}
