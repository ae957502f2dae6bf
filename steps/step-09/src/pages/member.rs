//! The page that only members see.

use maud::{Markup, html};

use crate::pages::layout::{layout, who};

pub(crate) fn page(name: &str) -> Markup {
    let body = html! {
        (who(Some(name)))
        p { "Members get their second packet at half the price." }
    };
    layout("For members", body)
}
