//! Accounts as rows, each under its name in small letters.

use async_trait::async_trait;
use tokio_postgres::Row;
use tower_sessions::session_store::Result;

use crate::store::{
    accounts::{Account, Accounts, folded, new_stamp},
    name::Name,
    postgres::{
        call::{Failed, Postgres, With},
        session_rows::{end_locked, lock, sendable},
    },
};

const FIND: &str =
    "SELECT name, password_hash, is_administrator, is_disabled, stamp
    FROM accounts WHERE folded = $1 AND name = $2";

const ADD: &str = "INSERT INTO accounts VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (folded) DO NOTHING";

const SET_PASSWORD: &str = "UPDATE accounts SET (password_hash, stamp) = ($3, $4)
    WHERE name = $1 AND stamp = $2";

const DISABLE: &str = "UPDATE accounts SET is_disabled = true, stamp = $2
    WHERE name = $1";

const ENABLE: &str = "UPDATE accounts SET is_disabled = false WHERE name = $1";

const DISABLED: &str = "SELECT name FROM accounts WHERE is_disabled ORDER BY name";

const LOCK_MEMBER: &str = "SELECT name, ends > clock_timestamp() FROM sessions
    WHERE name = $1 OR member = $2 ORDER BY name FOR UPDATE";

#[async_trait]
impl Accounts for Postgres {
    async fn find(&self, name: &str) -> Result<Option<Account>> {
        let name = sendable(name);
        let row = self.rows(FIND, &[&folded(&name), &name]).await?.pop();
        Ok(row.map(|row| account(&row)).transpose()?)
    }

    async fn add(&self, account: Account) -> Result<bool> {
        let Account { name, password_hash, is_administrator, is_disabled, stamp } =
            &account;
        let folded = folded(name);
        let with: With<'_> =
            &[&folded, name, password_hash, is_administrator, is_disabled, stamp];
        Ok(self.count(ADD, with).await? == 1)
    }

    async fn set_password(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<Option<usize>> {
        let Account { password_hash, stamp, .. } = changed;
        let with: With<'_> = &[&known.name, &known.stamp, password_hash, stamp];
        self.change(by, &known.name, SET_PASSWORD, with).await
    }

    async fn disable(&self, by: &Name, name: &str) -> Result<Option<usize>> {
        let name = sendable(name);
        self.change(by, &name, DISABLE, &[&name, &new_stamp()]).await
    }

    async fn enable(&self, by: &Name, name: &str) -> Result<bool> {
        let name = sendable(name);
        let enabled = self.within(async {
            let act = self.begin().await?;
            lock(&act, by, LOCK_MEMBER, &[by, &name]).await?;
            let enabled = act.count(ENABLE, &[&name]).await?;
            act.commit().await?;
            Ok(enabled == 1)
        });
        Ok(enabled.await?)
    }

    async fn disabled(&self) -> Result<Vec<String>> {
        let rows = self.rows(DISABLED, &[]).await?;
        let names = rows.iter().map(|row| row.try_get(0));
        Ok(names.collect::<std::result::Result<_, _>>().map_err(Failed::from)?)
    }
}

impl Postgres {
    /// Changes an account, and ends the member's sessions but for `by`, as one act. Says
    /// how many; none if there is no such account to change.
    async fn change(
        &self,
        by: &Name,
        member: &str,
        sql: &str,
        with: With<'_>,
    ) -> Result<Option<usize>> {
        let ended = self.within(async {
            let act = self.begin().await?;
            let others = lock(&act, by, LOCK_MEMBER, &[by, &member]).await?;
            if act.count(sql, with).await? == 0 {
                return Ok(None);
            }
            let ended = end_locked(&act, &others).await?;
            act.commit().await?;
            Ok(Some(ended))
        });
        Ok(ended.await?)
    }
}

fn account(row: &Row) -> std::result::Result<Account, Failed> {
    Ok(Account {
        name: row.try_get("name")?,
        password_hash: row.try_get("password_hash")?,
        is_administrator: row.try_get("is_administrator")?,
        is_disabled: row.try_get("is_disabled")?,
        stamp: row.try_get("stamp")?,
    })
}
