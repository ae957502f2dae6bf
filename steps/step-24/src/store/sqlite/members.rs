//! What is done with the rows of accounts. Each function is part of a transaction.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{rows, threads::Outcome};
use crate::store::{
    accounts::{Account, folded, new_stamp},
    name::Name,
};

pub(super) fn find(db: &Connection, name: &str) -> Outcome<Option<Account>> {
    let sql = "SELECT name, password_hash, is_administrator, is_disabled, stamp
        FROM accounts WHERE folded = ?1 AND name = ?2";
    let found = db.query_row(sql, [&folded(name), name], account);
    Ok(found.optional()?)
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

pub(super) fn add(db: &Connection, account: &Account) -> Outcome<bool> {
    let sql = "INSERT INTO accounts
        (folded, name, password_hash, is_administrator, is_disabled, stamp)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (folded) DO NOTHING";
    let values = params![
        folded(&account.name),
        account.name,
        account.password_hash,
        account.is_administrator,
        account.is_disabled,
        account.stamp,
    ];
    Ok(db.execute(sql, values)? > 0)
}

pub(super) fn set_password(
    db: &Connection,
    by: &Name,
    known: &Account,
    changed: &Account,
) -> Outcome<Option<usize>> {
    rows::require(db, by)?;
    let sql = "UPDATE accounts SET password_hash = ?3, stamp = ?4
        WHERE name = ?1 AND stamp = ?2";
    let Account { password_hash, stamp, .. } = changed;
    let values = [&known.name, &known.stamp, password_hash, stamp];
    if db.execute(sql, values)? == 0 {
        return Ok(None);
    }
    rows::end_others(db, &known.name, by).map(Some)
}

pub(super) fn disable(
    db: &Connection,
    by: &Name,
    name: &str,
) -> Outcome<Option<usize>> {
    rows::require(db, by)?;
    let sql = "UPDATE accounts SET is_disabled = TRUE, stamp = ?2 WHERE name = ?1";
    if db.execute(sql, [name, &new_stamp()])? == 0 {
        return Ok(None);
    }
    rows::end_others(db, name, by).map(Some)
}

pub(super) fn enable(db: &Connection, by: &Name, name: &str) -> Outcome<bool> {
    rows::require(db, by)?;
    let sql = "UPDATE accounts SET is_disabled = FALSE WHERE name = ?1";
    Ok(db.execute(sql, [name])? > 0)
}

pub(super) fn disabled(db: &Connection) -> Outcome<Vec<String>> {
    let sql = "SELECT name FROM accounts WHERE is_disabled ORDER BY name";
    let mut statement = db.prepare(sql)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}
