//! Plays people at browsers against a session server, in process, and records everything:
//! requests and answers, each browser's cookies, each call to the store, the rows, and time.
//!
//! One recording gives a [transcript](Conversation::transcript) to read and a
//! [ladder](Conversation::ladder) to look at. [`record!`] keeps both as snapshots, and the book
//! includes those very files.

mod deed;
mod jar;
mod labels;
mod ladder;
mod news;
mod page_text;
mod play;
mod request;
mod script;
mod store;
mod tokens;
mod transcript;

pub use deed::{Carried, Deed};
pub use jar::{Held as HeldCookie, Initiator, Jar, Refused, SameSite, Url};
pub use labels::lives_for;
pub use play::{Answer, Conversation, Server};
pub use request::Request;
pub use store::{Backend, Call, Changed, Held, KeysOf, Row, Watched};
pub use tokens::{Token, tokens_in};

/// Keeps a conversation's transcript as the snapshot `$name` and its ladder as `${name}_ladder`,
/// beside the test that calls it.
///
/// What a step's test did, it keeps as a script in `lab/scripts`: the lab must come to the same
/// transcript and the same ladder.
#[macro_export]
macro_rules! record {
    ($conversation:expr, $name:literal) => {{
        $crate::record_outside_the_lab!($conversation, $name);
        if env!("CARGO_PKG_NAME").starts_with("step-") {
            let mut settings = $crate::snapshot_settings!();
            settings.set_snapshot_path("../../../lab/scripts");
            settings.bind(|| {
                let name = concat!(env!("CARGO_PKG_NAME"), "-", $name);
                insta::assert_snapshot!(name, $conversation.script());
            });
        }
    }};
}

/// As [`record!`], for a conversation with another app than the step's own, which the lab does
/// not have.
#[macro_export]
macro_rules! record_outside_the_lab {
    ($conversation:expr, $name:literal) => {{
        $crate::snapshot_settings!().bind(|| {
            insta::assert_snapshot!($name, $conversation.transcript());
            insta::assert_snapshot!(concat!($name, "_ladder"), $conversation.ladder());
        });
    }};
}

/// How the book's snapshots are kept: a plain file name, and three lines above the content.
#[doc(hidden)]
#[macro_export]
macro_rules! snapshot_settings {
    () => {{
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings
    }};
}
