//! The pages: what the browser sent beside what the server holds.

use axum::http::{HeaderMap, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{
    basket::{Basket, Tea},
    flash::Flash,
    member::Member,
    visitor::Visitor,
};

const STYLE: &str = "
    :root { color-scheme: light dark }
    body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 2rem auto; padding: 0 1rem }
    code { font-size: 1em; overflow-wrap: anywhere }
    button { font: inherit }
";

/// A browser may put a whole page aside, and show it again when its visitor goes back. What
/// a member saw is to be asked for again.
const AGAIN: &str = "
    addEventListener('pageshow', event => { if (event.persisted) location.reload() })
";

// ANCHOR: form
/// A form that this visitor's session will know again.
fn form(visitor: &Visitor, action: &str, fields: Markup) -> Markup {
    html! {
        form method="post" action=(action) {
            @if let Some(token) = &visitor.token {
                input type="hidden" name="token" value=(token);
            }
            (fields)
        }
    }
}
// ANCHOR_END: form

/// What the page that sells has to show.
pub(crate) struct Shop<'a> {
    pub(crate) visitor: &'a Visitor,
    pub(crate) basket: &'a Basket,
    pub(crate) remembered: bool,
    pub(crate) flash: Option<Flash>,
    pub(crate) sent: &'a [String],
    pub(crate) held: &'a [String],
}

/// The page that sells.
pub(crate) fn shop(page: &Shop) -> Markup {
    let body = html! {
        (said(page.flash.as_ref()))
        (who(page.visitor))
        (form(page.visitor, "/basket", teas()))
        h2 { "Your basket" }
        @if page.basket.0.is_empty() {
            p { "nothing" }
        } @else {
            (form(page.visitor, "/basket/take", packets(page.basket)))
            (form(page.visitor, "/start-over", html! { button { "Empty it" } }))
            (form(page.visitor, "/remember", how_long(page.remembered)))
        }
        h2 { "Your browser sent" }
        (list(page.sent))
        h2 { "The server holds" }
        (list(page.held))
    };
    layout("Tea", body)
}

fn said(flash: Option<&Flash>) -> Markup {
    html! { @if let Some(flash) = flash { p role="status" { (flash) } } }
}

fn teas() -> Markup {
    html! {
        ul {
            @for tea in Tea::ALL {
                li {
                    (tea) " "
                    button name="tea" value=(tea.value()) aria-label={ "Add " (tea) } { "Add" }
                }
            }
        }
    }
}

fn packets(basket: &Basket) -> Markup {
    html! {
        ul {
            @for (tea, packets) in &basket.0 {
                li {
                    (packets) " × " (tea) " "
                    button name="tea" value=(tea.value())
                        aria-label={ "Take one " (tea) " out" } {
                        "Take one out"
                    }
                }
            }
        }
    }
}

fn how_long(remembered: bool) -> Markup {
    html! {
        @if remembered {
            p { "The basket is kept for 30 days after each visit." }
            button name="remember" value="false" { "Forget it with this browser window" }
        } @else {
            p { "The basket is kept for 30 minutes after each visit, until you close the browser." }
            button name="remember" value="true" { "Keep it for 30 days" }
        }
    }
}

/// Who is signed in, with the way out, or the way in.
fn who(visitor: &Visitor) -> Markup {
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

/// What only members see.
pub(crate) fn member(
    member: &Member,
    visitor: &Visitor,
    flash: Option<&Flash>,
) -> Markup {
    let body = html! {
        (said(flash))
        (who(visitor))
        p { (member.name) ", your second packet is at half the price." }
    };
    layout("For members", body)
}

/// The form to sign in, or to register, below what was wrong with the last try.
pub(crate) fn credentials(
    visitor: &Visitor,
    title: &str,
    action: &str,
    wrong: Option<&str>,
) -> Markup {
    let password = if action == "/register" { "new" } else { "current" };
    let fields = html! {
        p { label { "Name " input name="name" autocomplete="username" required; } }
        p {
            label {
                "Password "
                input type="password" name="password" autocomplete={ (password) "-password" } required;
            }
        }
        button { (title) }
    };
    let body = html! {
        @if let Some(wrong) = wrong { p role="alert" { (wrong) } }
        (form(visitor, action, fields))
    };
    layout(title, body)
}

/// Asks before what the server holds is given up.
pub(crate) fn start_over(visitor: &Visitor) -> Markup {
    let body = html! {
        p { "Your basket is emptied." }
        (form(visitor, "/start-over", html! { button { "Start over" } }))
    };
    layout("Start over", body)
}

/// A page that has no use for a session.
pub(crate) fn about() -> Markup {
    let body = html! {
        p { "This page needs no basket." }
    };
    layout("About", body)
}

/// The answer to a path that nobody serves.
pub(crate) fn not_found() -> Markup {
    let body = html! {
        p { "There is no such page." }
    };
    layout("Not found", body)
}

/// The answer to a form that this server does not understand.
pub(crate) fn refused() -> Markup {
    let body = html! {
        p { "The shop does not understand this order. Nothing has changed." }
    };
    layout("Not possible", body)
}

/// The answer to a form that no page of this session has sent.
pub(crate) fn foreign() -> Markup {
    let body = html! {
        p { "This form is none of the page that you have open, or older than your session. Nothing has changed. Open the page again and repeat what you did." }
    };
    layout("Not possible", body)
}

/// The answer when the session's data does not fit its type: the visitor decides what becomes of it.
pub(crate) fn unreadable() -> Markup {
    let body = html! {
        p { "The server cannot read what it has kept for you." }
        p { a href="/start-over" { "Start over" } }
    };
    layout("Something is wrong", body)
}

/// The answer when there is no store to ask.
pub(crate) fn out_of_reach() -> Markup {
    let body = html! {
        p { "The server cannot reach what it has kept for you. Nothing is lost; try again later." }
    };
    layout("Something is wrong", body)
}

/// The answer when the session could not be saved: what was asked for is done nowhere.
pub(crate) fn not_kept() -> Markup {
    let body = html! {
        p { "This was not kept: you may have signed out meanwhile. Look at the shop before you try again." }
    };
    layout("Not kept", body)
}

/// A signed cookie's value begins with the signature, an HMAC-SHA256 in base64.
const SIGNATURE: usize = 44;

/// The cookies of a request, values cut short: a page that shows a whole session identifier gives
/// it to every script on the page.
pub(crate) fn sent(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(header::COOKIE).iter();
    let text = lines.map(|line| String::from_utf8_lossy(line.as_bytes()));
    text.flat_map(|line| line.split(';').map(shorten_value).collect::<Vec<_>>())
        .collect()
}

/// The session's record.
pub(crate) fn held(id: Option<&str>, basket: &Basket) -> Vec<String> {
    let record =
        |id| format!("session {}: {}", shorten(id), lines(basket).join(", "));
    id.map(record).into_iter().collect()
}

fn lines(basket: &Basket) -> Vec<String> {
    let packets = |(tea, packets): (&Tea, &u32)| format!("{packets} × {tea}");
    basket.0.iter().map(packets).collect()
}

fn shorten_value(pair: &str) -> String {
    match pair.trim().split_once('=') {
        Some((name, value)) => match value.split_at_checked(SIGNATURE) {
            Some((signature, id)) => {
                format!("{name}={} and {}", shorten(signature), shorten(id))
            }
            None => format!("{name}={}", shorten(value)),
        },
        None => shorten(pair.trim()),
    }
}

fn shorten(value: &str) -> String {
    let start: String = value.chars().take(6).collect();
    if start == value { start } else { start + "…" }
}

fn list(items: &[String]) -> Markup {
    html! {
        ul {
            @for item in items { li { code { (item) } } }
            @if items.is_empty() { li { "nothing" } }
        }
    }
}

fn layout(title: &str, body: Markup) -> Markup {
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
