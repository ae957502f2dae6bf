//! What a part of the book is to the lab, and how most of its servers are made.

use axum::Router;
use conversation::{Server, Watched};
use tower_sessions::{MemoryStore, cookie::Key};

/// Makes a new server, with an empty memory.
pub(crate) type New = fn() -> Server;

pub(crate) struct Part {
    /// A server of each step, in their order.
    pub(crate) servers: &'static [(u64, New)],
    /// The servers of a step that look right and are not, as the chapter calls them.
    pub(crate) naive: &'static [(u64, &'static str, New)],
}

#[allow(dead_code, reason = "Parts IV and V have stores of their own")]
pub(crate) fn stored(app: impl FnOnce(Watched<MemoryStore>) -> Router) -> Server {
    let store = Watched::new(MemoryStore::default());
    (app(store.clone()), Box::new(store))
}

/// A key that everybody knows, for cookies that nobody else gets.
#[allow(dead_code, reason = "Part I signs nothing, and Part V has a key of its own")]
pub(crate) fn key() -> Key {
    Key::from(&[7; 64])
}

/// The hash of the administrator's password, "a cup before noon".
#[allow(dead_code, reason = "Parts I, II and V have no administrator")]
pub(crate) const ADMINISTRATORS: &str = "$argon2id$v=19$m=19456,t=2,p=1$x/lhTQ5ddhd/RLBaihBt5w$hG5ki1o0fs8Q+dgUvbqex4bIPhj+RHUI7S5pn+W1Qus";
