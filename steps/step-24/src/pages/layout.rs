//! What all pages have in common.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{members::visitor::Visitor, pages::message::Message};

pub(crate) const STYLE: &str = "
    :root { color-scheme: light dark }
    body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 2rem auto; padding: 0 1rem }
    code { font-size: 1em; overflow-wrap: anywhere }
    button { font: inherit }
";

/// A browser may put a whole page aside, and show it again when its visitor goes back. What
/// a member saw is to be asked for again.
pub(crate) const AGAIN: &str = "
    addEventListener('pageshow', event => { if (event.persisted) location.reload() })
";

/// A page with this title.
pub(crate) fn layout(title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // No picture: otherwise the browser asks for one at /favicon.ico.
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main { h1 { (title) } (body) }
                nav { a href="/" { "Shop" } " · " a href="/about" { "About" } }
            }
        }
    }
}

/// A list of what may be nothing.
pub(crate) fn list(items: &[String]) -> Markup {
    html! {
        ul {
            @for item in items { li { code { (item) } } }
            @if items.is_empty() { li { "nothing" } }
        }
    }
}

/// A form that this visitor's session will know again.
pub(crate) fn form(visitor: &Visitor, action: &str, fields: Markup) -> Markup {
    html! {
        form method="post" action=(action) {
            @if let Some(token) = &visitor.token {
                input type="hidden" name="token" value=(token);
            }
            (fields)
        }
    }
}

/// What was done a moment ago.
pub(crate) fn said(message: Option<&Message>) -> Markup {
    html! { @if let Some(message) = message { p role="status" { (message) } } }
}

/// Who is signed in, with the way out, or the way in.
pub(crate) fn who(visitor: &Visitor) -> Markup {
    html! {
        @if let Some(name) = &visitor.name {
            script { (PreEscaped(AGAIN)) }
            p { "You are " a href="/member" { (name) } "." }
            (form(visitor, "/sign-out", html! { button { "Sign out" } }))
        } @else {
            p { a href="/sign-in" { "Sign in" } " or " a href="/register" { "register" } }
        }
    }
}
