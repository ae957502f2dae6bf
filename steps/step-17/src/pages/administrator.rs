//! What an administrator can do about sessions. Whose there are, the store cannot say.

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
    disabled: &[String],
) -> Markup {
    let body = html! {
        (said(message))
        (who(visitor))
        (form(visitor, "/administrator/end", whose("End the sessions of")))
        (form(visitor, "/administrator/disable", whose("Shut out")))
        @for name in disabled {
            (form(visitor, "/administrator/enable", named(name, "Let in again: ")))
        }
        (form(visitor, "/administrator/end-all", html! { button { "End all sessions" } }))
    };
    layout("Sessions", body)
}

fn whose(what: &str) -> Markup {
    html! {
        p { label { (what) " " input name="name" required; } }
        button { (what) }
    }
}

fn named(name: &str, what: &str) -> Markup {
    html! { button name="name" value=(name) { (what) (name) } }
}
