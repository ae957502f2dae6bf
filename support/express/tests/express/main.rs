//! What express-session does, option by option and method by method: the left column of the
//! book's comparison.

mod another_origin;
mod cookie;
mod forms;
mod methods;
mod options;
mod proxy;
mod recordings;
mod rotation;
mod stores;
mod table;
mod there_and_back;
mod tokens;
mod watch;

use axum::http::Method;
use conversation::{Conversation, Request};
use express::Express;

/// A conversation with a server of these options, in which Ada has been here once.
async fn visited(options: &str) -> Conversation {
    let mut story = Express::start(options).conversation();
    story.get("Ada", "/").await;
    story
}

/// A request as a proxy sends it on that speaks https with the browser.
fn over_https(path: &str) -> Request {
    Request::new(Method::GET, path).header("x-forwarded-proto", "https")
}
