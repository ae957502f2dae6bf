//! The page that sells: what the browser sent beside what the server holds.

use maud::{Markup, html};

use crate::{
    pages::layout::{layout, list, who},
    shop::basket::{Basket, Tea},
};

/// The page that sells.
pub(crate) fn page(
    basket: &Basket,
    name: Option<&str>,
    remembered: bool,
    sent: &[String],
    held: &[String],
) -> Markup {
    let body = html! {
        (who(name))
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
