//! The WebDriver protocol: JSON over HTTP, a W3C Recommendation.
//!
//! The client is these few lines over `ureq`, which the workspace has anyway. `fantoccini`, the
//! usual one, adds some thirty crates to the build, among them a second `http`, `cookie` and ICU,
//! and parses cookies into a type, where these tests want what the browser says, as it says it.

use std::time::Duration;

use serde_json::Value;
use ureq::{Agent, Body, http::Response};

/// When something that is waited for is given up: a busy machine takes many times as long as an idle
/// one, and a browser that hangs must not hold the tests for ever.
pub const PATIENCE: Duration = Duration::from_secs(600);
/// A screenshot of a long page is large.
const LARGEST: u64 = 256 << 20;

/// Sends commands to one address.
pub(crate) struct Client {
    agent: Agent,
    address: String,
}

impl Client {
    pub(crate) fn new(address: String) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // Longer, since chromedriver can say what it has waited for in vain.
            .timeout_global(Some(2 * PATIENCE))
            .build();
        Self { agent: config.new_agent(), address }
    }

    /// The same client, for the addresses below this one.
    pub(crate) fn below(self, path: &str) -> Self {
        Self { address: format!("{}/{path}", self.address), ..self }
    }

    /// Sends a command that does something.
    pub(crate) fn post(&self, command: &str, arguments: &Value) -> Result<Value, String> {
        let request = self.agent.post(self.url(command)).content_type("application/json");
        answer(request.send(arguments.to_string()))
    }

    /// Sends a command that asks for something.
    pub(crate) fn get(&self, command: &str) -> Result<Value, String> {
        answer(self.agent.get(self.url(command)).call())
    }

    /// Ends what the address stands for.
    pub(crate) fn delete(&self) -> Result<Value, String> {
        answer(self.agent.delete(&self.address).call())
    }

    fn url(&self, command: &str) -> String {
        format!("{}/{command}", self.address)
    }
}

fn answer(response: Result<Response<Body>, ureq::Error>) -> Result<Value, String> {
    let mut response = response.map_err(|why| why.to_string())?;
    let body = response.body_mut().with_config().limit(LARGEST).read_to_string();
    let body = body.map_err(|why| why.to_string())?;
    let mut json: Value =
        serde_json::from_str(&body).map_err(|why| format!("{why}: {body}"))?;
    let value = json["value"].take();
    if response.status().is_success() {
        return Ok(value);
    }
    // The rest of the value is a stack trace of chromedriver's own.
    Err(format!("{}: {}", text(&value["error"]), text(&value["message"])))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
