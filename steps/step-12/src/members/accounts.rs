//! Who may sign in.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tower_sessions::session::Id;

use crate::members::{
    credentials::{folded, is_good_password},
    password,
};

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

impl Account {
    /// A new member's.
    pub fn new(name: String, password_hash: String) -> Self {
        Self {
            name,
            password_hash,
            is_administrator: false,
            is_disabled: false,
            stamp: new_stamp(),
        }
    }

    /// The administrator's, by this name. Who may be one is decided outside of the shop.
    ///
    /// # Errors
    /// Says why the password could not be hashed, or is none.
    pub async fn administrator(password: String) -> Result<Self, String> {
        if !is_good_password("administrator", &password) {
            return Err(
                "the administrator's password must have 8 to 128 characters, and be \
                 none of the commonest"
                    .into(),
            );
        }
        let hash = password::hash(&password::STRANGERS, password).await;
        let hash = hash.map_err(|_| "the password could not be hashed")?;
        let account = Self::new("administrator".to_owned(), hash);
        Ok(Self { is_administrator: true, ..account })
    }

    /// The same with another password, and a stamp that nobody has seen.
    pub(crate) fn with_password(&self, password_hash: String) -> Self {
        Self { password_hash, stamp: new_stamp(), ..self.clone() }
    }

    // ANCHOR: accepts
    /// Whether a session that carries this stamp is this member's.
    pub(crate) fn accepts(&self, stamp: Option<&str>) -> bool {
        !self.is_disabled && stamp == Some(self.stamp.as_str())
    }
    // ANCHOR_END: accepts
}

/// As hard to guess as an identifier, and from the same source: no two accounts share one.
fn new_stamp() -> String {
    Id::default().to_string()
}

/// Where accounts are kept. Chapter 14 keeps them in a database.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// The account of this name.
    async fn find(&self, name: &str) -> Option<Account>;

    /// Keeps a new account. False if the name is taken, with other capital letters too.
    async fn add(&self, account: Account) -> bool;

    /// Gives an account the password and the stamp of `changed`. False if it has not the
    /// stamp that `known` has.
    async fn set_password(&self, known: &Account, changed: &Account) -> bool;

    /// Lets nobody in under this name any more. False if nobody has it.
    async fn disable(&self, name: &str) -> bool;

    /// Lets in again whoever has this name and its password. False if nobody has it.
    async fn enable(&self, name: &str) -> bool;

    /// The names under which nobody gets in.
    async fn disabled(&self) -> Vec<String>;
}

/// Accounts that go with the program, each under its name in small letters.
#[derive(Debug, Default)]
pub struct InMemory(Mutex<HashMap<String, Account>>);

impl InMemory {
    fn accounts(&self) -> MutexGuard<'_, HashMap<String, Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does this with the account of exactly this name, if there is one.
    fn with<T>(
        &self,
        name: &str,
        act: impl FnOnce(&mut Account) -> T,
    ) -> Option<T> {
        let mut accounts = self.accounts();
        let account = accounts.get_mut(&folded(name));
        account.filter(|account| account.name == name).map(act)
    }
}

#[async_trait]
impl Accounts for InMemory {
    async fn find(&self, name: &str) -> Option<Account> {
        self.with(name, |account| account.clone())
    }

    async fn add(&self, account: Account) -> bool {
        let mut accounts = self.accounts();
        let name = folded(&account.name);
        let is_new = !accounts.contains_key(&name);
        if is_new {
            accounts.insert(name, account);
        }
        is_new
    }

    // ANCHOR: set_password
    async fn set_password(&self, known: &Account, changed: &Account) -> bool {
        let change = |account: &mut Account| {
            let is_known = account.stamp == known.stamp;
            if is_known {
                account.password_hash.clone_from(&changed.password_hash);
                account.stamp.clone_from(&changed.stamp);
            }
            is_known
        };
        self.with(&known.name, change).unwrap_or(false)
    }
    // ANCHOR_END: set_password

    async fn disable(&self, name: &str) -> bool {
        let change = |account: &mut Account| {
            (account.is_disabled, account.stamp) = (true, new_stamp());
        };
        self.with(name, change).is_some()
    }

    async fn enable(&self, name: &str) -> bool {
        self.with(name, |account| account.is_disabled = false).is_some()
    }

    async fn disabled(&self) -> Vec<String> {
        let accounts = self.accounts();
        let disabled = accounts.values().filter(|account| account.is_disabled);
        let mut names: Vec<String> =
            disabled.map(|account| account.name.clone()).collect();
        names.sort();
        names
    }
}
