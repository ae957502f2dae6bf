//! The pages: what the browser sent beside what the server holds.

use axum::http::{HeaderMap, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "
    :root { color-scheme: light dark }
    body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 2rem auto; padding: 0 1rem }
    code { font-size: 1em; overflow-wrap: anywhere }
";

// ANCHOR: home
/// The page that counts.
pub(crate) fn home(visits: u64, sent: &[String], held: &[String]) -> Markup {
    let times = if visits == 1 { "time" } else { "times" };
    let body = html! {
        p { "You have been here " strong { (visits) } " " (times) "." }
        h2 { "Your browser sent" }
        (list(sent))
        h2 { "The server holds" }
        (list(held))
    };
    layout("Visits", body)
}
// ANCHOR_END: home

/// A page that has no use for a session.
pub(crate) fn about() -> Markup {
    let body = html! {
        p { "This page counts nothing." }
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

/// The cookies of a request, values cut short: a page that shows a whole session identifier
/// gives it to every script on the page.
pub(crate) fn sent(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(header::COOKIE).iter();
    let text = lines.map(|line| String::from_utf8_lossy(line.as_bytes()));
    text.flat_map(|line| line.split(';').map(shorten_value).collect::<Vec<_>>())
        .collect()
}

/// The one number.
pub(crate) fn held(visits: u64) -> Vec<String> {
    vec![format!("visits = {visits}, whoever visits")]
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

// ANCHOR: rest
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
// ANCHOR_END: rest
