//! The form that asks for a name and a password.

use maud::{Markup, html};

use crate::pages::layout::layout;

// ANCHOR: form
/// The form to sign in, or to register, below what was wrong with the last try.
pub(crate) fn form(title: &str, action: &str, wrong: Option<&str>) -> Markup {
    let password = if action == "/register" { "new" } else { "current" };
    let body = html! {
        @if let Some(wrong) = wrong { p role="alert" { (wrong) } }
        form method="post" action=(action) {
            p { label { "Name " input name="name" autocomplete="username" required; } }
            p {
                label {
                    "Password "
                    input type="password" name="password" autocomplete={ (password) "-password" } required;
                }
            }
            button { (title) }
        }
    };
    layout(title, body)
}
// ANCHOR_END: form
