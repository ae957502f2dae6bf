//! Who may sign in.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::members::{credentials::is_good_password, password};

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
}

impl Account {
    /// A new member's.
    pub fn new(name: String, password_hash: String) -> Self {
        Self { name, password_hash, is_administrator: false, is_disabled: false }
    }

    /// The administrator's, by this name. Who may be one is decided outside of the shop.
    ///
    /// # Errors
    /// Says why the password could not be hashed, or is none.
    pub async fn administrator(password: String) -> Result<Self, String> {
        if !is_good_password(&password) {
            return Err(
                "the administrator's password must have 8 to 128 bytes".into()
            );
        }
        let hash = password::hash(password).await;
        let hash = hash.map_err(|_| "the password could not be hashed")?;
        let account = Self::new("administrator".to_owned(), hash);
        Ok(Self { is_administrator: true, ..account })
    }
}

/// Where accounts are kept. Chapter 15 keeps them in a database.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// The account of this name.
    async fn find(&self, name: &str) -> Option<Account>;

    /// Keeps a new account. False if the name is taken.
    async fn add(&self, account: Account) -> bool;

    /// Gives the account of this name, if there is one, another password.
    async fn set_password(&self, name: &str, password_hash: String);

    /// Lets nobody in under this name any more.
    async fn disable(&self, name: &str);
}

/// Accounts that go with the program.
#[derive(Debug, Default)]
pub struct InMemory(Mutex<HashMap<String, Account>>);

impl InMemory {
    fn accounts(&self) -> MutexGuard<'_, HashMap<String, Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Accounts for InMemory {
    async fn find(&self, name: &str) -> Option<Account> {
        self.accounts().get(name).cloned()
    }

    async fn add(&self, account: Account) -> bool {
        let mut accounts = self.accounts();
        let is_new = !accounts.contains_key(&account.name);
        if is_new {
            accounts.insert(account.name.clone(), account);
        }
        is_new
    }

    async fn set_password(&self, name: &str, password_hash: String) {
        if let Some(account) = self.accounts().get_mut(name) {
            account.password_hash = password_hash;
        }
    }

    async fn disable(&self, name: &str) {
        if let Some(account) = self.accounts().get_mut(name) {
            account.is_disabled = true;
        }
    }
}
