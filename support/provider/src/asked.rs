//! What can be asked for.

use serde::{Deserialize, Serialize};

/// Who can be chosen.
pub(crate) const PEOPLE: [&str; 3] = ["ada", "grace", "mallory"];

/// What the client asks for. What this provider does not know, it ignores: nobody stays signed in
/// here, so that `prompt` and `max_age` change nothing.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub(crate) response_type: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: String,
    pub(crate) code_challenge: String,
    pub(crate) code_challenge_method: String,
    pub(crate) response_mode: String,
}
