//! Who is signed in, and how often.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::{
    members::visitor::Visitor,
    pages::{
        layout::{form, layout, said, who},
        message::Message,
    },
};

pub(crate) fn page(
    visitor: &Visitor,
    message: Option<&Message>,
    members: &BTreeMap<&str, usize>,
    disabled: &[String],
) -> Markup {
    let body = html! {
        (said(message))
        (who(visitor))
        ul {
            @for (name, sessions) in members {
                li {
                    p { (name) ": " (sessions) }
                    (form(visitor, "/administrator/end", named(name, "End the sessions of ")))
                    (form(visitor, "/administrator/disable", named(name, "Shut out ")))
                }
            }
        }
        @for name in disabled {
            (form(visitor, "/administrator/enable", named(name, "Let in again: ")))
        }
        (form(visitor, "/administrator/end-all", html! { button { "End all sessions" } }))
    };
    layout("Sessions", body)
}

fn named(name: &str, what: &str) -> Markup {
    html! { button name="name" value=(name) { (what) (name) } }
}
