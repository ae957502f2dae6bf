//! Accounts in one place, sessions in another: no transaction spans both.

use async_trait::async_trait;
use tower_sessions::session_store::{Error, Result};

use crate::store::{
    account_file::AccountFile,
    accounts::{Account, Accounts, new_stamp},
    name::Name,
    sessions::{Sessions, ended, is_end, member_of, stamp_of},
};

/// Accounts in a file, and sessions wherever `Store` keeps them, each with the stamp of its
/// account.
#[derive(Clone)]
pub struct Apart<Store> {
    accounts: AccountFile,
    sessions: Store,
}

impl<Store: Sessions + Clone> Apart<Store> {
    /// Keeps accounts in `accounts`, and looks for who is in at `sessions`.
    pub fn new(accounts: AccountFile, sessions: Store) -> Self {
        Self { accounts, sessions }
    }

    /// Changes the account of this name. False if nobody has it.
    async fn change_to(
        &self,
        by: &Name,
        name: &str,
        how: impl Fn(Account) -> Account + Send + Sync,
    ) -> Result<bool> {
        // Somebody else may change the account at the same moment.
        while let Some(known) = self.find(name).await? {
            let changed = how(known.clone());
            if self.change(by, &known, &changed).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    // ANCHOR: change
    async fn change_now(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<bool> {
        // Whoever has ended has no right to anything.
        self.require(by, changed).await?;
        if !self.accounts.replace(known, changed).await? {
            return Ok(false);
        }
        let still_there = self.require(by, changed).await;
        if still_there.as_ref().is_err_and(is_end) {
            // `by` has ended meanwhile: what it has changed is taken back.
            self.accounts.replace(changed, known).await?;
        }
        still_there.map(|()| true)
    }
    // ANCHOR_END: change

    // ANCHOR: require
    /// An error if the session `by` has ended. It carries the stamp of its account, or of
    /// what that is to be `changed` to.
    async fn require(&self, by: &Name, changed: &Account) -> Result<()> {
        let entry = self.sessions.entry_of(by).await?.ok_or_else(ended)?;
        let (member, stamp) = (member_of(&entry.data), stamp_of(&entry.data));
        if (member, stamp) == (Some(&changed.name), Some(&changed.stamp)) {
            return Ok(());
        }
        let account = self.accounts.find(member.unwrap_or_default()).await?;
        let account = account.filter(|account| !account.is_disabled);
        let is_theirs = account.is_some_and(|it| stamp == Some(&it.stamp));
        if is_theirs { Ok(()) } else { Err(ended()) }
    }
    // ANCHOR_END: require
}

#[async_trait]
impl<Store: Sessions + Clone> Accounts for Apart<Store> {
    async fn find(&self, name: &str) -> Result<Option<Account>> {
        self.accounts.find(name).await
    }

    async fn add(&self, account: Account) -> Result<bool> {
        self.accounts.add(account).await
    }

    async fn change(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<bool> {
        let (store, by) = (self.clone(), *by);
        let (known, changed) = (known.clone(), changed.clone());
        let change = async move { store.change_now(&by, &known, &changed).await };
        // It comes to its end, though the visitor hangs up.
        let changed = tokio::spawn(change).await;
        changed.map_err(|why| Error::Backend(why.to_string()))?
    }

    async fn renew(&self, by: &Name, name: &str) -> Result<bool> {
        self.change_to(by, name, |known| Account { stamp: new_stamp(), ..known })
            .await
    }

    async fn renew_all(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<bool> {
        self.require(by, changed).await?;
        self.accounts.renew_all(known, changed).await
    }

    async fn disable(&self, by: &Name, name: &str) -> Result<bool> {
        self.change_to(by, name, |known| Account {
            is_disabled: true,
            stamp: new_stamp(),
            ..known
        })
        .await
    }

    async fn enable(&self, by: &Name, name: &str) -> Result<bool> {
        self.change_to(by, name, |known| Account { is_disabled: false, ..known })
            .await
    }

    async fn disabled(&self) -> Result<Vec<String>> {
        self.accounts.disabled().await
    }
}
