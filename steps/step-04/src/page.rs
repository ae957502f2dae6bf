//! The pages: what the browser sent beside what the server holds.

use axum::http::{HeaderMap, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

const STYLE: &str = "
    :root { color-scheme: light dark }
    body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 2rem auto; padding: 0 1rem }
    code { font-size: 1em; overflow-wrap: anywhere }
";

/// The page that counts.
pub(crate) fn home(
    visits: u64,
    before: Option<OffsetDateTime>,
    sent: &[String],
    held: &[String],
) -> Markup {
    let times = if visits == 1 { "time" } else { "times" };
    let before = before.and_then(|date| date.format(&Rfc3339).ok());
    let body = html! {
        p { "You have been here " strong { (visits) } " " (times) "." }
        @if let Some(date) = before { p { "Your last visit: " time { (date) } } }
        h2 { "Your browser sent" }
        (list(sent))
        h2 { "The server holds" }
        (list(held))
    };
    layout("Visits", body)
}

/// A page that has no use for a session.
pub(crate) fn about() -> Markup {
    let body = html! {
        p { "This page counts nothing, so it asks for no session." }
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

/// The answer when the session's data does not fit its type: the visitor decides what
/// becomes of it.
pub(crate) fn unreadable() -> Markup {
    let body = html! {
        p { "The server cannot read what it has kept for you." }
        form method="post" action="/start-over" { button { "Start over" } }
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

/// The cookies of a request, values cut short: a page that shows a whole session identifier
/// gives it to every script on the page.
pub(crate) fn sent(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(header::COOKIE).iter();
    let text = lines.map(|line| String::from_utf8_lossy(line.as_bytes()));
    text.flat_map(|line| line.split(';').map(shorten_value).collect::<Vec<_>>())
        .collect()
}

/// The session's record.
pub(crate) fn held(id: Option<&str>, visits: u64) -> Vec<String> {
    match id {
        Some(id) => vec![format!("session {}: visits = {visits}", shorten(id))],
        None => {
            vec![format!("a session that has no identifier yet: visits = {visits}")]
        }
    }
}

fn shorten_value(pair: &str) -> String {
    match pair.trim().split_once('=') {
        Some((name, value)) => format!("{name}={}", shorten(value)),
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
                nav { a href="/" { "Visit" } " · " a href="/about" { "About" } }
            }
        }
    }
}
