//! Who may sign in.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;

/// What the server knows of somebody who can sign in.
#[derive(Clone, Debug)]
pub struct Account {
    /// What they call themselves.
    pub name: String,
    /// The hash of their password, never the password.
    pub password_hash: String,
}

/// Where accounts are kept. Chapter 15 keeps them in a database.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// The account of this name.
    async fn find(&self, name: &str) -> Option<Account>;

    /// Keeps a new account. False if the name is taken.
    async fn add(&self, account: Account) -> bool;
}

/// Accounts that go with the program.
#[derive(Debug, Default)]
pub struct InMemory(Mutex<HashMap<String, Account>>);

#[async_trait]
impl Accounts for InMemory {
    async fn find(&self, name: &str) -> Option<Account> {
        let accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.get(name).cloned()
    }

    async fn add(&self, account: Account) -> bool {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !accounts.contains_key(&account.name);
        if is_new {
            accounts.insert(account.name.clone(), account);
        }
        is_new
    }
}
