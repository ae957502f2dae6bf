//! The pages: what the browser sent beside what the server holds.

use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{
    basket::{Basket, Tea},
    error::Reason,
};

const STYLE: &str = "
    :root { color-scheme: light dark }
    body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 2rem auto; padding: 0 1rem }
    code { font-size: 1em; overflow-wrap: anywhere }
    button { font: inherit }
";

/// The page that sells.
pub(crate) fn shop(
    basket: &Basket,
    remembered: bool,
    sent: &[String],
    held: &[String],
) -> Markup {
    let body = html! {
        form method="post" action="/basket" {
            ul {
                @for tea in Tea::ALL {
                    li {
                        (tea) " "
                        button name="tea" value=(tea.value()) aria-label={ "Add " (tea) } {
                            "Add"
                        }
                    }
                }
            }
        }
        h2 { "Your basket" }
        @if basket.0.is_empty() {
            p { "nothing" }
        } @else {
            form method="post" action="/basket/take" {
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
            form method="post" action="/start-over" { button { "Empty it" } }
            form method="post" action="/remember" {
                @if remembered {
                    p { "The basket is kept for 30 days after each visit." }
                    button name="remember" value="false" { "Forget it with this browser window" }
                } @else {
                    p { "The basket is kept for 30 minutes after each visit, until you close the browser." }
                    button name="remember" value="true" { "Keep it for 30 days" }
                }
            }
        }
        h2 { "Your browser sent" }
        (list(sent))
        h2 { "The server holds" }
        (list(held))
    };
    layout("Tea", body)
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

/// Gives an error its page.
pub(crate) async fn explain(response: Response) -> Response {
    let page = match response.extensions().get() {
        Some(Reason::OutOfReach) => out_of_reach(),
        Some(Reason::Unreadable) => unreadable(),
        Some(Reason::Refused) => refused(),
        None => return response,
    };
    let (parts, _) = response.into_parts();
    (parts, page).into_response()
}

/// The answer to a form that this server does not understand.
fn refused() -> Markup {
    let body = html! {
        p { "The shop does not understand this order. Nothing has changed." }
    };
    layout("Not possible", body)
}

/// The answer when the session's data does not fit its type: the visitor decides what
/// becomes of it.
fn unreadable() -> Markup {
    let body = html! {
        p { "The server cannot read what it has kept for you." }
        form method="post" action="/start-over" { button { "Start over" } }
    };
    layout("Something is wrong", body)
}

/// The answer when there is no store to ask.
fn out_of_reach() -> Markup {
    let body = html! {
        p { "The server cannot reach what it has kept for you. Nothing is lost; try again later." }
    };
    layout("Something is wrong", body)
}

/// A signed cookie's value begins with the signature, an HMAC-SHA256 in base64.
const SIGNATURE: usize = 44;

/// The cookies of a request, values cut short: a page that shows a whole session identifier
/// gives it to every script on the page.
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
