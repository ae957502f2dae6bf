//! What people see here.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::authorize::{Asked, PEOPLE};

/// The names that can be chosen.
pub(crate) fn choose(client: &str, asked: &Asked) -> Markup {
    let query = serde_urlencoded::to_string(asked).unwrap_or_default();
    page(html! {
        h1 { "Who are you?" }
        p { "The shop " b { (client) } " wants to know. No password is asked for: this is for trying things out." }
        form method="post" action={ "/authorize?" (query) } {
            @for name in PEOPLE {
                p { button name="subject" value=(name) { (name) } }
            }
            p { button { "Nobody" } }
        }
    })
}

/// A form that sends itself to the client.
pub(crate) fn form_post(to: &str, said: &[(&str, &str)]) -> Markup {
    page(html! {
        form method="post" action=(to) {
            @for (name, value) in said { input type="hidden" name=(name) value=(value); }
            button { "Go on" }
        }
        script { (PreEscaped("document.forms[0].submit()")) }
    })
}

/// Why nobody is sent on.
pub(crate) fn refused(why: &str) -> Markup {
    page(html! { h1 { "Not possible" } p { (why) } })
}

fn page(body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                link rel="icon" href="data:,";
                title { "The provider" }
            }
            body { main { (body) } }
        }
    }
}
