//! What a visitor reads when something goes wrong.

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::{error::Reason, pages::layout::layout};

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

/// The answer to a path that nobody serves.
pub(crate) fn not_found() -> Markup {
    let body = html! {
        p { "There is no such page." }
    };
    layout("Not found", body)
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
