//! What is written, and how.

use std::io;

use tracing::Level;
use tracing_subscriber::{
    filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Writes what happens to stderr, from this level on; in lines of JSON if programs are to
/// read them.
pub fn begin(level: Level, is_json: bool) {
    let begin = tracing_subscriber::registry().with(told(level));
    if is_json {
        begin.with(fmt::layer().json().with_writer(io::stderr)).init();
    } else {
        begin.with(fmt::layer().with_writer(io::stderr)).init();
    }
}

/// What gets into the log. `LOG` is about this server alone. Of what others have written,
/// whatever it says, only what is wrong: to find their mistakes, they write down what they
/// are given, such as a password and its hash.
pub fn told(level: Level) -> Targets {
    let ours = env!("CARGO_CRATE_NAME");
    Targets::new().with_default(Level::WARN).with_target(ours, level)
}

/// What the log is told of JSON that is not understood. Not what serde says of it: that may
/// repeat what stands there.
pub(crate) fn class(why: &serde_json::Error) -> String {
    format!("{:?} at {}", why.classify(), why.column())
}
