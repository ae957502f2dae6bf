//! What all pages have in common.

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "
    :root { color-scheme: light dark }
    body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 2rem auto; padding: 0 1rem }
    code { font-size: 1em; overflow-wrap: anywhere }
    button { font: inherit }
";

// ANCHOR: again
/// A browser may put a whole page aside, and show it again when its visitor goes back. What
/// a member saw is to be asked for again.
const AGAIN: &str = "
    addEventListener('pageshow', event => { if (event.persisted) location.reload() })
";
// ANCHOR_END: again

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

/// Who is signed in, with the way out, or the way in.
pub(crate) fn who(name: Option<&str>) -> Markup {
    html! {
        @if let Some(name) = name {
            script { (PreEscaped(AGAIN)) }
            form method="post" action="/sign-out" {
                "You are " a href="/member" { (name) } ". " button { "Sign out" }
            }
        } @else {
            p { a href="/sign-in" { "Sign in" } " or " a href="/register" { "register" } }
        }
    }
}
