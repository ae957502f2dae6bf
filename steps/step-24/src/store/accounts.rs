//! What this server knows of its members, and what it asks of a store that keeps it.

use async_trait::async_trait;
use tower_sessions::{session::Id, session_store::Result};
use unicode_normalization::UnicodeNormalization;

use crate::store::name::Name;

/// What the server knows of somebody who can sign in.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// What they call themselves.
    pub name: String,
    /// The hash of their password, never the password.
    pub password_hash: String,
    /// Whether they may end the sessions of others.
    pub is_administrator: bool,
    /// Whether nobody gets in under this name any more.
    pub is_disabled: bool,
    /// Another one after each change of the password, and each time that the account is
    /// disabled. A session that carries an older one is nobody's.
    pub stamp: String,
}

/// Where accounts are kept. What changes one and ends sessions is one act: either all of it
/// is done, or nothing. `by` is the session of whoever wants it, and nothing is done if
/// that has ended.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// The account of this name.
    ///
    /// # Errors
    /// What keeps the store from answering.
    async fn find(&self, name: &str) -> Result<Option<Account>>;

    /// Keeps a new account. False if the name is taken, with other capital letters too.
    ///
    /// # Errors
    /// What keeps the store from answering.
    async fn add(&self, account: Account) -> Result<bool>;

    /// Gives an account the password and the stamp of `changed`, and ends the member's
    /// sessions but for `by`. Says how many; none if the account has not the stamp that
    /// `known` has.
    ///
    /// # Errors
    /// That `by` has ended; or what keeps the store from answering.
    async fn set_password(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<Option<usize>>;

    /// Lets nobody in under this name any more, and ends the member's sessions. Says how
    /// many; none if nobody has the name.
    ///
    /// # Errors
    /// That `by` has ended; or what keeps the store from answering.
    async fn disable(&self, by: &Name, name: &str) -> Result<Option<usize>>;

    /// Lets in again whoever has this name and its password. False if nobody has it.
    ///
    /// # Errors
    /// That `by` has ended; or what keeps the store from answering.
    async fn enable(&self, by: &Name, name: &str) -> Result<bool>;

    /// The names under which nobody gets in.
    ///
    /// # Errors
    /// What keeps the store from answering.
    async fn disabled(&self) -> Result<Vec<String>>;
}

/// As hard to guess as an identifier, and from the same source: no two accounts share one.
pub(crate) fn new_stamp() -> String {
    Id::default().to_string()
}

/// The same for two texts that differ in nothing but capital and small letters.
pub(crate) fn folded(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}
