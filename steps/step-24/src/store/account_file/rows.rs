//! Accounts as rows, each under its name in small letters. Each call is one statement.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tower_sessions::session_store::Result;

use crate::store::{
    account_file::AccountFile,
    accounts::{Account, folded},
};

const FIND: &str =
    "SELECT name, password_hash, is_administrator, is_disabled, stamp
    FROM accounts WHERE folded = ?1 AND name = ?2";

const ADD: &str = "INSERT INTO accounts VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (folded) DO NOTHING";

const REPLACE: &str =
    "UPDATE accounts SET password_hash = ?4, is_disabled = ?5, stamp = ?6
    WHERE name = ?1 AND stamp = ?2 AND is_disabled = ?3";

const DISABLED: &str = "SELECT name FROM accounts WHERE is_disabled ORDER BY name";

impl AccountFile {
    pub(in crate::store) async fn find(
        &self,
        name: &str,
    ) -> Result<Option<Account>> {
        let name = name.to_owned();
        self.ask(move |db| find(db, &name)).await
    }

    pub(in crate::store) async fn add(&self, account: Account) -> Result<bool> {
        let act = move |db: &Connection| {
            let values = params![
                folded(&account.name),
                account.name,
                account.password_hash,
                account.is_administrator,
                account.is_disabled,
                account.stamp,
            ];
            Ok(db.prepare(ADD)?.execute(values)? == 1)
        };
        self.ask(act).await
    }

    /// Puts `changed` in the place of `known`. False if the account is another one by now.
    pub(in crate::store) async fn replace(
        &self,
        known: &Account,
        changed: &Account,
    ) -> Result<bool> {
        let (known, changed) = (known.clone(), changed.clone());
        let act = move |db: &Connection| {
            let values = params![
                known.name,
                known.stamp,
                known.is_disabled,
                changed.password_hash,
                changed.is_disabled,
                changed.stamp,
            ];
            Ok(db.prepare(REPLACE)?.execute(values)? == 1)
        };
        self.ask(act).await
    }

    pub(in crate::store) async fn disabled(&self) -> Result<Vec<String>> {
        self.ask(disabled).await
    }
}

fn find(db: &Connection, name: &str) -> rusqlite::Result<Option<Account>> {
    let mut statement = db.prepare(FIND)?;
    statement.query_row([&folded(name), name], account).optional()
}

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        name: row.get(0)?,
        password_hash: row.get(1)?,
        is_administrator: row.get(2)?,
        is_disabled: row.get(3)?,
        stamp: row.get(4)?,
    })
}

fn disabled(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = db.prepare(DISABLED)?;
    let names = statement.query_map([], |row| row.get(0))?;
    names.collect()
}
