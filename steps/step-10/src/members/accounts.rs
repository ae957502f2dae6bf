//! Who may sign in.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;

use crate::members::credentials::likeness;

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

    /// Keeps a new account. False if the name is taken, or one that looks like it.
    async fn add(&self, account: Account) -> bool;
}

/// Accounts that go with the program.
#[derive(Debug, Default)]
pub struct InMemory {
    accounts: Mutex<HashMap<String, Account>>,
    /// What the names look like.
    taken: Mutex<HashSet<String>>,
}

#[async_trait]
impl Accounts for InMemory {
    async fn find(&self, name: &str) -> Option<Account> {
        let accounts = self.accounts.lock();
        accounts.unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    async fn add(&self, account: Account) -> bool {
        let taken = self.taken.lock();
        let mut taken = taken.unwrap_or_else(PoisonError::into_inner);
        let is_new = taken.insert(likeness(&account.name));
        if is_new {
            let accounts = self.accounts.lock();
            let mut accounts = accounts.unwrap_or_else(PoisonError::into_inner);
            accounts.insert(account.name.clone(), account);
        }
        is_new
    }
}
