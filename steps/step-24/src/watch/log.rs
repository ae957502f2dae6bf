//! What is written, and how.

use std::{env, io};

use tracing::Level;
use tracing_subscriber::{
    filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Writes what happens to stderr: as `LOG` says, from `error` to `trace`, and else from
/// `info` on; in lines of JSON if `LOG_FORMAT` is `json`, as programs read them.
///
/// # Errors
/// That one of the two is none of these.
pub fn begin() -> Result<(), String> {
    let told = told(level()?);
    let begin = tracing_subscriber::registry().with(told);
    if is_json()? {
        begin.with(fmt::layer().json().with_writer(io::stderr)).init();
    } else {
        begin.with(fmt::layer().with_writer(io::stderr)).init();
    }
    Ok(())
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

fn level() -> Result<Level, String> {
    let Some(level) = env::var_os("LOG") else { return Ok(Level::INFO) };
    let level = level.to_str().and_then(|level| level.parse().ok());
    level.ok_or("LOG is none of error, warn, info, debug and trace.".to_owned())
}

fn is_json() -> Result<bool, String> {
    match env::var_os("LOG_FORMAT").as_deref().map(|format| format.to_str()) {
        None | Some(Some("text")) => Ok(false),
        Some(Some("json")) => Ok(true),
        _ => Err("LOG_FORMAT is neither text nor json.".to_owned()),
    }
}
