//! The step that is open.

use conversation::Conversation;

/// One step, and what has been done in it.
pub(crate) struct Open {
    pub(crate) step: u64,
    pub(crate) conversation: Conversation,
    pub(crate) done: Vec<String>,
}
