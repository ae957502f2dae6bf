//! What a visitor reads when something goes wrong.

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use crate::{
    pages::{layout::layout, problem},
    reason::Reason,
};

/// Gives an error its page, or what a program reads in its place.
pub(crate) async fn explain(request: Request, next: Next) -> Response {
    let is_program = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    if is_program { problem::explain(response) } else { page(response) }
}

/// Gives an error its page. A session layer that could not save answers 500 without a
/// reason.
fn page(response: Response) -> Response {
    let page = match response.extensions().get() {
        Some(Reason::OutOfReach) => out_of_reach(),
        Some(Reason::NotKept) => not_kept("the server cannot keep anything now"),
        Some(Reason::Unreadable) => unreadable(),
        Some(Reason::Refused) => refused(),
        Some(Reason::TooLong) => too_long(),
        Some(Reason::TooSlow) => too_slow(),
        Some(Reason::Full) => full(),
        Some(Reason::Foreign) => foreign(),
        Some(Reason::TooOften) => too_often(),
        Some(Reason::NotFresh(then)) => not_fresh(then),
        Some(Reason::NotFound) => not_found(),
        Some(Reason::Moved) => moved(),
        Some(Reason::NotPlaced) => not_placed(),
        Some(Reason::NotBack) => not_back(),
        Some(Reason::NoEntry) => no_entry(),
        Some(Reason::Silence) => silence(),
        Some(Reason::Busy) => not_kept("too much else happened in it"),
        None if response.status() == StatusCode::INTERNAL_SERVER_ERROR => {
            not_kept("you may have signed out meanwhile")
        }
        Some(Reason::Program(_)) | None => return response,
    };
    let (parts, _) = response.into_parts();
    (parts, page).into_response()
}

/// The answer to what needs the password once more.
fn not_fresh(then: &str) -> Markup {
    let body = html! {
        p { "For this, the shop wants your password once more. Nothing has changed." }
        p { a href={ "/confirm?then=" (then) } { "Give your password" } }
    };
    layout("Once more", body)
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

/// The answer to a form that is longer than any of this server, or broke off on its way.
fn too_long() -> Markup {
    let body = html! {
        p { "This form is longer than any of the shop, or broke off. Nothing has changed." }
    };
    layout("Too long", body)
}

/// The answer to a form that did not arrive whole.
fn too_slow() -> Markup {
    let body = html! {
        p { "This form did not arrive in time. Nothing has changed. Send it again." }
    };
    layout("Too slow", body)
}

/// The answer when too many others are served.
fn full() -> Markup {
    let body = html! {
        p { "Too many ask at this moment. Nothing has changed. Try again in a second." }
    };
    layout("Too much to do", body)
}

/// The answer to a form that no page of this session has sent.
fn foreign() -> Markup {
    let body = html! {
        p { "This form is none of the page that you have open, or older than your session. Nothing has changed. Open the page again and repeat what you did." }
    };
    layout("Not possible", body)
}

/// The answer to a stranger from whose network too many have come.
fn too_often() -> Markup {
    let body = html! {
        p { "Too many baskets were begun where you are. Nothing has changed. Try again later." }
    };
    layout("Too often", body)
}

/// The answer to a form of a page that is older than what the session has become.
fn moved() -> Markup {
    let body = html! {
        p { "Something else was done in another tab at the same moment. Nothing has changed by this form. Load the page again and repeat what you did." }
    };
    layout("Once more", body)
}

/// The answer when the session's data does not fit its type: the visitor decides what
/// becomes of it.
fn unreadable() -> Markup {
    let body = html! {
        p { "The server cannot read what it has kept for you." }
        p { a href="/start-over" { "Start over" } }
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

/// The answer to an order that is made, and that nobody has got yet.
fn not_placed() -> Markup {
    let body = html! {
        p { "Your order waits: the server cannot pass it on now. Send the form again before you sign out: it is one order." }
    };
    layout("Not placed yet", body)
}

/// The answer to whoever comes back from a provider without having left, or twice.
fn not_back() -> Markup {
    let body = html! {
        p { "This way back is not yours, or you have taken it already, or it took too long. Nothing has changed." }
        p { a href="/sign-in" { "Sign in" } }
    };
    layout("Not possible", body)
}

/// The answer to whom the provider names, and whom the shop does not let in.
fn no_entry() -> Markup {
    let body = html! {
        p { "The shop does not let you in under this name. Nothing has changed." }
        p { a href="/sign-in" { "Sign in" } }
    };
    layout("Not possible", body)
}

/// The answer when the provider has none, or one that is not understood.
fn silence() -> Markup {
    let body = html! {
        p { "The other server does not say who you are. Nothing has changed; try again later." }
        p { a href="/sign-in" { "Sign in" } }
    };
    layout("Something is wrong", body)
}

/// The answer when the session could not be saved. What was done elsewhere may be done.
fn not_kept(why: &str) -> Markup {
    let body = html! {
        p { "Not all of this was kept in your session: " (why) ". Anything else may have been done. Look at the shop before you try again." }
    };
    layout("Not kept", body)
}
