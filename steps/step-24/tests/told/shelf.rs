//! A store in memory, for servers that stand side by side in one test or one page. It does what
//! the databases of this step do.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use serde_json::Value;
use step_24::{
    accounts::{Account, Accounts},
    name::Name,
    orders::{Order, Orders},
    sessions::{Data, Entry, Sessions, VERSION},
};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

/// So long is what a session holds, at most. In bytes of JSON.
const LONGEST: usize = 16 * 1024;

#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf(Arc<Mutex<Inner>>);

#[derive(Clone, Debug, Default)]
struct Inner {
    rows: BTreeMap<Name, Row>,
    accounts: BTreeMap<String, Account>,
    orders: Vec<Order>,
    is_quiet: bool,
    /// Whether each write is taken, whichever version it brings.
    is_naive: bool,
    /// So often another request is faster yet.
    faster: BTreeMap<Name, usize>,
}

#[derive(Clone, Debug)]
struct Row {
    data: Data,
    end: OffsetDateTime,
    was_member: bool,
}

fn ended() -> Error {
    Error::Backend("the session has ended".to_owned())
}

fn stale() -> Error {
    Error::Backend("the session has been changed meanwhile".to_owned())
}

/// Which version this is.
fn version_of(data: &Data) -> i64 {
    data.get(VERSION).and_then(|version| version.as_i64()).unwrap_or_default()
}

fn text<'a>(data: &'a Data, key: &str) -> Option<&'a str> {
    data.get(key)?.as_str()
}

/// What a session holds that nobody else may learn.
const SECRETS: [&str; 6] =
    ["token", "handle", "stamp", "order", "state", "verifier"];

/// Must stand in no log from now on.
fn learn(record: &Record) {
    trial::learn("an identifier", &record.id.to_string());
    trial::learn("the number of an identifier", &record.id.0.to_string());
    record.data.values().for_each(learn_value);
    for name in SECRETS {
        let value = record.data.get(name).and_then(Value::as_str);
        trial::learn(name, value.unwrap_or_default());
    }
}

fn learn_value(value: &Value) {
    for name in SECRETS {
        let value = value.get(name).and_then(Value::as_str);
        trial::learn(name, value.unwrap_or_default());
    }
}

fn row_of(record: &Record) -> Result<Row> {
    learn(record);
    let json = serde_json::to_string(&record.data)
        .map_err(|why| Error::Encode(why.to_string()))?;
    if json.len() > LONGEST {
        return Err(Error::Encode(format!("more than {LONGEST} bytes")));
    }
    let (data, end) = (record.data.clone(), record.expiry_date);
    Ok(Row { data, end, was_member: false })
}

impl Shelf {
    /// Whether what is written now is no new version: somebody moves dates.
    pub(crate) fn is_quiet(&self, is_quiet: bool) {
        self.inner().is_quiet = is_quiet;
    }

    /// From now on the last write wins, as in the steps before.
    #[allow(dead_code, reason = "the tests of keys compare")]
    pub(crate) fn compare_nothing(&self) {
        self.inner().is_naive = true;
    }

    /// Each of the next writes finds that another request has been faster.
    #[allow(dead_code, reason = "in the page somebody is")]
    pub(crate) fn others_are_faster(&self, times: usize) {
        let mut inner = self.inner();
        inner.faster = inner.rows.keys().map(|name| (*name, times)).collect();
    }

    /// From now on, nobody is an administrator.
    #[allow(dead_code, reason = "most administrators stay")]
    pub(crate) fn take_roles(&self) {
        let mut inner = self.inner();
        inner.accounts.values_mut().for_each(|it| it.is_administrator = false);
    }

    /// A store of its own that holds the same, for tests that begin there again and again.
    #[allow(dead_code, reason = "the page begins once")]
    pub(crate) fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.inner().clone())))
    }

    /// All that it holds.
    #[allow(dead_code, reason = "the page shows rows")]
    pub(crate) fn dump(&self) -> String {
        format!("{:?}", self.inner())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn live(&self, name: &Name) -> Option<&Row> {
        let row = self.rows.get(name)?;
        (row.end > OffsetDateTime::now_utc()).then_some(row)
    }

    fn successor_of(&self, name: &Name) -> Option<Name> {
        let before = name.to_string();
        let follows = |row: &&Row| text(&row.data, "before") == Some(&before);
        let mut rows = self.rows.iter();
        rows.find(|(_, row)| follows(row)).map(|(name, _)| *name)
    }

    /// The session of this name, if this is the version of it.
    fn of_version(&mut self, name: &Name, version: i64) -> Result<Row> {
        let row = self.live(name).cloned().ok_or_else(ended)?;
        if self.is_quiet || self.is_naive {
            return Ok(row);
        }
        let others = self.faster.entry(*name).or_default();
        let is_faster = *others > 0;
        *others = others.saturating_sub(1);
        let is_this = version_of(&row.data) == version && !is_faster;
        if is_this { Ok(row) } else { Err(stale()) }
    }

    /// What a record that is written takes the place of.
    fn before(&mut self, name: &Name, record: &Record) -> Result<Row> {
        self.of_version(name, version_of(&record.data) - 1)
    }

    fn end(&mut self, name: &Name) -> bool {
        let successor = self
            .successor_of(name)
            .filter(|it| self.rows.get(it).is_some_and(|row| row.was_member));
        let name = successor.unwrap_or(*name);
        let is_live = self.live(&name).is_some();
        if is_live {
            self.rows.remove(&name);
        }
        is_live
    }

    /// What stands in the way of an act of the session `by`, if it has ended.
    fn acts(&self, by: &Name) -> Result<()> {
        self.live(by).map(|_| ()).ok_or_else(ended)
    }

    fn end_others(&mut self, by: &Name, member: &str) -> usize {
        let theirs = |(name, row): &(&Name, &Row)| {
            *name != by && text(&row.data, "member") == Some(member)
        };
        let names: Vec<Name> =
            self.rows.iter().filter(theirs).map(|(name, _)| *name).collect();
        names.iter().filter(|name| self.end(name)).count()
    }
}

#[async_trait]
impl SessionStore for Shelf {
    async fn create(&self, record: &mut Record) -> Result<()> {
        record.id = Id::default();
        self.inner().rows.insert(Name::of(&record.id), row_of(record)?);
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (name, mut inner) = (Name::of(&record.id), self.inner());
        let was_member = inner.before(&name, record)?.was_member;
        inner.rows.insert(name, Row { was_member, ..row_of(record)? });
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let inner = self.inner();
        Ok(inner.live(&Name::of(id)).map(|row| Record {
            id: *id,
            data: row.data.clone(),
            expiry_date: row.end,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.end(&Name::of(id)).await.map(|_| ())
    }
}

#[async_trait]
impl Sessions for Shelf {
    async fn rotate(&self, before: &Name, record: &mut Record) -> Result<()> {
        let mut inner = self.inner();
        let old = inner.before(before, record)?;
        let member = text(&record.data, "member");
        let was_member = member.is_some() && text(&old.data, "member") == member;
        record.id = Id::default();
        record.data.insert("was_member".to_owned(), was_member.into());
        let row = Row { was_member, ..row_of(record)? };
        inner.rows.insert(Name::of(&record.id), row);
        inner.rows.remove(before);
        Ok(())
    }

    async fn successor_of(&self, name: &Name) -> Result<Option<Name>> {
        Ok(self.inner().successor_of(name))
    }

    async fn entries_of(&self, member: Option<&str>) -> Result<Vec<Entry>> {
        let inner = self.inner();
        let theirs = |row: &Row| {
            let whose = text(&row.data, "member");
            whose.is_some() && (member.is_none() || whose == member)
        };
        let rows =
            inner.rows.keys().filter_map(|name| Some((name, inner.live(name)?)));
        let entries = rows.filter(|(_, row)| theirs(row)).map(|(name, row)| {
            Entry { name: *name, data: row.data.clone(), end: row.end }
        });
        Ok(entries.collect())
    }

    async fn end(&self, name: &Name) -> Result<bool> {
        Ok(self.inner().end(name))
    }

    async fn end_unless_changed(&self, name: &Name, version: i64) -> Result<()> {
        let mut inner = self.inner();
        inner.of_version(name, version)?;
        inner.rows.remove(name);
        Ok(())
    }

    async fn end_by(&self, by: &Name, names: &[Name]) -> Result<usize> {
        let mut inner = self.inner();
        inner.acts(by)?;
        Ok(names.iter().filter(|name| inner.end(name)).count())
    }

    async fn delete_expired(&self) -> Result<Vec<Name>> {
        let (mut inner, now) = (self.inner(), OffsetDateTime::now_utc());
        let expired = inner.rows.iter().filter(|(_, row)| row.end <= now);
        let expired: Vec<Name> = expired.map(|(name, _)| *name).collect();
        for name in &expired {
            inner.rows.remove(name);
        }
        Ok(expired)
    }
}

#[async_trait]
impl Accounts for Shelf {
    async fn find(&self, name: &str) -> Result<Option<Account>> {
        let account = self.inner().accounts.get(&folded(name)).cloned();
        Ok(account.filter(|account| account.name == name))
    }

    async fn add(&self, account: Account) -> Result<bool> {
        let (mut inner, folded) = (self.inner(), folded(&account.name));
        let is_new = !inner.accounts.contains_key(&folded);
        inner.accounts.entry(folded).or_insert(account);
        Ok(is_new)
    }

    async fn set_password(
        &self,
        by: &Name,
        known: &Account,
        changed: &Account,
    ) -> Result<Option<usize>> {
        let mut inner = self.inner();
        inner.acts(by)?;
        let account = inner.accounts.get_mut(&folded(&known.name));
        let Some(account) = account.filter(|it| it.stamp == known.stamp) else {
            return Ok(None);
        };
        account.password_hash.clone_from(&changed.password_hash);
        account.stamp.clone_from(&changed.stamp);
        Ok(Some(inner.end_others(by, &known.name)))
    }

    async fn disable(&self, by: &Name, name: &str) -> Result<Option<usize>> {
        let mut inner = self.inner();
        inner.acts(by)?;
        let Some(account) = inner.accounts.get_mut(&folded(name)) else {
            return Ok(None);
        };
        account.is_disabled = true;
        account.stamp = Id::default().to_string();
        Ok(Some(inner.end_others(by, name)))
    }

    async fn enable(&self, by: &Name, name: &str) -> Result<bool> {
        let mut inner = self.inner();
        inner.acts(by)?;
        let account = inner.accounts.get_mut(&folded(name));
        Ok(account.map(|account| account.is_disabled = false).is_some())
    }

    async fn disabled(&self) -> Result<Vec<String>> {
        let inner = self.inner();
        let disabled = inner.accounts.values().filter(|it| it.is_disabled);
        Ok(disabled.map(|account| account.name.clone()).collect())
    }
}

#[async_trait]
impl Orders for Shelf {
    async fn place(&self, order: &Order) -> Result<()> {
        let orders = &mut self.inner().orders;
        if orders.iter().all(|placed| placed.key != order.key) {
            orders.push(order.clone());
        }
        Ok(())
    }

    async fn orders_of(&self, member: &str) -> Result<Vec<Order>> {
        let inner = self.inner();
        let theirs = inner.orders.iter().filter(|order| order.member == member);
        Ok(theirs.cloned().collect())
    }
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}
