//! The forms that ask for a name and a password, or for a password.

use maud::{Markup, html};

use crate::{
    members::{next::Next, step_up::Then, visitor::Visitor},
    pages::layout,
};

/// The form to sign in, or to register, below what was wrong with the last try.
pub(crate) fn form(
    visitor: &Visitor,
    title: &str,
    action: &str,
    next: &Next,
    wrong: Option<&str>,
) -> Markup {
    let autocomplete = match action {
        "/register" => "new-password",
        _ => "current-password",
    };
    let fields = html! {
        p { label { "Name " input name="name" autocomplete="username" required; } }
        (password("Password", "password", autocomplete))
        input type="hidden" name="next" value=(next.path());
        button { (title) }
    };
    let body = html! {
        @if let Some(wrong) = wrong { p role="alert" { (wrong) } }
        (layout::form(visitor, action, fields))
        @if action == "/sign-in" {
            p { a href=(next.by_way_of("/register")) { "Register" } }
        }
    };
    layout::layout(title, body)
}

/// Asks a member for the password once more.
pub(crate) fn confirm(
    visitor: &Visitor,
    name: &str,
    then: Then,
    wrong: Option<&str>,
) -> Markup {
    let fields = html! {
        input type="hidden" name="then" value=(then.value());
        (password("Password", "password", "current-password"))
        button { "Go on" }
    };
    let body = html! {
        @if let Some(wrong) = wrong { p role="alert" { (wrong) } }
        (layout::who(visitor))
        p { "Is it you, " (name) "?" }
        (layout::form(visitor, "/confirm", fields))
    };
    layout::layout("Your password", body)
}

/// Asks for the old password and for a new one.
pub(crate) fn change(visitor: &Visitor, wrong: Option<&str>) -> Markup {
    let fields = html! {
        (password("The old one", "password", "current-password"))
        (password("The new one", "new", "new-password"))
        button { "Change it" }
    };
    let body = html! {
        @if let Some(wrong) = wrong { p role="alert" { (wrong) } }
        (layout::who(visitor))
        p { "All other devices are signed out." }
        (layout::form(visitor, "/password", fields))
    };
    layout::layout("Another password", body)
}

fn password(label: &str, name: &str, autocomplete: &str) -> Markup {
    html! {
        p {
            label {
                (label) " "
                input type="password" name=(name) autocomplete=(autocomplete) required;
            }
        }
    }
}
