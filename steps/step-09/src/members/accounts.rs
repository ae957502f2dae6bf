//! Who may sign in.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;

use crate::members::credentials::folded;

// ANCHOR: accounts
/// What the server knows of somebody who can sign in.
#[derive(Clone, Debug)]
pub struct Account {
    /// What they call themselves.
    pub name: String,
    /// The hash of their password, never the password.
    pub password_hash: String,
}

/// Where accounts are kept. Chapter 14 keeps them in a database.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// The account of this name.
    async fn find(&self, name: &str) -> Option<Account>;

    /// Keeps a new account. False if the name is taken, with other capital letters too.
    async fn add(&self, account: Account) -> bool;
}
// ANCHOR_END: accounts

// ANCHOR: in_memory
/// Accounts that go with the program, each under its name in small letters.
#[derive(Debug, Default)]
pub struct InMemory(Mutex<HashMap<String, Account>>);

#[async_trait]
impl Accounts for InMemory {
    async fn find(&self, name: &str) -> Option<Account> {
        let accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let account = accounts.get(&folded(name));
        account.filter(|account| account.name == name).cloned()
    }

    async fn add(&self, account: Account) -> bool {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = folded(&account.name);
        let is_new = !accounts.contains_key(&name);
        if is_new {
            accounts.insert(name, account);
        }
        is_new
    }
}
// ANCHOR_END: in_memory
