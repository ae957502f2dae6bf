//! The page that sells: what the browser sent beside what the server holds.

use maud::{Markup, html};

use crate::{
    members::visitor::Visitor,
    pages::{
        layout::{form, layout, list, said, who},
        message::Message,
    },
    shop::basket::{Basket, Tea},
};

/// What the page that sells has to show.
pub(crate) struct Shop<'a> {
    pub(crate) visitor: &'a Visitor,
    pub(crate) basket: &'a Basket,
    pub(crate) order: Option<&'a str>,
    pub(crate) remembered: bool,
    pub(crate) message: Option<Message>,
    pub(crate) sent: &'a [String],
    pub(crate) held: &'a [String],
}

/// The page that sells.
pub(crate) fn page(page: &Shop) -> Markup {
    let body = html! {
        (said(page.message.as_ref()))
        (who(page.visitor))
        (form(page.visitor, "/basket", teas()))
        h2 { "Your basket" }
        @if page.basket.0.is_empty() {
            p { "nothing" }
        } @else {
            (form(page.visitor, "/basket/take", packets(page.basket)))
            (form(page.visitor, "/start-over", html! { button { "Empty it" } }))
            @if page.visitor.name.is_some() {
                (form(page.visitor, "/checkout", order(page.order)))
            }
            (form(page.visitor, "/remember", how_long(page.remembered)))
        }
        h2 { "Your browser sent" }
        (list(page.sent))
        h2 { "The server holds" }
        (list(page.held))
    };
    layout("Tea", body)
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

fn order(key: Option<&str>) -> Markup {
    html! {
        input type="hidden" name="order" value=[key];
        button { "Order" }
    }
}

fn how_long(remembered: bool) -> Markup {
    html! {
        @if remembered {
            p { "The basket is kept for 30 days after each visit." }
            p { "Forgotten, it ends 12 hours after it was begun, and you are signed out: that may be at once." }
            button name="remember" value="false" { "Forget it with this browser window" }
        } @else {
            p { "The basket is kept for 30 minutes after each visit, until you close the browser." }
            button name="remember" value="true" { "Keep it for 30 days" }
        }
    }
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
