//! The forms that ask for a name and a password, or for a password.

use maud::{Markup, html};

use crate::{
    members::{next::Next, step_up::Then, visitor::Visitor},
    pages::layout,
};

/// The form to sign in, below what was wrong with the last try, and the way to sign in
/// elsewhere if there is one.
pub(crate) fn sign_in(
    visitor: &Visitor,
    next: &Next,
    elsewhere: Option<&str>,
    wrong: Option<&str>,
) -> Markup {
    let body = html! {
        @if let Some(wrong) = wrong { p role="alert" { (wrong) } }
        (layout::form(visitor, "/sign-in", html! {
            (name_and_password("current-password", next))
            button { "Sign in" }
        }))
        @if let Some(host) = elsewhere {
            (layout::form(visitor, "/sign-in/elsewhere", html! {
                (hidden(next))
                button { "Sign in with " (host) }
            }))
        }
        p { a href=(next.by_way_of("/register")) { "Register" } }
    };
    layout::layout("Sign in", body)
}

/// The form to register, below what was wrong with the last try.
pub(crate) fn register(
    visitor: &Visitor,
    next: &Next,
    wrong: Option<&str>,
) -> Markup {
    let body = html! {
        @if let Some(wrong) = wrong { p role="alert" { (wrong) } }
        (layout::form(visitor, "/register", html! {
            (name_and_password("new-password", next))
            button { "Register" }
        }))
    };
    layout::layout("Register", body)
}

fn name_and_password(autocomplete: &str, next: &Next) -> Markup {
    html! {
        p { label { "Name " input name="name" autocomplete="username" required; } }
        (password("Password", "password", autocomplete))
        (hidden(next))
    }
}

fn hidden(next: &Next) -> Markup {
    html! { input type="hidden" name="next" value=(next.path()); }
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

/// Asks a member who has no password to prove it elsewhere once more.
pub(crate) fn confirm_elsewhere(
    visitor: &Visitor,
    name: &str,
    then: Then,
    host: &str,
) -> Markup {
    let fields = html! {
        input type="hidden" name="then" value=(then.value());
        button { "Go to " (host) }
    };
    let body = html! {
        (layout::who(visitor))
        p { "Is it you, " (name) "?" }
        (layout::form(visitor, "/confirm/elsewhere", fields))
    };
    layout::layout("Once more", body)
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
