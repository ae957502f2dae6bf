//! Accounts and orders in one place, sessions in another: no transaction spans both.

use async_trait::async_trait;
use tower_sessions::session_store::{Error, Result};

use crate::store::{
    account_file::AccountFile,
    accounts::{Account, Accounts, new_stamp},
    name::Name,
    orders::{Order, Orders},
    sessions::{Sessions, is_end, stamp_of},
};

/// Accounts and orders in a file, and the sessions that go with them wherever `Store` keeps
/// those.
#[derive(Clone)]
pub struct Apart<Store> {
    accounts: AccountFile,
    sessions: Store,
}

impl<Store: Sessions + Clone> Apart<Store> {
    /// Keeps accounts in `accounts`, and ends sessions in `sessions`.
    pub fn new(accounts: AccountFile, sessions: Store) -> Self {
        Self { accounts, sessions }
    }

    /// Does as [`change_now`](Self::change_now), and comes to its end though the visitor
    /// hangs up.
    async fn change(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<Option<usize>> {
        let (store, by) = (self.clone(), *by);
        let (known, changed) = (known.clone(), changed.clone());
        let change = async move { store.change_now(&by, &known, &changed).await };
        let changed = tokio::spawn(change).await;
        changed.map_err(|why| Error::Backend(why.to_string()))?
    }

    /// Puts `changed` in the place of `known`, and ends the member's sessions but for `by`.
    /// Says how many; none if the account is another one by now.
    ///
    /// The account comes first: a session that carries an older stamp is nobody's, whether
    /// its end follows or not.
    async fn change_now(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<Option<usize>> {
        // Whoever has ended has no right to anything.
        self.sessions.end_by(by, &[]).await?;
        if !self.accounts.replace(known, changed).await? {
            return Ok(None);
        }
        let ended = self.end_older(by, changed).await;
        if ended.as_ref().is_err_and(is_end) {
            // `by` has ended meanwhile: what it has changed is taken back.
            self.accounts.replace(changed, known).await?;
        }
        ended.map(Some)
    }

    /// Ends the sessions that carry another stamp than the account, but for `by`.
    async fn end_older(&self, by: &Name, account: &Account) -> Result<usize> {
        let mut entries = self.sessions.entries_of(Some(&account.name)).await?;
        entries.retain(|entry| {
            entry.name != *by && stamp_of(&entry.data) != Some(&account.stamp)
        });
        let names: Vec<Name> = entries.iter().map(|entry| entry.name).collect();
        self.sessions.end_by(by, &names).await
    }
}

#[async_trait]
impl<Store: Sessions + Clone> Accounts for Apart<Store> {
    async fn find(&self, name: &str) -> Result<Option<Account>> {
        self.accounts.find(name).await
    }

    async fn add(&self, account: Account) -> Result<bool> {
        self.accounts.add(account).await
    }

    async fn set_password(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<Option<usize>> {
        self.change(by, known, changed).await
    }

    async fn disable(&self, by: &Name, name: &str) -> Result<Option<usize>> {
        // Somebody else may change the account at the same moment.
        while let Some(known) = self.find(name).await? {
            let stamp = new_stamp();
            let changed = Account { is_disabled: true, stamp, ..known.clone() };
            if let Some(ended) = self.change(by, &known, &changed).await? {
                return Ok(Some(ended));
            }
        }
        self.sessions.end_by(by, &[]).await.map(|_| None)
    }

    async fn enable(&self, by: &Name, name: &str) -> Result<bool> {
        while let Some(known) = self.find(name).await? {
            let changed = Account { is_disabled: false, ..known.clone() };
            if self.change(by, &known, &changed).await?.is_some() {
                return Ok(true);
            }
        }
        self.sessions.end_by(by, &[]).await.map(|_| false)
    }

    async fn disabled(&self) -> Result<Vec<String>> {
        self.accounts.disabled().await
    }
}

#[async_trait]
impl<Store: Sessions> Orders for Apart<Store> {
    async fn place(&self, order: &Order) -> Result<()> {
        self.accounts.place(order).await
    }

    async fn orders_of(&self, member: &str) -> Result<Vec<Order>> {
        self.accounts.orders_of(member).await
    }
}
